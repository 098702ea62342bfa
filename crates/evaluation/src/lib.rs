//! How good classifiers and separators are, and whether explanations point at what was planted.

mod bootstrap;
mod calibration;
pub mod causes;
mod classification;
mod csv;
mod error;
mod faithfulness;
mod mcnemar;
mod multilabel;
mod predictions;
mod proportion;
mod regression;
pub mod separation;
mod table;
mod tags;
mod truth;
mod values;

pub use bootstrap::{BootstrapInterval, RESAMPLES, percentile};
pub use calibration::{Calibration, ReliabilityBin};
pub use causes::{PlantedCause, Recovery, RecoveryCase, is_hit, recoveries};
pub use classification::{Average, ClassRow, ClassificationReport};
pub use error::EvaluationError;
pub use faithfulness::{fidelity, rank_stability, weighted_r2};
pub use mcnemar::{McNemar, mcnemar};
pub use multilabel::{MultiLabelReport, TagRow};
pub use predictions::{CALIBRATION_BINS, ClassifierScores, PredictedSong, Predictions};
pub use proportion::Proportion;
pub use regression::RegressionReport;
pub use table::{ModelTable, PublishedRow, PublishedTable, TableRow};
pub use tags::{TagPredictions, TaggedSong};
pub use truth::GroundTruth;
pub use values::{ValuePredictions, ValueRow, ValuedSong, ValuesReport};
