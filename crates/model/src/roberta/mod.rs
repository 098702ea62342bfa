//! RoBERTa and BERT: one post-norm transformer encoder, two ways to count positions.

mod config;
mod load;
mod network;

pub use config::{RobertaConfig, TextKind};
pub use network::Roberta;
