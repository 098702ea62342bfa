//! The heads: from pooled encoders to logits.

mod load;
mod network;

pub use network::{AstHead, FusionHead, Head, RobertaHead};
