use super::CnnRnnConfig;
use crate::gru::{Gru, GruConfig};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};

/// Side of every convolution's kernel.
const KERNEL: usize = 3;
/// Zeros around every convolution's input, so that a stride of 1 keeps its size.
const PAD: usize = KERNEL / 2;

/// What a CNN-RNN says about its input.
#[derive(Debug, Clone)]
pub struct CnnRnnOutput {
    /// The recurrent state after every step, `[batch, steps, width]`.
    pub hidden: Tensor<3>,
    /// The state after the last step, `[batch, width]`.
    pub pooled: Tensor<2>,
}

/// Convolution blocks over a log-mel spectrogram, then a recurrent network over time.
///
/// # Source
/// Choi, Fazekas, Sandler and Cho, "Convolutional recurrent neural networks for music classification", ICASSP 2017
/// (arXiv 1609.04243): 3 x 3 convolutions, normalisation, non-linearity, max pooling, and the last state of a GRU.
/// Deliberate differences: normalisation is over groups of channels of one song (Wu and He 2018, arXiv 1803.08494)
/// rather than over the batch, since batch normalisation's running statistics are those of whole songs and a
/// perturbed song is none, and since no song's answer may depend on its neighbours in a batch; ReLU stands for ELU;
/// the input is not normalised again, which the feature extractor has done; no dropout; convolutions may
/// have strides.
#[derive(Module, Debug)]
pub struct CnnRnn {
    pub(super) blocks: Vec<Block>,
    pub(super) gru: Gru,
    frames: usize,
    mel_bins: usize,
}

/// Convolution, normalisation, ReLU, pooling.
#[derive(Module, Debug)]
pub(super) struct Block {
    pub(super) conv: Conv2d,
    pub(super) norm: GroupNorm,
    pool: MaxPool2d,
}

impl CnnRnn {
    /// A network of these sizes whose weights are still zero.
    pub fn new(config: &CnnRnnConfig, device: &Device) -> Self {
        let mut input = 1;
        let blocks = config
            .channels
            .iter()
            .zip(config.strides.iter().zip(&config.pools))
            .map(|(&output, (&stride, &pool))| {
                let block = Block::new([input, output], stride, pool, config, device);
                input = output;
                block
            })
            .collect();
        let gru = GruConfig {
            input_size: config.step_width(),
            hidden_size: config.hidden_size,
            num_layers: config.num_layers,
            bidirectional: false,
        };
        Self {
            blocks,
            gru: Gru::new(&gru, device),
            frames: config.max_length,
            mel_bins: config.num_mel_bins,
        }
    }

    /// Encodes normalised features.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]` with exactly the configured frames and mel bins.
    pub fn forward(&self, features: Tensor<3>) -> CnnRnnOutput {
        let output = self.gru.forward(self.convolve(features), None);
        CnnRnnOutput {
            hidden: output.states,
            pooled: output.last,
        }
    }

    /// The convolution blocks' output, as the recurrent part gets it.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]`; the result: `[batch, steps, channels * mel left]`.
    pub fn convolve(&self, features: Tensor<3>) -> Tensor<3> {
        let [batch, frames, mel_bins] = features.dims();
        assert_eq!(
            [frames, mel_bins],
            [self.frames, self.mel_bins],
            "CNN-RNN input must be [batch, frames, mel]"
        );
        // [batch, channels, frames, mel]
        let mut x = features.unsqueeze_dim::<4>(1);
        for block in &self.blocks {
            x = block.forward(x);
        }
        let [_, channels, steps, mel] = x.dims();
        x.swap_dims(1, 2).reshape([batch, steps, channels * mel])
    }
}

impl Block {
    fn new(
        [input, output]: [usize; 2],
        stride: [usize; 2],
        pool: [usize; 2],
        config: &CnnRnnConfig,
        device: &Device,
    ) -> Self {
        Self {
            conv: Conv2dConfig::new([input, output], [KERNEL; 2])
                .with_stride(stride)
                .with_padding(PaddingConfig2d::Explicit(PAD, PAD, PAD, PAD))
                .with_initializer(Initializer::Zeros)
                .init(device),
            norm: GroupNormConfig::new(config.norm_groups, output)
                .with_epsilon(config.norm_eps)
                .init(device),
            pool: MaxPool2dConfig::new(pool).with_strides(pool).init(),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.conv.forward(x);
        let (scale, shift) = self.normalization(x.clone());
        // Pooling before shift and ReLU, which do not change which value is the largest: there is less to compute.
        activation::relu(self.pool.forward(x * scale) + shift)
    }

    /// What the group normalisation multiplies every channel of every song with, and adds to it then.
    ///
    /// # Shapes
    /// `x`: `[batch, channels, frames, mel]`; both results: `[batch, channels, 1, 1]`.
    fn normalization(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let [batch, channels, frames, mel] = x.dims();
        let groups = self.norm.num_groups;
        let together = channels / groups;
        let x = x.reshape([batch, groups, together * frames * mel]);
        let mean = x.clone().mean_dim(2);
        let variance = (x - mean.clone()).square().mean_dim(2);
        let deviation = variance.add_scalar(self.norm.epsilon).sqrt();
        let of_channels = |parameter: &Option<Param<Tensor<1>>>, without: f32| match parameter {
            Some(values) => values.val().reshape([1, groups, together]),
            None => Tensor::full([1, groups, together], without, &mean.device()),
        };
        // [batch, groups, channels of a group]
        let scale = of_channels(&self.norm.gamma, 1.0) / deviation;
        let shift = of_channels(&self.norm.beta, 0.0) - mean.clone() * scale.clone();
        let shape = [batch, channels, 1, 1];
        (scale.reshape(shape), shift.reshape(shape))
    }
}
