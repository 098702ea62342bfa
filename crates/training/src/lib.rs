//! Fitting the classifiers.
//!
//! [`train`] takes a [`TrainConfig`], makes its songs, fits a network from scratch and returns the weights that did
//! best on the validation songs. Every random draw comes from the seed, the epoch and the step.

mod batches;
mod config;
mod error;
mod fit;
mod losses;
mod optimizer;
mod schedule;
mod songs;
mod spec_augment;

pub use config::{ModelSize, TrainConfig, TrainModality};
pub use error::TrainingError;
pub use fit::{Epoch, Trained, Watch, train};
pub use losses::{BinaryCrossEntropy, ClassWeights, CrossEntropy, LossSum, Regression};
pub use optimizer::{
    AdamW, AdamWConfig, DecayScope, GradientAccumulator, ParameterGroups, RateFactor,
    clip_global_norm,
};
pub use schedule::{Schedule, ScheduleShape};
pub use songs::{TrainingSong, songbook_songs};
pub use spec_augment::SpecAugment;
