//! Open-Unmix: one BiLSTM per target that scales the mixture's magnitudes, and Wiener filtering.

mod config;
mod fresh;
mod load;
mod lstm;
mod network;
mod save;

pub use config::{OpenUnmixConfig, Target};
pub use load::OpenUnmixFiles;
pub use network::OpenUnmix;
pub use save::InputNorm;
