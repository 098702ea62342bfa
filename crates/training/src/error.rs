use musiclime_model::ModelError;

/// Why a training run stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A setting that cannot work.
    #[error("setting {what}: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// The model, its tokenizer or its feature extractor.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device answered with something that is not a number.
    #[error(
        "the loss of epoch {epoch}, step {step} is not finite; a lower learning rate is the usual remedy"
    )]
    Diverged {
        /// Epoch, from 0.
        epoch: usize,
        /// Step within the epoch, from 0.
        step: usize,
    },
    /// The weights so far cannot be written.
    #[error("cannot write the weights to {}", path.display())]
    Checkpoint {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}
