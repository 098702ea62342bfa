use std::path::PathBuf;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The parts of the view do not fit together.
    #[error("the report's {what}: expected {expected}, got {got}")]
    View {
        /// The part.
        what: String,
        /// What it should have been.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A figure could not be drawn.
    #[error("the figure \"{figure}\" could not be drawn: {reason}")]
    Figure {
        /// Its name.
        figure: String,
        /// What went wrong.
        reason: String,
    },
    /// The page could not be made.
    #[error("the page could not be made from its template")]
    Template(#[from] minijinja::Error),
    /// The page is too large even without audio.
    #[error(
        "the page has {got} bytes without any audio, more than the {limit} allowed; explain fewer labels"
    )]
    TooLarge {
        /// Its size in bytes.
        got: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A file could not be written.
    #[error("cannot write \"{}\"; is the folder writable, and is there space left?", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
