use crate::ModelError;
use serde::{Deserialize, Serialize};

/// The size of a gated fusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatingConfig {
    /// Width of what both modalities are mapped to.
    pub hidden_size: usize,
}

impl GatingConfig {
    /// Refuses a size that makes no network.
    ///
    /// # Errors
    /// A width of 0.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.hidden_size == 0 {
            return Err(ModelError::invalid("fusion hidden_size", "at least 1", 0));
        }
        Ok(())
    }
}
