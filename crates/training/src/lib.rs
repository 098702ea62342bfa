//! Fitting the classifiers.
//!
//! [`train`] takes a [`TrainConfig`], makes its songs, fits a network from scratch and returns the weights that did
//! best on the validation songs. Every random draw comes from the seed, the epoch and the step.

mod batches;
mod config;
mod error;
mod fit;
mod optimizer;
pub mod separator;
mod songs;

pub use config::{ModelSize, TrainConfig, TrainModality};
pub use error::TrainingError;
pub use fit::{Epoch, Trained, Watch, train};
pub use optimizer::{clip_global_norm, cross_entropy};
pub use songs::{TrainingSong, songbook_songs};
