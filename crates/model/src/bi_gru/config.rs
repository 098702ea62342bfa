use crate::ModelError;
use serde::{Deserialize, Serialize};

/// The sizes of a bidirectional recurrent encoder of lyrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BiGruConfig {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Width of a token's embedding.
    pub embedding_size: usize,
    /// Width of the state in each direction.
    pub hidden_size: usize,
    /// Recurrent layers.
    pub num_layers: usize,
    /// The id that pads a batch.
    pub pad_token_id: usize,
    /// Standard deviation of a fresh word table.
    pub initializer_range: f64,
}

impl Default for BiGruConfig {
    fn default() -> Self {
        Self {
            vocab_size: 1500,
            embedding_size: 64,
            hidden_size: 64,
            num_layers: 1,
            pad_token_id: 1,
            initializer_range: 0.5,
        }
    }
}

impl BiGruConfig {
    /// Width of what the encoder says about a token: both directions.
    pub fn width(&self) -> usize {
        2 * self.hidden_size
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        for (what, value) in [
            ("vocab_size", self.vocab_size),
            ("embedding_size", self.embedding_size),
            ("hidden_size", self.hidden_size),
            ("num_layers", self.num_layers),
        ] {
            if value == 0 {
                return Err(ModelError::invalid(
                    format!("lyrics {what}"),
                    "at least 1",
                    0,
                ));
            }
        }
        if self.pad_token_id >= self.vocab_size {
            return Err(ModelError::invalid(
                "lyrics pad_token_id",
                format!("below vocab_size {}", self.vocab_size),
                self.pad_token_id,
            ));
        }
        Ok(())
    }
}
