use crate::{Activation, ModelError};
use serde::{Deserialize, Serialize};

/// The sizes of an AST encoder, field by field as HF's `ASTConfig` names them; fields it does not know are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AstConfig {
    /// Width of a token.
    pub hidden_size: usize,
    /// Number of encoder layers.
    pub num_hidden_layers: usize,
    /// Number of attention heads; divides the width.
    pub num_attention_heads: usize,
    /// Width inside a layer's feed-forward part.
    pub intermediate_size: usize,
    /// Non-linearity of the feed-forward part.
    pub hidden_act: Activation,
    /// Added to the variance in every layer normalisation.
    pub layer_norm_eps: f64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Side of a square patch, in mel bins and in frames.
    pub patch_size: usize,
    /// Whether query, key and value maps have a bias.
    pub qkv_bias: bool,
    /// Mel bins from patch to patch.
    pub frequency_stride: usize,
    /// Frames from patch to patch.
    pub time_stride: usize,
    /// Frames of the input.
    pub max_length: usize,
    /// Mel bins of the input.
    pub num_mel_bins: usize,
}

impl Default for AstConfig {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-12,
            initializer_range: 0.02,
            patch_size: 16,
            qkv_bias: true,
            frequency_stride: 10,
            time_stride: 10,
            max_length: 1024,
            num_mel_bins: 128,
        }
    }
}

impl AstConfig {
    /// Patches along frequency and along time.
    pub fn patches(&self) -> [usize; 2] {
        [
            (self.num_mel_bins - self.patch_size) / self.frequency_stride + 1,
            (self.max_length - self.patch_size) / self.time_stride + 1,
        ]
    }

    /// Tokens of one input: class, distillation, then the patches, frequency-major.
    pub fn tokens(&self) -> usize {
        let [frequency, time] = self.patches();
        frequency * time + 2
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        for (what, value) in [
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("patch_size", self.patch_size),
            ("frequency_stride", self.frequency_stride),
            ("time_stride", self.time_stride),
        ] {
            if value == 0 {
                return Err(ModelError::invalid(
                    format!("audio {what}"),
                    "at least 1",
                    0,
                ));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(ModelError::invalid(
                "audio hidden_size",
                format!(
                    "a multiple of num_attention_heads {}",
                    self.num_attention_heads
                ),
                self.hidden_size,
            ));
        }
        for (what, value) in [
            ("num_mel_bins", self.num_mel_bins),
            ("max_length", self.max_length),
        ] {
            if value < self.patch_size {
                return Err(ModelError::invalid(
                    format!("audio {what}"),
                    format!("at least patch_size {}", self.patch_size),
                    value,
                ));
            }
        }
        Ok(())
    }
}
