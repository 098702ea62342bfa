use crate::recipe::UnknownName;
use musiclime_core::{ClassifierError, Invalid};
use std::path::PathBuf;

/// Why an explanation could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ExplanationError {
    /// A setting of the recipe that cannot work.
    #[error("{setting} is {got}, but must be {expected}")]
    Setting {
        /// The setting, as the recipe names it.
        setting: &'static str,
        /// What it should have been.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A name that is none of a setting's choices.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// A value that breaks an invariant of the shared vocabulary.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The song has no component that could be switched off.
    #[error(
        "there is nothing to explain: no stem and no word can be switched off; give audio, or lyrics with at least one word"
    )]
    NoComponents,
    /// Masks that do not fit the song's components.
    #[error(
        "the masks have {got} columns, but this song has {expected} components ({audio} audio, then {words} words); make the masks for this song and these settings"
    )]
    MaskColumns {
        /// Components of the song.
        expected: usize,
        /// Columns of the masks.
        got: usize,
        /// Audio components.
        audio: usize,
        /// Word components.
        words: usize,
    },
    /// Masks without a row.
    #[error("the masks have no row; give at least 1")]
    NoMasks,
    /// A class index outside the model's classes.
    #[error("class index {got} does not exist: the model has {classes} classes, 0 to {}", classes.saturating_sub(1))]
    ClassIndex {
        /// The index asked for.
        got: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// The model's answer has another shape than asked for.
    #[error("the model answered with {got} {what}, expected {expected}")]
    Answer {
        /// Rows or classes.
        what: &'static str,
        /// How many were asked for.
        expected: usize,
        /// How many came.
        got: usize,
    },
    /// The model answered with a number that is not finite.
    #[error(
        "the model answered perturbation {row}, class {class} with {value}; check the model's weights and the input for NaN"
    )]
    NotFinite {
        /// Row of the masks.
        row: usize,
        /// Class index.
        class: usize,
        /// The value.
        value: f64,
    },
    /// Every perturbation is so far away that its kernel weight is zero.
    #[error(
        "all {rows} perturbations have kernel weight 0 at width {kernel_width} and distance scale {distance_scale}; take a wider kernel or a smaller scale"
    )]
    ZeroWeights {
        /// Rows of the masks.
        rows: usize,
        /// The kernel's width.
        kernel_width: f64,
        /// The distances' scale.
        distance_scale: f64,
    },
    /// The normal equations could not be factored.
    #[error("the surrogate's {size} x {size} normal equations are not positive definite")]
    Singular {
        /// Rows of the system.
        size: usize,
    },
    /// The classifier failed or was stopped.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// A file could not be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file does not hold what it should.
    #[error("{}: {what}: expected {expected}, got {got}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The part that is wrong.
        what: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A file could not be written.
    #[error("cannot write {}: {reason}; check that the folder exists and is writable", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl ExplanationError {
    /// A file that could not be written.
    pub(crate) fn write(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Write {
            path: path.to_path_buf(),
            reason: error.to_string(),
        }
    }
}
