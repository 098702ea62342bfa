//! The vocabulary of musiclime: songs, stems, components, masks, probabilities, and the traits that join the crates.
//!
//! A type lives here only if three crates need it. No IO, no Burn.

mod classifier;
mod components;
mod labels;
mod lyrics;
mod masks;
mod output;
mod song;
mod stems;
mod waveform;

pub use classifier::{
    Classifier, ClassifierError, FactorialProbabilities, LateFusion, Perturbable, Progress,
};
pub use components::{
    Component, ComponentId, Components, Region, RegionBounds, SampleRange, SegmentDetail,
    WordComponent, WordFiller,
};
pub use labels::{LabelSet, Probabilities};
pub use lyrics::{ByteRange, Lyrics};
pub use masks::MaskSet;
pub use output::OutputKind;
pub use song::Song;
pub use stems::{Separation, Separator, SeparatorError, Stems};
pub use waveform::Waveform;

/// A value that breaks one of this crate's invariants: what was expected, and what was given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what}: expected {expected}, got {got}")]
pub struct Invalid {
    /// The thing that is wrong, in words.
    pub what: String,
    /// What it should have been.
    pub expected: String,
    /// What it was.
    pub got: String,
}

impl Invalid {
    /// Builds the error from its three parts.
    pub fn new(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
        Self {
            what: what.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}
