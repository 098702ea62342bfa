use musiclime_dataset::DatasetError;
use musiclime_model::ModelError;
use std::path::{Path, PathBuf};

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
    /// The saved state of an optimizer that does not fit the run, or cannot be written.
    #[error("optimizer state {key} in {file}: expected {expected}, got {got}")]
    OptimizerState {
        /// The file.
        file: String,
        /// The tensor or weight.
        key: String,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The model, its tokenizer or its feature extractor.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The manifest.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A label that the model has no class for.
    #[error(
        "song \"{song}\" has the {task} \"{label}\", which is no class of the training songs{}",
        did_you_mean(nearest)
    )]
    UnknownLabel {
        /// The song's id.
        song: String,
        /// What is predicted.
        task: &'static str,
        /// The label.
        label: String,
        /// The class that is most like it.
        nearest: Option<String>,
    },
    /// A split without a song that can be used.
    #[error("{}: no song of the split {split} can be used ({reason})", path.display())]
    NoSongs {
        /// The manifest.
        path: PathBuf,
        /// The split.
        split: &'static str,
        /// Why.
        reason: String,
    },
    /// The songs of a run do not fit into the cache.
    #[error(
        "the songs of this run take {:.2} GiB of the cache {}, which may hold {:.2} GiB",
        gib(*needed_bytes), folder.display(), gib(*most_bytes)
    )]
    CacheTooSmall {
        /// The cache.
        folder: PathBuf,
        /// What is needed.
        needed_bytes: u64,
        /// What it may hold.
        most_bytes: u64,
    },
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A song that was readable before is not any more.
    #[error("cannot read the song \"{song}\" again: {reason}")]
    SongLost {
        /// Its id.
        song: String,
        /// Why.
        reason: String,
    },
    /// The files of a run contradict its settings or each other.
    #[error("the run in {}: {problem}", path.display())]
    Run {
        /// The run's folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The answers for the validation songs.
    #[error("the answers for the validation songs cannot be scored")]
    Scores(#[from] musiclime_evaluation::EvaluationError),
    /// The network's outputs for the validation songs are not finite.
    #[error(
        "the network's answers for the validation songs are not finite; a lower learning rate is the usual remedy"
    )]
    NotANumber,
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
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1u32 << 30)
}

impl TrainingError {
    /// A closure for `map_err` that adds what was tried, and on which path.
    pub(crate) fn io(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
