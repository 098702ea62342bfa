//! How good classifiers are, and whether explanations point at what was planted.

pub mod causes;
mod classification;
mod mcnemar;
mod proportion;

pub use causes::{PlantedCause, Recovery, RecoveryCase, is_hit, recoveries};
pub use classification::{Average, ClassRow, ClassificationReport};
pub use mcnemar::{McNemar, mcnemar};
pub use proportion::Proportion;
