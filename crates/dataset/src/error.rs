use musiclime_core::Invalid;
use std::path::{Path, PathBuf};

/// Why a data set could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A WAV file could not be encoded.
    #[error("cannot encode {}: {source}", path.display())]
    Wav {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        source: hound::Error,
    },
    /// A line of a manifest (or of a truth file) is wrong.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what it should be.
        problem: String,
    },
    /// A manifest whose name does not say what it holds.
    #[error("{}: expected a name ending in .jsonl or .csv", path.display())]
    Extension {
        /// The file.
        path: PathBuf,
    },
    /// A file that should be text.
    #[error("{}: not UTF-8 text (byte {byte})", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first byte that is not, from 0.
        byte: usize,
    },
    /// Input that cannot be used as a whole.
    #[error("{}: expected {expected}, got {got}", path.display())]
    Input {
        /// The file or folder.
        path: PathBuf,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// Audio that cannot be decoded or written.
    #[error(transparent)]
    Audio(#[from] musiclime_audio::AudioError),
    /// A class that cannot be divided.
    #[error(
        "the {task} \"{class}\" has 1 song (\"{song}\"): it cannot be in train and in another split as well"
    )]
    LonelyClass {
        /// What is predicted.
        task: &'static str,
        /// The class.
        class: String,
        /// Its only song.
        song: String,
    },
    /// A manifest names no song.
    #[error("{}: expected at least 1 song (a row each), got none", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A name that is not in its set.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}

impl DatasetError {
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
