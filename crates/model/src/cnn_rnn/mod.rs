//! A convolutional recurrent network over log-mel spectrograms.

mod config;
mod load;
mod network;

pub use config::CnnRnnConfig;
pub use network::{CnnRnn, CnnRnnOutput};
