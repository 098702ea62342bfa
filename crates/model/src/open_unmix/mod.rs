//! Open-Unmix: one BiLSTM per target that scales the mixture's magnitudes, and Wiener filtering.

mod config;
mod estimator;
mod fresh;
mod load;
mod lstm;
mod network;
mod save;

pub use config::{OpenUnmixConfig, Target};
pub use estimator::{OpenUnmixEstimator, WIENER_FRAMES, WINDOWS};
pub use load::OpenUnmixFiles;
pub use network::OpenUnmix;
pub use save::InputNorm;
