//! Fitting the classifiers.
//!
//! [`Training`] takes a [`TrainConfig`], makes or reads its songs, fits a network from scratch or from other models'
//! encoders, and returns the weights that did best on the validation songs. With a [`RunFolder`] it writes a log and
//! checkpoints, and goes on from the last one. Every random draw comes from the seed, the epoch and the step.

mod architecture;
mod batches;
mod cache;
mod checkpoint;
mod config;
mod epochs;
mod error;
mod fit;
mod journal;
mod judge;
mod library;
mod losses;
mod objective;
mod optimizer;
mod prepare;
mod run_folder;
mod schedule;
mod scores;
pub mod separator;
mod songs;
mod sound;
mod source;
mod spec_augment;
mod start;
mod task;
mod token_cache;

pub use architecture::{AudioEncoderKind, FusionKind, LyricsEncoderKind};
pub use cache::SongCache;
pub use config::{ModelSize, TrainConfig, TrainModality};
pub use error::TrainingError;
pub use fit::{Trained, Training, Watch, train};
pub use journal::{Epoch, Line, Step, read_journal};
pub use library::{Library, ReadSong, SongFiles};
pub use losses::{BinaryCrossEntropy, ClassWeights, CrossEntropy, LossSum, Regression};
pub use optimizer::{
    AdamW, AdamWConfig, DecayScope, GradientAccumulator, LossScale, ParameterGroups, RateFactor,
    clip_global_norm,
};
pub use prepare::SkippedSong;
pub use run_folder::{RunFolder, RunRecord, StartedFrom, weights_sha256};
pub use schedule::{Schedule, ScheduleShape};
pub use scores::ValidationScores;
pub use source::{DataSource, ManifestSource};
pub use spec_augment::SpecAugment;
pub use task::{Told, TrainTask};
