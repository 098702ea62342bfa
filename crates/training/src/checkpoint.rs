//! What a run needs to go on as if it had never stopped.

use crate::journal::Epoch;
use crate::optimizer::LossScale;
use crate::run_folder::{CheckpointFile, Content, RunFolder};
use crate::{AdamW, TrainingError};
use burn::module::Module;
use burn::tensor::Device;
use musiclime_model::{Network, WeightFile};
use serde::{Deserialize, Serialize};

const WEIGHTS: &str = "weights.safetensors";
const BEST: &str = "best.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "state.json";

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// The epoch that comes next, or is half done.
    pub(crate) epoch: usize,
    /// Steps of it that are done.
    pub(crate) step: usize,
    /// Sum of their losses.
    pub(crate) loss_sum: f64,
    /// The epochs that are done.
    pub(crate) epochs: Vec<Epoch>,
    /// The epoch of the best weights.
    pub(crate) best: Option<usize>,
    /// Bytes of the log.
    pub(crate) log_bytes: u64,
    /// How the loss is scaled, in half precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) loss_scale: Option<LossScale>,
    /// What the songs were.
    pub(crate) songs: String,
}

/// The moving parts of a run.
pub(crate) struct State {
    pub(crate) network: Network,
    pub(crate) optimizer: AdamW,
    pub(crate) best: Option<Network>,
    pub(crate) progress: Progress,
    /// The epoch whose weights the last checkpoint holds as the best.
    pub(crate) best_on_disk: Option<usize>,
}

impl State {
    /// Writes all of it.
    ///
    /// # Errors
    /// A folder that cannot be written to, or a full disk; the checkpoint before is still there.
    pub(crate) fn save(&mut self, run: &RunFolder) -> Result<(), TrainingError> {
        let state = serde_json::to_vec_pretty(&self.progress)
            .map_err(|e| TrainingError::io("write", run.path())(e.into()))?;
        let mut files = vec![
            CheckpointFile {
                name: WEIGHTS,
                content: Content::Bytes(self.network.valid().to_safetensors()?),
            },
            CheckpointFile {
                name: OPTIMIZER,
                content: Content::Bytes(self.optimizer.save()?),
            },
            CheckpointFile {
                name: STATE,
                content: Content::Bytes(state),
            },
        ];
        if let Some(best) = &self.best {
            let content = if self.best_on_disk == self.progress.best {
                Content::AsBefore
            } else {
                Content::Bytes(best.to_safetensors()?)
            };
            files.push(CheckpointFile {
                name: BEST,
                content,
            });
        }
        run.write_checkpoint(&files)?;
        self.best_on_disk = self.progress.best;
        Ok(())
    }

    /// Takes over the last checkpoint; `false` if there is none.
    ///
    /// # Errors
    /// Files that are damaged, or belong to other songs or another network.
    pub(crate) fn load(
        &mut self,
        run: &RunFolder,
        training_device: &Device,
        device: &Device,
    ) -> Result<bool, TrainingError> {
        let Some(folder) = run.last_checkpoint()? else {
            return Ok(false);
        };
        let path = folder.join(STATE);
        let bytes = std::fs::read(&path).map_err(TrainingError::io("read", &path))?;
        let progress: Progress = serde_json::from_slice(&bytes)
            .map_err(|e| run.wrong(format!("{} is damaged: {e}", path.display())))?;
        if progress.songs != self.progress.songs {
            return Err(run.wrong(
                "the songs are not those that it started with (files or the manifest changed); \
                 bring them back, or start a new run",
            ));
        }
        let open = |name: &str| WeightFile::open(&folder.join(name));
        self.network.load(&open(WEIGHTS)?, training_device)?;
        self.best = match progress.best {
            Some(_) => {
                let mut best = self.network.valid();
                best.load(&open(BEST)?, device)?;
                Some(best)
            }
            None => None,
        };
        self.optimizer.load(&open(OPTIMIZER)?, training_device)?;
        self.best_on_disk = progress.best;
        self.progress = progress;
        Ok(true)
    }
}
