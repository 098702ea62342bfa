//! The golden files of `scripts/golden_train_step.py`.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::{ModelError, Parameters, Slot, Visit};
use serde::de::DeserializeOwned;
use std::path::PathBuf;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

pub fn json<T: DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn matrix(rows: &[Vec<f32>], device: &Device) -> Tensor<2> {
    let shape = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), shape), device)
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("a readable device")
}

/// The largest absolute difference.
pub fn difference(expected: &[f32], got: &[f32]) -> f32 {
    assert_eq!(expected.len(), got.len(), "number of elements");
    expected.iter().zip(got).fold(0.0, |most, (a, b)| {
        let d = (a - b).abs();
        assert!(d.is_finite(), "{a} and {b}");
        d.max(most)
    })
}

/// An encoder of a table and two maps 4 -> 3, and a head 4 -> 3, under keys as HF has them.
#[derive(Module, Debug)]
pub struct Tiny {
    pub table: Param<Tensor<2>>,
    pub layers: Vec<Linear>,
    pub fc: Linear,
}

impl Tiny {
    pub fn new(device: &Device) -> Self {
        let linear = || LinearConfig::new(4, 3).init(device);
        Self {
            table: Param::from_tensor(Tensor::ones([3, 4], device)),
            layers: vec![linear(), linear()],
            fc: linear(),
        }
    }
}

impl Parameters for Tiny {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        let encoder = format!("{prefix}audio_model.");
        visit(
            format!("{encoder}embeddings.table.weight"),
            Slot::Table(&mut self.table),
        )?;
        for (i, layer) in self.layers.iter_mut().enumerate() {
            layer.parameters(&format!("{encoder}encoder.layer.{i}.dense."), visit)?;
        }
        self.fc
            .parameters(&format!("{prefix}classifier.fc."), visit)
    }
}
