//! The golden files of `scripts/golden_models.py`.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use musiclime_model::{DeviceChoice, DeviceError, select};
use safetensors::SafeTensors;
use std::path::PathBuf;

pub const FOLDERS: [&str; 4] = [
    "fusion_roberta",
    "fusion_bert",
    "ast_classifier",
    "roberta_classifier",
];

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

pub struct Expected(Vec<u8>);

impl Expected {
    pub fn open(name: &str) -> Self {
        Self::at(&folder(name))
    }

    pub fn at(folder: &std::path::Path) -> Self {
        Self::file(&folder.join("expected.safetensors"))
    }

    pub fn open_file(name: &str) -> Self {
        Self::file(&folder(name))
    }

    fn file(path: &std::path::Path) -> Self {
        Self(std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

    fn raw<const N: usize, T>(
        &self,
        key: &str,
        read: impl Fn([u8; N]) -> T,
    ) -> (Vec<usize>, Vec<T>) {
        let file = SafeTensors::deserialize(&self.0).expect("a golden file");
        let view = file.tensor(key).unwrap_or_else(|e| panic!("{key}: {e}"));
        let words = view.data().as_chunks::<N>().0;
        (
            view.shape().to_vec(),
            words.iter().map(|w| read(*w)).collect(),
        )
    }

    pub fn has(&self, key: &str) -> bool {
        SafeTensors::deserialize(&self.0)
            .expect("a golden file")
            .tensor(key)
            .is_ok()
    }

    pub fn floats(&self, key: &str) -> Vec<f32> {
        self.raw(key, f32::from_le_bytes).1
    }

    pub fn features(&self, rows: usize, device: &Device) -> Tensor<3> {
        let (shape, values) = self.raw(&format!("audio.{rows}.features"), f32::from_le_bytes);
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    pub fn ids(&self, rows: usize, device: &Device) -> Tensor<2, Int> {
        let (shape, values) = self.raw(&format!("text.{rows}.ids"), i32::from_le_bytes);
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// The mask, or none where nothing is padded.
    pub fn mask(&self, rows: usize, device: &Device) -> Option<Tensor<2, Bool>> {
        let (shape, values) = self.raw(&format!("text.{rows}.mask"), i32::from_le_bytes);
        let bits: Vec<bool> = values.iter().map(|&x| x == 1).collect();
        (!bits.iter().all(|&b| b)).then(|| Tensor::from_data(TensorData::new(bits, shape), device))
    }
}

/// The CPU, and the software GPU that continuous integration installs.
///
/// # Panics
/// If there is no Vulkan adapter and `MUSICLIME_NO_VULKAN=1` is not set.
pub fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("flex", Device::flex())];
    devices.extend(software_gpu().map(|device| ("wgpu", device)));
    devices
}

pub fn software_gpu() -> Option<Device> {
    if std::env::var_os("MUSICLIME_NO_VULKAN").is_some_and(|v| v == "1") {
        eprintln!("MUSICLIME_NO_VULKAN=1: the wgpu half of this test did not run");
        return None;
    }
    match select(&DeviceChoice::Named("wgpu".into())) {
        Ok(selected) => Some(selected.device),
        Err(DeviceError::Unknown { available, .. }) => panic!(
            "no Vulkan adapter was found (there are: {available}). Install a software one \
             (Debian: mesa-vulkan-drivers), or set MUSICLIME_NO_VULKAN=1 to test the CPU alone."
        ),
        Err(e) => panic!("{e}"),
    }
}

/// The largest absolute difference.
pub fn difference(expected: &[f32], got: &[f32]) -> f32 {
    assert_eq!(expected.len(), got.len(), "number of elements");
    expected
        .iter()
        .zip(got)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |m, d| {
            assert!(d.is_finite(), "a difference is not a number");
            m.max(d)
        })
}
