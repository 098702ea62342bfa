//! How good classifiers and separators are, and whether explanations point at what was planted.

pub mod causes;
mod classification;
mod error;
mod faithfulness;
mod mcnemar;
mod proportion;
pub mod separation;

pub use causes::{PlantedCause, Recovery, RecoveryCase, is_hit, recoveries};
pub use classification::{Average, ClassRow, ClassificationReport};
pub use error::EvaluationError;
pub use faithfulness::{fidelity, rank_stability, weighted_r2};
pub use mcnemar::{McNemar, mcnemar};
pub use proportion::Proportion;
