use std::path::{Path, PathBuf};

/// Why a model could not be read, written, built or imported.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The sound in front of the network.
    #[error(transparent)]
    Audio(#[from] musiclime_audio::AudioError),
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A file that a model directory needs is not there.
    #[error("{} is missing: {needed_for}", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
        /// What it would have been used for, and the fix.
        needed_for: String,
    },
    /// A JSON file does not say what it must.
    #[error("{} is not a valid {what}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What the file should have been.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A configuration contradicts itself.
    #[error("{what}: expected {expected}, got {got}")]
    Invalid {
        /// The field.
        what: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A weight file cannot be read as what its name says: cut off, or of another format.
    #[error("{file} is not a complete {format} file: {reason}")]
    WeightFile {
        /// The file.
        file: String,
        /// `safetensors` or `PyTorch`.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A tensor that the network needs is not in the file.
    #[error(
        "{file} has no tensor \"{key}\" (the configuration asks for it with shape {expected:?}{more})"
    )]
    MissingTensor {
        /// The file.
        file: String,
        /// The first missing key.
        key: String,
        /// The shape it should have.
        expected: Vec<usize>,
        /// How many more are missing, in words; empty if none.
        more: String,
    },
    /// The file holds a tensor that the network has no place for.
    #[error(
        "{file} holds a tensor \"{key}\" of shape {got:?} that the network has no place for{more}; is the configuration that of another model?"
    )]
    UnknownTensor {
        /// The file.
        file: String,
        /// The first unknown key.
        key: String,
        /// Its shape.
        got: Vec<usize>,
        /// How many more are unknown, in words; empty if none.
        more: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "tensor \"{key}\" in {file}: the configuration asks for shape {expected:?}, the file has {got:?}"
    )]
    TensorShape {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The shape by the configuration.
        expected: Vec<usize>,
        /// The shape in the file.
        got: Vec<usize>,
    },
    /// A tensor's element type is none that weights have.
    #[error("tensor \"{key}\" in {file}: expected f32, f16, bf16 or f64, got {got}")]
    TensorType {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The type in the file.
        got: String,
    },
    /// A weight that is not a finite number.
    #[error("tensor \"{key}\" in {file}: expected finite numbers, got {got} at element {at}")]
    NotFinite {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The flat index.
        at: usize,
        /// The value.
        got: f32,
    },
    /// The tokenizer cannot be read or does not fit the model.
    #[error("tokenizer {file}: {reason}")]
    Tokenizer {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The source folder is none of the layouts that can be imported.
    #[error("{} cannot be imported: {reason}", path.display())]
    Import {
        /// The folder.
        path: PathBuf,
        /// What was looked for and what was found.
        reason: String,
    },
}

impl ModelError {
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn invalid(
        what: impl Into<String>,
        expected: impl ToString,
        got: impl ToString,
    ) -> Self {
        Self::Invalid {
            what: what.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}
