//! Fitting a separator of Open-Unmix's shape to the songbook's stems.

mod config;
mod excerpts;
mod fit;

pub use config::SeparatorConfig;
pub use fit::{SeparatorWatch, TrainedSeparator, train_separator};
