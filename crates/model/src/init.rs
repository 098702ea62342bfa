//! Fresh weights.

use crate::parameters::{Parameters, Slot};
use crate::{Ast, AstConfig, ModelConfig, Network};
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Reset, update and new state: the gates that a recurrent layer's weights stack.
const GRU_GATES: usize = 3;

impl Network {
    /// A network with fresh weights: tables, tokens, kernels and maps normal with the encoder's
    /// `initializer_range`, biases 0, normalisations 1 and 0; convolutions and recurrent layers uniform as PyTorch
    /// starts them, within one over the square root of what one output sums over, and of the state's width.
    ///
    /// The same seed gives the same weights on every device: the numbers are drawn here, one stream per key.
    /// Deliberately different from HF, which starts AST's positions and tokens at 0.
    pub fn init(config: &ModelConfig, seed: u64, device: &Device) -> Self {
        let mut network = Self::zeroed(config, device);
        let audio_std = config
            .audio
            .as_ref()
            .map_or(0.02, |a| a.encoder.initializer_range());
        let text_std = config
            .lyrics
            .as_ref()
            .map_or(0.02, |l| l.encoder.initializer_range());
        fill(&mut network, seed, device, |key| {
            let text = key.starts_with("text_model.") || key.starts_with("roberta.");
            if text { text_std } else { audio_std }
        });
        network
    }

    /// An encoder alone with fresh weights, for the device self-test.
    pub(crate) fn random_ast(config: &AstConfig, seed: u64, device: &Device) -> Ast {
        let mut ast = Ast::new(config, device);
        fill(&mut ast, seed, device, |_| config.initializer_range);
        ast
    }
}

/// Replaces every weight by a fresh one, drawn from the stream of its place in the listing.
fn fill(network: &mut impl Parameters, seed: u64, device: &Device, std: impl Fn(&str) -> f64) {
    let mut stream = 0;
    let filled = network.parameters("", &mut |key, slot| {
        stream += 1;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        slot.fill_fresh(std(&key), &mut rng, device);
        Ok(())
    });
    filled.unwrap_or_else(|e| unreachable!("filling does not fail: {e}"));
}

impl Slot<'_> {
    /// Replaces the weight by a fresh one.
    fn fill_fresh(self, std: f64, rng: &mut ChaCha8Rng, device: &Device) {
        match self {
            Self::Linear(p) | Self::Kernel { weight: p, .. } | Self::Table(p) => {
                normal(p, std, rng, device);
            }
            Self::Tokens(p) => normal(p, std, rng, device),
            Self::Convolution(p) => {
                let fan_in: usize = p.lazy_shape()[1..].iter().product();
                uniform(p, (fan_in as f64).powf(-0.5), rng, device);
            }
            Self::Recurrent(p) => {
                let hidden = p.lazy_shape()[1] / GRU_GATES;
                uniform(p, (hidden as f64).powf(-0.5), rng, device);
            }
            Self::RecurrentBias(p) => {
                let hidden = p.lazy_shape()[0] / GRU_GATES;
                uniform(p, (hidden as f64).powf(-0.5), rng, device);
            }
            Self::Zeros(p) => constant(p, 0.0, device),
            Self::Ones(p) => constant(p, 1.0, device),
        }
    }
}

fn constant(param: &mut Param<Tensor<1>>, value: f32, device: &Device) {
    let shape = param.lazy_shape();
    *param = Param::from_data(TensorData::new(vec![value; shape[0]], shape), device);
}

fn normal<const D: usize>(
    param: &mut Param<Tensor<D>>,
    std: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) {
    let shape = param.lazy_shape();
    let values: Vec<f32> = (0..shape.num_elements())
        .map(|_| {
            // Box and Muller; 1 - u keeps the logarithm's argument above 0.
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            let radius = (-2.0 * (1.0 - u).ln()).sqrt();
            (std * radius * (std::f64::consts::TAU * v).cos()) as f32
        })
        .collect();
    *param = Param::from_data(TensorData::new(values, shape), device);
}

/// Uniform between `-bound` and `bound`.
fn uniform<const D: usize>(
    param: &mut Param<Tensor<D>>,
    bound: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) {
    let shape = param.lazy_shape();
    let values: Vec<f32> = (0..shape.num_elements())
        .map(|_| (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32)
        .collect();
    *param = Param::from_data(TensorData::new(values, shape), device);
}
