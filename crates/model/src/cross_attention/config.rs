use crate::ModelError;
use serde::{Deserialize, Serialize};

/// The sizes of a fusion by cross-attention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossAttentionConfig {
    /// Width of what both modalities are mapped to.
    pub hidden_size: usize,
    /// Number of attention heads; divides the width.
    pub num_attention_heads: usize,
    /// Number of layers, each with both directions.
    pub num_layers: usize,
    /// Added to the variance in every layer normalisation.
    pub layer_norm_eps: f64,
}

impl CrossAttentionConfig {
    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        for (what, value) in [
            ("hidden_size", self.hidden_size),
            ("num_attention_heads", self.num_attention_heads),
            ("num_layers", self.num_layers),
        ] {
            if value == 0 {
                return Err(ModelError::invalid(
                    format!("fusion {what}"),
                    "at least 1",
                    0,
                ));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(ModelError::invalid(
                "fusion hidden_size",
                format!(
                    "a multiple of num_attention_heads {}",
                    self.num_attention_heads
                ),
                self.hidden_size,
            ));
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps > 0.0) {
            return Err(ModelError::invalid(
                "fusion layer_norm_eps",
                "above 0",
                self.layer_norm_eps,
            ));
        }
        Ok(())
    }
}
