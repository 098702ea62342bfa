//! A run's folder: its settings, its log, and the last checkpoint.

use crate::{TrainConfig, TrainingError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The version of the run's files.
const SCHEMA: u32 = 1;
const RECORD: &str = "run.json";
const LOG: &str = "training.jsonl";
const CHECKPOINT: &str = "checkpoint-";
const PART: &str = ".checkpoint.part";

/// A model whose encoders a run started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartedFrom {
    /// Its directory.
    pub path: PathBuf,
    /// SHA-256 of its weights.
    pub weights_sha256: String,
}

/// What a run is: `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Version of the run's files.
    pub schema: u32,
    /// Its settings.
    pub settings: TrainConfig,
    /// The models that it started from.
    pub start_from: Vec<StartedFrom>,
    /// The device that it started on.
    pub device: String,
    /// SHA-256 of the finished model's weights; `None` before it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
}

impl RunRecord {
    /// A run that starts.
    pub fn new(settings: TrainConfig, start_from: Vec<StartedFrom>, device: String) -> Self {
        Self {
            schema: SCHEMA,
            settings,
            start_from,
            device,
            finished: None,
        }
    }
}

/// An open run folder; no other process can open it meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Whether there is a run in `path`.
    pub fn exists(path: &Path) -> bool {
        path.join(RECORD).is_file()
    }

    /// Makes the folder of a new run.
    ///
    /// # Errors
    /// A folder that holds a run already, is in use, or cannot be written to.
    pub fn create(path: &Path, record: &RunRecord) -> Result<Self, TrainingError> {
        fs::create_dir_all(path).map_err(TrainingError::io("make", path))?;
        let folder = Self::lock(path)?;
        if Self::exists(path) {
            return Err(folder.wrong("there is one already"));
        }
        folder.write_record(record)?;
        Ok(folder)
    }

    /// Opens the folder of a run.
    ///
    /// # Errors
    /// No run there, one that another process works on, or files of another version.
    pub fn open(path: &Path) -> Result<(Self, RunRecord), TrainingError> {
        if !Self::exists(path) {
            return Err(TrainingError::Run {
                path: path.to_path_buf(),
                problem: format!("expected {RECORD}, got none: there is no run to go on with"),
            });
        }
        let folder = Self::lock(path)?;
        let file = path.join(RECORD);
        let bytes = fs::read(&file).map_err(TrainingError::io("read", &file))?;
        let record: RunRecord = serde_json::from_slice(&bytes)
            .map_err(|e| folder.wrong(format!("{RECORD} is not what this version writes: {e}")))?;
        if record.schema != SCHEMA {
            return Err(folder.wrong(format!(
                "expected schema {SCHEMA} in {RECORD}, got {}",
                record.schema
            )));
        }
        Ok((folder, record))
    }

    fn lock(path: &Path) -> Result<Self, TrainingError> {
        let file = path.join(".lock");
        let lock = File::create(&file).map_err(TrainingError::io("write", &file))?;
        let folder = |lock| Self {
            path: path.to_path_buf(),
            _lock: lock,
        };
        match lock.try_lock() {
            Ok(()) => Ok(folder(lock)),
            Err(TryLockError::WouldBlock) => Err(TrainingError::Run {
                path: path.to_path_buf(),
                problem: "another process works on it".into(),
            }),
            Err(TryLockError::Error(e)) => Err(TrainingError::io("lock", &file)(e)),
        }
    }

    /// Removes the folder of a run that has nothing to go on with, and says whether it did.
    ///
    /// # Errors
    /// A folder that cannot be removed.
    pub fn discard_if_empty(self) -> Result<bool, TrainingError> {
        if self.last_checkpoint()?.is_some() {
            return Ok(false);
        }
        fs::remove_dir_all(&self.path).map_err(TrainingError::io("remove", &self.path))?;
        Ok(true)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Notes that the model is written, and removes the checkpoint.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn finish(&self, record: &RunRecord, weights_sha256: &str) -> Result<(), TrainingError> {
        let record = RunRecord {
            finished: Some(weights_sha256.to_string()),
            ..record.clone()
        };
        self.write_record(&record)?;
        for (_, path) in self.checkpoints()? {
            fs::remove_dir_all(&path).map_err(TrainingError::io("remove", &path))?;
        }
        Ok(())
    }

    fn write_record(&self, record: &RunRecord) -> Result<(), TrainingError> {
        let path = self.path.join(RECORD);
        let part = self.path.join(format!(".{RECORD}.part"));
        let mut bytes = serde_json::to_vec_pretty(record)
            .map_err(|e| TrainingError::io("write", &path)(e.into()))?;
        bytes.push(b'\n');
        write_synced(&part, &bytes)?;
        fs::rename(&part, &path).map_err(TrainingError::io("write", &path))
    }

    pub(crate) fn wrong(&self, problem: impl Into<String>) -> TrainingError {
        TrainingError::Run {
            path: self.path.clone(),
            problem: problem.into(),
        }
    }

    /// All checkpoints, the oldest first.
    fn checkpoints(&self) -> Result<Vec<(u64, PathBuf)>, TrainingError> {
        let failed = |e| TrainingError::io("list", &self.path)(e);
        let mut found = Vec::new();
        for item in fs::read_dir(&self.path).map_err(failed)? {
            let path = item.map_err(failed)?.path();
            let number = path
                .file_name()
                .and_then(|n| n.to_str())
                .and_then(|n| n.strip_prefix(CHECKPOINT))
                .and_then(|n| n.parse().ok());
            if let Some(number) = number {
                found.push((number, path));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The folder of the last checkpoint, if there is one.
    pub(crate) fn last_checkpoint(&self) -> Result<Option<PathBuf>, TrainingError> {
        Ok(self.checkpoints()?.pop().map(|(_, path)| path))
    }

    /// Writes a checkpoint: its files into a hidden folder, to the disk, and renamed; then the one before goes.
    ///
    /// A process that is killed, or a disk that is full, leaves the one before.
    ///
    /// # Errors
    /// A folder that cannot be written to, or a full disk.
    pub(crate) fn write_checkpoint(&self, files: &[CheckpointFile]) -> Result<(), TrainingError> {
        let part = self.path.join(PART);
        let written = self.try_write(&part, files);
        if written.is_err() {
            // The first error is the one to report; a torn part is removed before the next is written, too.
            let _ = fs::remove_dir_all(&part);
        }
        written
    }

    fn try_write(&self, part: &Path, files: &[CheckpointFile]) -> Result<(), TrainingError> {
        let before = self.checkpoints()?;
        if part.exists() {
            fs::remove_dir_all(part).map_err(TrainingError::io("remove", part))?;
        }
        fs::create_dir(part).map_err(TrainingError::io("make", part))?;
        for file in files {
            let path = part.join(file.name);
            match &file.content {
                Content::Bytes(bytes) => write_synced(&path, bytes)?,
                Content::AsBefore => {
                    let Some((_, last)) = before.last() else {
                        return Err(self.wrong("there is no checkpoint before the first"));
                    };
                    let old = last.join(file.name);
                    // A file system without links takes a copy.
                    if fs::hard_link(&old, &path).is_err() {
                        fs::copy(&old, &path).map_err(TrainingError::io("copy", &old))?;
                    }
                }
            }
        }
        let number = before.last().map_or(0, |(n, _)| n + 1);
        let place = self.path.join(format!("{CHECKPOINT}{number:06}"));
        fs::rename(part, &place).map_err(TrainingError::io("write", &place))?;
        sync_folder(&self.path)?;
        for (_, old) in before {
            fs::remove_dir_all(&old).map_err(TrainingError::io("remove", &old))?;
        }
        Ok(())
    }
}

/// A file of a checkpoint.
pub(crate) struct CheckpointFile {
    pub(crate) name: &'static str,
    pub(crate) content: Content,
}

/// What a file of a checkpoint holds.
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// The same as in the checkpoint before.
    AsBefore,
}

/// SHA-256 of a model directory's weights, in hex; `None` if there are none.
///
/// # Errors
/// A file that cannot be read.
pub fn weights_sha256(model: &Path) -> Result<Option<String>, TrainingError> {
    let path = model.join("model.safetensors");
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(TrainingError::io("read", &path))?;
    Ok(Some(crate::cache::hex(&Sha256::digest(bytes))))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), TrainingError> {
    File::create(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(TrainingError::io("write", path))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), TrainingError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(TrainingError::io("write", path))
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), TrainingError> {
    Ok(())
}
