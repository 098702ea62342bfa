//! `training.jsonl`: one JSON object a step and an epoch, for plotters.

use crate::{TrainingError, ValidationScores};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// From 0, over all epochs.
    pub step: usize,
    /// From 0.
    pub epoch: usize,
    /// The highest learning rate of any weight.
    pub lr: f64,
    /// Mean loss of the step's songs.
    pub loss: f64,
    /// Joint norm of the gradients before clipping; none where they overflowed in half precision, and the step was
    /// left out.
    pub grad_norm: Option<f64>,
    /// What the loss was multiplied with before going back, in half precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_scale: Option<f64>,
    /// Seconds of this process's training so far.
    pub seconds: f64,
    /// Songs a second in this step.
    pub songs_per_s: f64,
}

/// What an epoch came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 0.
    pub epoch: usize,
    /// Steps that are behind, over all epochs.
    pub step: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Mean loss on the validation songs, whole.
    pub validation_loss: f64,
    /// How good the answers for the validation songs, whole, are.
    #[serde(flatten)]
    pub scores: ValidationScores,
    /// Seconds, validation included; of an epoch that was resumed, those since then.
    pub seconds: f64,
    /// Songs a second.
    pub songs_per_s: f64,
}

impl Epoch {
    /// Whether its weights are to be preferred: a higher deciding score, and of equal ones the lower validation loss.
    pub(crate) fn is_better_than(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.scores.deciding(), other.scores.deciding());
        ours > theirs || ours == theirs && self.validation_loss < other.validation_loss
    }
}

/// A line of `training.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A step.
    Step(Step),
    /// An epoch.
    Epoch(Epoch),
}

/// Reads `training.jsonl`.
///
/// # Errors
/// A file that is missing or holds something else.
pub fn read_journal(path: &Path) -> Result<Vec<Line>, TrainingError> {
    let text = std::fs::read_to_string(path).map_err(TrainingError::io("read", path))?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).map_err(|e| TrainingError::Run {
                path: path.to_path_buf(),
                problem: format!("a line of the log is not one that training writes: {e}"),
            })
        })
        .collect()
}

/// The open log.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Journal {
    /// Opens the log and cuts it back to its first `bytes`: what follows them belongs to steps that are done again.
    ///
    /// # Errors
    /// A file that cannot be written, or is shorter.
    pub(crate) fn open(path: &Path, bytes: u64) -> Result<Self, TrainingError> {
        let failed = |e| TrainingError::io("write", path)(e);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < bytes {
            return Err(TrainingError::Run {
                path: path.to_path_buf(),
                problem: format!("the log is shorter than the {bytes} bytes that it had"),
            });
        }
        file.set_len(bytes).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            bytes,
        })
    }

    pub(crate) fn say(&mut self, line: &Line) -> Result<(), TrainingError> {
        let failed = |e| TrainingError::io("write", &self.path)(e);
        let mut bytes = serde_json::to_vec(line).map_err(|e| failed(e.into()))?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(failed)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// How long the log is.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Waits until the log is on the disk.
    pub(crate) fn sync(&self) -> Result<(), TrainingError> {
        self.file
            .sync_data()
            .map_err(TrainingError::io("write", &self.path))
    }
}
