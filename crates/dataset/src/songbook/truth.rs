use super::labels::Task;
use crate::DatasetError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which half of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// The stems.
    Audio,
    /// The words.
    Lyrics,
}

/// A planted cause: what alone makes a song belong to its class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "modality", rename_all = "lowercase")]
pub enum Cause {
    /// A stretch of one stem.
    Audio {
        /// The stem's name.
        stem: String,
        /// Where the stretch starts, in seconds.
        start_s: f64,
        /// Where it ends, in seconds.
        end_s: f64,
    },
    /// A word that stands once in the lyrics.
    Lyrics {
        /// The word, in lower case.
        word: String,
    },
}

impl Cause {
    /// Whether it is in the sound or in the words.
    pub fn modality(&self) -> Modality {
        match self {
            Self::Audio { .. } => Modality::Audio,
            Self::Lyrics { .. } => Modality::Lyrics,
        }
    }
}

/// One line of `truth.jsonl`: a cause, of which song and for which task.
///
/// ```json
/// {"song":"s7-000012","task":"genre","modality":"audio","stem":"bass","start_s":2.5,"end_s":4.3}
/// {"song":"s7-000012","task":"emotion","modality":"lyrics","word":"kitchen"}
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The song's id.
    pub song: String,
    /// The task that the cause decides.
    pub task: Task,
    /// The cause.
    #[serde(flatten)]
    pub cause: Cause,
}

/// Reads a `truth.jsonl`.
///
/// # Errors
/// A file that cannot be read, or a line that is not a [`Truth`].
pub fn read_truth(path: &Path) -> Result<Vec<Truth>, DatasetError> {
    let text = std::fs::read_to_string(path).map_err(DatasetError::io("read", path))?;
    let mut rows = Vec::new();
    for (i, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let row = serde_json::from_str(line).map_err(|e| DatasetError::Line {
            path: path.to_path_buf(),
            line: i + 1,
            problem: format!(
                "not a cause (song, task, modality, and stem, start_s, end_s or word): {e}"
            ),
        })?;
        rows.push(row);
    }
    Ok(rows)
}
