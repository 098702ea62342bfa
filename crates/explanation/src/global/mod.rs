//! Global explanations: what speaks for a class over many songs.
//!
//! [`ClassSums`] adds up the positive weights of the predicted class, song by song ([`RunSums`]) or from a file of
//! counts; [`GlobalTables`] turns the sums into three importances for every class and feature.

mod feature;
mod importance;
mod runs;
mod sums;
mod tables;

pub use feature::FeatureId;
pub use importance::{ClassTable, GlobalTables, Importance, Measure};
pub use runs::RunSums;
pub use sums::{ClassSum, ClassSums, Counts, FeatureSum};
