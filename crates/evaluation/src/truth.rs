use serde::{Deserialize, Serialize};

/// What is true of a song, in the terms of a model's outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundTruth {
    /// The index of its one class.
    Class(usize),
    /// Whether it has each tag, `[tags]`.
    Tags(Vec<bool>),
    /// Its quantities, `[values]`.
    Values(Vec<f64>),
}
