use super::AstConfig;
use crate::Activation;
use crate::attention::Attention;
use crate::parameters::{layer_norm, linear, zeros};
use crate::precision::{Precision, apply, cast_maps, single};
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// What an AST encoder says about its input.
#[derive(Debug, Clone)]
pub struct AstOutput {
    /// Every token after the final layer normalisation, `[batch, tokens, width]`.
    pub hidden: Tensor<3>,
    /// The mean of the class and distillation tokens, `[batch, width]`.
    pub pooled: Tensor<2>,
}

/// The Audio Spectrogram Transformer: patches of a log-mel spectrogram through a pre-norm transformer.
///
/// # Source
/// `ASTModel` of transformers 4.57.1. Dropout is left out: the reference's AST checkpoints set it to 0.
#[derive(Module, Debug)]
pub struct Ast {
    pub(super) embeddings: Embeddings,
    pub(super) layers: Vec<Layer>,
    pub(super) layernorm: LayerNorm,
}

/// Patch, class, distillation and position embeddings.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    pub(super) cls_token: Param<Tensor<3>>,
    pub(super) distillation_token: Param<Tensor<3>>,
    pub(super) position_embeddings: Param<Tensor<3>>,
    pub(super) projection: Linear,
    /// Where each element of each patch stands in a flattened `[frames, mel]` input.
    patch_index: Tensor<1, Int>,
    frames: usize,
    mel_bins: usize,
    pub(super) patch: usize,
}

/// One pre-norm encoder layer.
#[derive(Module, Debug)]
pub(super) struct Layer {
    pub(super) attention: Attention,
    pub(super) attention_output: Linear,
    pub(super) intermediate: Linear,
    pub(super) output: Linear,
    pub(super) layernorm_before: LayerNorm,
    pub(super) layernorm_after: LayerNorm,
    #[module(skip)]
    activation: Activation,
}

impl Ast {
    /// A network of these sizes whose weights are still zero.
    ///
    /// # Panics
    /// If the configuration was not validated.
    pub fn new(config: &AstConfig, device: &Device) -> Self {
        Self {
            embeddings: Embeddings::new(config, device),
            layers: (0..config.num_hidden_layers)
                .map(|_| Layer::new(config, device))
                .collect(),
            layernorm: layer_norm(config.hidden_size, config.layer_norm_eps, device),
        }
    }

    /// Casts the layers' maps.
    pub(crate) fn set_precision(&mut self, precision: Precision) {
        for layer in &mut self.layers {
            layer.set_precision(precision);
        }
    }

    /// Encodes normalised features.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]` with exactly the configured frames and mel bins.
    pub fn forward(&self, features: Tensor<3>) -> AstOutput {
        let mut x = self.embeddings.forward(features);
        for layer in &self.layers {
            x = layer.forward(x);
        }
        let hidden = self.layernorm.forward(x);
        let pooled = hidden
            .clone()
            .slice([0..hidden.dims()[0], 0..2])
            .mean_dim(1)
            .squeeze_dim(1);
        AstOutput { hidden, pooled }
    }

    /// The embeddings and then every layer's output, before the final layer normalisation.
    ///
    /// # Shapes
    /// As [`Ast::forward`]; each result is `[batch, tokens, width]`.
    pub fn layer_outputs(&self, features: Tensor<3>) -> Vec<Tensor<3>> {
        let mut outputs = vec![self.embeddings.forward(features)];
        for layer in &self.layers {
            outputs.push(layer.forward(outputs[outputs.len() - 1].clone()));
        }
        outputs
    }
}

impl Embeddings {
    fn new(config: &AstConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        let patch = config.patch_size;
        Self {
            cls_token: zeros([1, 1, width], device),
            distillation_token: zeros([1, 1, width], device),
            position_embeddings: zeros([1, config.tokens(), width], device),
            projection: linear(patch * patch, width, true, device),
            patch_index: patch_index(config, device),
            frames: config.max_length,
            mel_bins: config.num_mel_bins,
            patch,
        }
    }

    /// Unfolds the patches by a gather, which costs one linear map after it and has a cheap gradient even for
    /// overlapping patches, where a strided convolution's weight gradient is slow.
    fn forward(&self, features: Tensor<3>) -> Tensor<3> {
        let [batch, frames, mel_bins] = features.dims();
        assert_eq!(
            [frames, mel_bins],
            [self.frames, self.mel_bins],
            "AST input must be [batch, frames, mel]"
        );
        let area = self.patch * self.patch;
        let [_, width] = self.projection.weight.dims();
        let patches = features
            .reshape([batch, frames * mel_bins])
            .select(1, self.patch_index.clone())
            .reshape([batch as i32, -1, area as i32]);
        let patches = self.projection.forward(patches);
        let class = self.cls_token.val().expand([batch, 1, width]);
        let distillation = self.distillation_token.val().expand([batch, 1, width]);
        Tensor::cat(vec![class, distillation, patches], 1) + self.position_embeddings.val()
    }
}

/// Index of patch element `[frequency patch, time patch, mel within, frame within]` in `[frames, mel]`.
fn patch_index(config: &AstConfig, device: &Device) -> Tensor<1, Int> {
    let [frequency, time] = config.patches();
    let patch = config.patch_size;
    let mut index = Vec::with_capacity(frequency * time * patch * patch);
    for f in 0..frequency {
        for t in 0..time {
            for i in 0..patch {
                for j in 0..patch {
                    let frame = t * config.time_stride + j;
                    let mel = f * config.frequency_stride + i;
                    index.push((frame * config.num_mel_bins + mel) as i32);
                }
            }
        }
    }
    let len = index.len();
    Tensor::from_data(TensorData::new(index, [len]), device)
}

impl Layer {
    fn new(config: &AstConfig, device: &Device) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let norm = || layer_norm(width, config.layer_norm_eps, device);
        Self {
            attention: Attention::new(width, config.num_attention_heads, config.qkv_bias, device),
            attention_output: linear(width, width, true, device),
            intermediate: linear(width, inner, true, device),
            output: linear(inner, width, true, device),
            layernorm_before: norm(),
            layernorm_after: norm(),
            activation: config.hidden_act,
        }
    }

    fn set_precision(&mut self, precision: Precision) {
        self.attention.set_precision(precision);
        let maps = [
            &mut self.attention_output,
            &mut self.intermediate,
            &mut self.output,
        ];
        cast_maps(maps, precision);
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let attended = self
            .attention
            .forward(self.layernorm_before.forward(x.clone()), None);
        let x = x + single(apply(&self.attention_output, attended));
        let inner = apply(&self.intermediate, self.layernorm_after.forward(x.clone()));
        x + single(apply(&self.output, self.activation.forward(inner)))
    }
}
