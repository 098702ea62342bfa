//! Networks that are trained here: fresh weights, and the forward pass before the input's normalisation is folded in.

use super::config::OpenUnmixConfig;
use super::lstm::{GATES, LstmWeights, StackedLstm};
use super::network::{AffineWeights, OpenUnmix};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the last map starts from: about the share of one target in a mixture of four.
const FIRST_SCALE: f32 = 0.3;

impl OpenUnmix {
    /// Random weights, the same for the same seed.
    ///
    /// # Source
    /// PyTorch's defaults: uniform within one over the square root of the inputs (of the width for the LSTM). The last
    /// bias is `FIRST_SCALE` instead, since there is no normalisation that would centre the masks.
    pub fn fresh(config: &OpenUnmixConfig, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut uniform = |count: usize, bound: f64| -> Vec<f32> {
            let draw = |_| (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32;
            (0..count).map(draw).collect()
        };
        let targets = config.targets.len();
        let (heard, made) = (
            config.channels * config.max_bin,
            config.channels * config.bins(),
        );
        let mut affine = |input: usize, output: usize| {
            let bound = 1.0 / (input as f64).sqrt();
            AffineWeights {
                weight: uniform(targets * input * output, bound),
                bias: uniform(targets * output, bound),
                input,
                output,
            }
        };
        let encode = affine(heard, config.hidden);
        let squeeze = affine(2 * config.hidden, config.hidden);
        let mut decode = affine(config.hidden, made);
        decode.bias.fill(FIRST_SCALE);
        let (width, directions) = (config.lstm_width(), config.directions());
        let bound = 1.0 / (width as f64).sqrt();
        let gates = directions * GATES * width;
        let lstm = (0..config.layers)
            .map(|_| {
                let weights = LstmWeights {
                    input: uniform(targets * config.hidden * gates, bound),
                    bias: uniform(targets * gates, bound),
                    recurrent: uniform(targets * width * gates, bound),
                };
                StackedLstm::new(weights, [targets, config.hidden, directions, width], device)
            })
            .collect();
        Self::new(config, [encode, squeeze, decode], lstm, device)
    }

    /// What each target scales the mixture's magnitudes by.
    ///
    /// # Shapes
    /// `heard`: normalised magnitudes `[1, windows * frames, channels * max_bin]`; the result: `[targets, windows *
    /// frames, channels * bins]`.
    pub fn scales(&self, heard: Tensor<3>, windows: usize) -> Tensor<3> {
        relu(self.decode.forward(self.features(heard, windows)))
    }
}
