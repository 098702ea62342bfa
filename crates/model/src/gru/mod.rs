//! Gated recurrent units, in one direction or both, over sequences of different lengths.

mod config;
mod load;
mod network;

pub use config::GruConfig;
pub use network::{Gru, GruOutput};
