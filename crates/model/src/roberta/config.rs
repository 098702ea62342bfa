use crate::{Activation, ModelError};
use serde::{Deserialize, Serialize};

/// Which family of text encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// Positions start after the padding id and skip padding.
    Roberta,
    /// Positions start at 0 and count every token.
    Bert,
}

/// The sizes of a text encoder, field by field as HF's `RobertaConfig` and `BertConfig` name them; other fields
/// are ignored. The defaults are `BertConfig`'s, which `RobertaConfig` shares except for the special ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RobertaConfig {
    /// Rows of the word table.
    pub vocab_size: usize,
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
    /// Rows of the position table.
    pub max_position_embeddings: usize,
    /// Rows of the token type table; only row 0 is used.
    pub type_vocab_size: usize,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Added to the variance in every layer normalisation.
    pub layer_norm_eps: f64,
    /// The id that pads a batch. HF's default is 1 for RoBERTa and 0 for BERT: [`RobertaConfig::for_kind`].
    pub pad_token_id: usize,
}

impl Default for RobertaConfig {
    fn default() -> Self {
        Self::for_kind(TextKind::Roberta)
    }
}

impl RobertaConfig {
    /// HF's default configuration of a family.
    pub fn for_kind(kind: TextKind) -> Self {
        Self {
            vocab_size: match kind {
                TextKind::Roberta => 50265,
                TextKind::Bert => 30522,
            },
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: Activation::Gelu,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: match kind {
                TextKind::Roberta => 1,
                TextKind::Bert => 0,
            },
        }
    }

    /// The longest input, special tokens included, that has a position for every token.
    pub fn position_limit(&self, kind: TextKind) -> usize {
        match kind {
            TextKind::Roberta => self
                .max_position_embeddings
                .saturating_sub(self.pad_token_id + 1),
            TextKind::Bert => self.max_position_embeddings,
        }
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self, kind: TextKind) -> Result<(), ModelError> {
        for (what, value) in [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("type_vocab_size", self.type_vocab_size),
        ] {
            if value == 0 {
                return Err(ModelError::invalid(
                    format!("lyrics {what}"),
                    "at least 1",
                    0,
                ));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(ModelError::invalid(
                "lyrics hidden_size",
                format!(
                    "a multiple of num_attention_heads {}",
                    self.num_attention_heads
                ),
                self.hidden_size,
            ));
        }
        if self.pad_token_id >= self.vocab_size {
            return Err(ModelError::invalid(
                "lyrics pad_token_id",
                format!("below vocab_size {}", self.vocab_size),
                self.pad_token_id,
            ));
        }
        if self.position_limit(kind) < 3 {
            return Err(ModelError::invalid(
                "lyrics max_position_embeddings",
                "room for at least 3 tokens",
                self.max_position_embeddings,
            ));
        }
        Ok(())
    }
}
