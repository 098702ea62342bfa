use super::DeviceInfo;
use crate::attention::scaled_dot_product;
use crate::{Ast, AstConfig, Network, Precision};
use burn::module::Module;
use burn::nn::LayerNormConfig;
use burn::tensor::{DType, Device, Tensor, TensorData, activation};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Largest difference to the CPU, relative to the CPU's largest value. f32 sums of a few hundred terms in another
/// order differ by 1e-6; f16 arithmetic, which must not pass, by 1e-3.
pub const SELF_TEST_TOLERANCE: f64 = 1e-4;

/// How far one operation is from the CPU's.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationError {
    /// The operation.
    pub operation: &'static str,
    /// Largest absolute difference over the CPU's largest absolute value; infinite if not a number.
    pub error: f64,
}

impl OperationError {
    /// Whether the operation can be trusted.
    pub fn passed(&self) -> bool {
        self.error <= SELF_TEST_TOLERANCE
    }
}

/// What the self-test of a device found.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// One entry an operation, in the order they ran.
    pub operations: Vec<OperationError>,
}

impl SelfTest {
    /// Whether every operation can be trusted.
    pub fn passed(&self) -> bool {
        self.operations.iter().all(OperationError::passed)
    }

    /// The operation farthest from the CPU.
    pub fn worst(&self) -> Option<&OperationError> {
        self.operations
            .iter()
            .max_by(|a, b| a.error.total_cmp(&b.error))
    }
}

/// Computes what encoders are made of on `device` and on the CPU, and compares.
///
/// # Errors
/// A device that fails outright.
pub fn self_test(device: &Device) -> Result<SelfTest, String> {
    let cpu = Device::flex();
    let mut operations = Vec::new();
    for (operation, run) in OPERATIONS {
        let expected = catch_unwind(AssertUnwindSafe(|| run(&cpu)))
            .map_err(|_| format!("{operation} failed on the CPU"))?;
        let got = catch_unwind(AssertUnwindSafe(|| run(device)))
            .map_err(|_| format!("{operation} could not be run"))?;
        operations.push(OperationError {
            operation,
            error: relative_error(&expected, &got),
        });
    }
    Ok(SelfTest { operations })
}

/// Computes an encoder layer on `device` in half precision and on the CPU in single, and returns the largest
/// difference relative to the largest value. It runs once a process, device and precision.
///
/// # Errors
/// A device without such numbers, one that fails outright, or a difference beyond what rounding explains.
pub fn half_precision_test(device: &Device, precision: Precision) -> Result<f64, String> {
    static RESULTS: Mutex<BTreeMap<String, Result<f64, String>>> = Mutex::new(BTreeMap::new());
    let device = device.clone().without_autodiff();
    let name = precision.name();
    if !device.supports_dtype(DType::from(precision.dtype())) {
        return Err(format!("it does not compute in {name}"));
    }
    let mut results = RESULTS.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || {
        let got = catch_unwind(AssertUnwindSafe(|| layer_in(precision, &device)))
            .map_err(|_| format!("an encoder layer in {name} could not be run"))?;
        let error = relative_error(&layer_in(Precision::F32, &Device::flex()), &got);
        match error <= half_precision_tolerance(precision) {
            true => Ok(error),
            false => Err(format!("an encoder layer in {name} differs by {error:.1e}")),
        }
    };
    let key = format!("{device:?} {name}");
    results.entry(key).or_insert_with(run).clone()
}

/// Four times what the CPU's own half precision is off by: 2.5e-3 and 1.9e-2.
fn half_precision_tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => SELF_TEST_TOLERANCE,
        Precision::F16 => 1e-2,
        Precision::Bf16 => 8e-2,
    }
}

/// Results of this process, by the device's description.
static RESULTS: Mutex<BTreeMap<String, Result<SelfTest, String>>> = Mutex::new(BTreeMap::new());

/// The self-test, run once a process and device.
pub(super) fn remembered(info: &DeviceInfo, device: &Device) -> Result<SelfTest, String> {
    let mut results = RESULTS.lock().unwrap_or_else(PoisonError::into_inner);
    results
        .entry(format!("{info} {}", info.driver))
        .or_insert_with(|| self_test(device))
        .clone()
}

type Run = fn(&Device) -> Vec<f32>;

const OPERATIONS: [(&str, Run); 7] = [
    ("linear map", linear_map),
    ("batched matrix product", batched_product),
    ("softmax", softmax),
    ("layer normalisation", layer_normalisation),
    ("GELU", gelu),
    ("attention", attention),
    ("encoder layer", encoder_layer),
];

fn relative_error(expected: &[f32], got: &[f32]) -> f64 {
    if expected.len() != got.len() || got.iter().any(|x| !x.is_finite()) {
        return f64::INFINITY;
    }
    let largest = expected
        .iter()
        .fold(f64::MIN_POSITIVE, |m, x| m.max(f64::from(x.abs())));
    let difference = expected
        .iter()
        .zip(got)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    difference.fold(0.0, f64::max) / largest
}

/// Numbers in -1..1, the same on every device.
fn uniform<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.random::<f32>() * 2.0 - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The numbers of a result; none if the device cannot be read, which counts as a wrong result.
fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as::<f32>().unwrap_or_default()
}

fn linear_map(device: &Device) -> Vec<f32> {
    let x = uniform([3, 65, 96], 1, device);
    let weight = uniform([96, 136], 2, device);
    values(burn::tensor::module::linear(
        x,
        weight,
        Some(uniform([136], 3, device)),
    ))
}

fn batched_product(device: &Device) -> Vec<f32> {
    values(uniform([2, 3, 130, 32], 4, device).matmul(uniform([2, 3, 32, 130], 5, device)))
}

fn softmax(device: &Device) -> Vec<f32> {
    values(activation::softmax(
        uniform([4, 9, 257], 6, device) * 8.0,
        2,
    ))
}

fn layer_normalisation(device: &Device) -> Vec<f32> {
    let norm = LayerNormConfig::new(96).with_epsilon(1e-12).init(device);
    values(norm.forward(uniform([2, 33, 96], 7, device) * 1e-2 + 0.5))
}

fn gelu(device: &Device) -> Vec<f32> {
    values(activation::gelu(uniform([1024], 8, device) * 5.0))
}

fn attention(device: &Device) -> Vec<f32> {
    let part = |seed| uniform([2, 3, 67, 32], seed, device);
    let position = Tensor::<1, burn::tensor::Int>::arange(0..67, device).reshape([1, 1, 1, 67]);
    let masked = position.greater_equal_elem(50).expand([2, 1, 67, 67]);
    values(scaled_dot_product(
        part(9),
        part(10),
        part(11),
        Some(masked),
    ))
}

fn encoder_layer(device: &Device) -> Vec<f32> {
    layer_in(Precision::F32, device)
}

fn layer_in(precision: Precision, device: &Device) -> Vec<f32> {
    let config = AstConfig {
        hidden_size: 64,
        num_hidden_layers: 1,
        num_attention_heads: 4,
        intermediate_size: 128,
        patch_size: 8,
        frequency_stride: 6,
        time_stride: 5,
        max_length: 48,
        num_mel_bins: 32,
        initializer_range: 0.2,
        ..AstConfig::default()
    };
    let mut ast: Ast = Network::random_ast(&config, 12, device).no_grad();
    ast.set_precision(precision);
    values(ast.forward(uniform([2, 48, 32], 13, device)).hidden)
}
