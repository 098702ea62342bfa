//! Spleeter: one convolutional U-Net per stem, and soft masks from the ratio of their estimates.

mod config;
mod estimator;
mod load;
mod masks;
mod network;

pub use config::{Activation, MaskExtension, Output, SpleeterConfig};
pub use estimator::{SpleeterEstimator, WINDOWS};
pub use load::load;
pub use network::{Spleeter, UNet};
