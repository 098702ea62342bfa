//! Three training steps of a tiny AST + RoBERTa from an imported checkpoint against PyTorch.

use crate::golden::{json, path};
use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use musiclime_model::{
    DeviceChoice, DeviceError, Model, Network, Parameters, Slot, WeightFile, import, select,
};
use musiclime_training::{AdamW, AdamWConfig, CrossEntropy, ParameterGroups, clip_global_norm};
use safetensors::SafeTensors;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// Largest difference in the loss.
const LOSS_TOLERANCE: f64 = 1e-6;

/// Largest difference in a weight's gradient over the gradient's largest element.
const GRADIENT_TOLERANCE: f32 = 1e-5;

/// Largest difference in a weight after three steps that each move it by up to 1e-4.
const WEIGHT_TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    rate: f64,
    decay: f64,
    epsilon: f64,
    clip: f64,
    class_weights: Vec<f64>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    rows: Vec<usize>,
    labels: Vec<usize>,
    loss: f64,
    norm: f64,
    gradient_norms: HashMap<String, f64>,
}

fn checkpoint() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../model/tests/golden/fusion_roberta")
}

fn network(device: &Device) -> Network {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let directory = folder.path().join("model");
    import(&checkpoint(), &directory).expect("an import");
    Model::open(&directory, device).expect("a model").network
}

/// Rows of a tensor of the checkpoint's batch of seven, as the bytes of its elements.
fn rows<T>(key: &str, rows: &[usize], read: impl Fn([u8; 4]) -> T) -> (Vec<T>, Vec<usize>) {
    let bytes = std::fs::read(checkpoint().join("expected.safetensors")).expect("a golden file");
    let file = SafeTensors::deserialize(&bytes).expect("a golden file");
    let view = file.tensor(key).expect("a tensor");
    let mut shape = view.shape().to_vec();
    let elements = view.data().as_chunks::<4>().0;
    let width = elements.len() / shape[0];
    shape[0] = rows.len();
    let picked = rows
        .iter()
        .flat_map(|row| &elements[row * width..(row + 1) * width])
        .map(|x| read(*x))
        .collect();
    (picked, shape)
}

fn logits(network: &Network, step: &Step, device: &Device) -> Tensor<2> {
    let (features, shape) = rows("audio.7.features", &step.rows, f32::from_le_bytes);
    let features = Tensor::<3>::from_data(TensorData::new(features, shape), device);
    let (ids, shape) = rows("text.7.ids", &step.rows, i32::from_le_bytes);
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, shape), device);
    let is_token = |x| i32::from_le_bytes(x) == 1;
    let (mask, shape) = rows("text.7.mask", &step.rows, is_token);
    assert!(mask.contains(&false), "every step is padded");
    let mask = Tensor::<2, Bool>::from_data(TensorData::new(mask, shape), device);
    let audio = network.encode_audio(features);
    let lyrics = network.encode_lyrics(ids, Some(mask));
    network.head(Some(audio), Some(lyrics))
}

/// The gradients, in the layout of the weight file.
fn in_file_layout(network: &Network, gradients: &GradientsParams) -> WeightFile {
    fn put<const D: usize>(key: &str, param: &mut Param<Tensor<D>>, gradients: &GradientsParams) {
        let gradient = gradients
            .get::<D>(param.id)
            .unwrap_or_else(|| panic!("{key} has no gradient"));
        *param = param.clone().map(|_| Tensor::from_inner(gradient));
    }
    let mut carrier = network.clone();
    carrier
        .parameters("", &mut |key, slot| {
            match slot {
                Slot::Linear(p)
                | Slot::Recurrent(p)
                | Slot::Kernel { weight: p, .. }
                | Slot::Table(p) => put(&key, p, gradients),
                Slot::Convolution(p) => put(&key, p, gradients),
                Slot::Tokens(p) => put(&key, p, gradients),
                Slot::Zeros(p) | Slot::Ones(p) | Slot::RecurrentBias(p) => {
                    put(&key, p, gradients);
                }
            }
            Ok(())
        })
        .expect("a listing");
    weights(&carrier)
}

fn weights(network: &Network) -> WeightFile {
    let bytes = network.to_safetensors().expect("weights");
    WeightFile::from_safetensors("ours", bytes).expect("weights")
}

/// The softmax does not change when all keys move alike, so the bias of the keys has no gradient but rounding, which
/// AdamW makes as large as any other step.
fn has_no_gradient(key: &str) -> bool {
    key.ends_with(".key.bias")
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// Per weight, the largest difference and the largest expected element.
fn differences(name: &str, ours: &WeightFile) -> Vec<(String, f32, f32)> {
    let golden = WeightFile::open(&path("train_step").join(name)).expect("a golden file");
    assert!(golden.keys().eq(ours.keys()), "{name}: other keys");
    let compare = |key: &str| {
        let expected = golden.read(key).expect("a tensor");
        let got = ours.read(key).expect("a tensor");
        assert_eq!(golden.shape(key), ours.shape(key), "{key}");
        let pairs = expected.iter().zip(&got);
        let d = pairs.fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
        (key.to_owned(), d, largest(&expected))
    };
    golden.keys().map(compare).collect()
}

fn compare(backend: &str, device: &Device) {
    let golden: Golden = json("train_step/steps.json");
    let device = device.clone().autodiff();
    let mut network = network(&device);
    let config = AdamWConfig {
        epsilon: golden.epsilon,
        weight_decay: golden.decay,
        ..AdamWConfig::default()
    };
    let mut optimizer =
        AdamW::new(config, &ParameterGroups::default(), &mut network).expect("an optimizer");
    let loss_of = CrossEntropy::new(golden.class_weights.clone(), 0.0).expect("a loss");
    for (i, step) in golden.steps.iter().enumerate() {
        let logits = logits(&network, step, &device);
        let loss = loss_of.forward(logits, &step.labels).mean();
        let mut gradients = GradientsParams::from_grads(loss.backward(), &network);
        let d = (f64::from(loss.into_scalar::<f32>()) - step.loss).abs();
        assert!(d < LOSS_TOLERANCE, "{backend}, step {i}: loss {d:e}");

        let ours = in_file_layout(&network, &gradients);
        if i == 0 {
            check_gradients(backend, &ours);
        }
        let mut norms = 0.0f64;
        for key in ours.keys().filter(|key| !has_no_gradient(key)) {
            let squares = ours.read(key).expect("a gradient");
            let squares = squares.iter().map(|x| f64::from(*x).powi(2));
            let expected = step.gradient_norms[key];
            norms = norms.max((squares.sum::<f64>().sqrt() / expected - 1.0).abs());
        }
        assert!(
            norms < f64::from(GRADIENT_TOLERANCE),
            "{backend}, step {i}: norms {norms:e}"
        );

        let norm = clip_global_norm(&network, &mut gradients, golden.clip);
        assert!(step.norm > golden.clip, "clipping must bite");
        let n = (norm / step.norm - 1.0).abs();
        assert!(n < 1e-6, "{backend}, step {i}: global norm {n:e}");
        optimizer.step(golden.rate, &mut network, gradients);
        println!("{backend}, step {i}: loss {d:.1e}, gradient norms {norms:.1e}, global {n:.1e}");
    }
    check_weights(backend, &weights(&network));
}

fn check_gradients(backend: &str, ours: &WeightFile) {
    let (mut worst, mut keys_bias) = (0.0f32, 0.0f32);
    for (key, d, most) in differences("gradients.safetensors", ours) {
        if has_no_gradient(&key) {
            // Rounding on both sides, of terms as large as the gradient of the queries' bias beside it.
            let beside = ours.read(&key.replace(".key.", ".query.")).expect("one");
            keys_bias = keys_bias.max(d / largest(&beside));
        } else {
            worst = worst.max(d / most);
            assert!(
                d / most < GRADIENT_TOLERANCE,
                "{backend}: {key} {:e}",
                d / most
            );
        }
    }
    println!("{backend}: gradients {worst:.1e} relative, biases of keys {keys_bias:.1e}");
    assert!(
        keys_bias < GRADIENT_TOLERANCE,
        "{backend}: keys {keys_bias:e}"
    );
}

fn check_weights(backend: &str, ours: &WeightFile) {
    let mut worst = (0.0f32, String::new());
    for (key, d, _) in differences("weights.safetensors", ours) {
        if !has_no_gradient(&key) && d > worst.0 {
            worst = (d, key);
        }
    }
    println!("{backend}: weights {:.1e} ({})", worst.0, worst.1);
    assert!(worst.0 < WEIGHT_TOLERANCE, "{backend}: {worst:?}");
}

#[test]
fn three_steps_on_the_cpu_equal_pytorch() {
    compare("flex", &Device::flex());
}

/// With the CPU's tolerances.
///
/// # Panics
/// If there is no Vulkan adapter and `MUSICLIME_NO_VULKAN=1` is not set.
#[test]
fn three_steps_on_wgpu_equal_pytorch() {
    if std::env::var_os("MUSICLIME_NO_VULKAN").is_some_and(|v| v == "1") {
        eprintln!("MUSICLIME_NO_VULKAN=1: this test did not run");
        return;
    }
    match select(&DeviceChoice::Named("wgpu".into())) {
        Ok(selected) => compare("wgpu", &selected.device),
        Err(DeviceError::Unknown { available, .. }) => panic!(
            "no Vulkan adapter was found (there are: {available}); install a software one \
             (Debian: mesa-vulkan-drivers), or set MUSICLIME_NO_VULKAN=1"
        ),
        Err(e) => panic!("{e}"),
    }
}
