//! The Audio Spectrogram Transformer.

mod config;
mod load;
mod network;

pub use config::AstConfig;
pub use network::{Ast, AstOutput};
