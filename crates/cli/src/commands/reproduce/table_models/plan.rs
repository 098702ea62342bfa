//! Which models are trained, with which settings, and where they lie.

use super::Args;
use crate::failure::{Failure, OrFail};
use crate::fitting::fit_into;
use crate::progress::say;
use musiclime_dataset::songbook::Task;
use musiclime_files::write_by_rename;
use musiclime_model::Selected;
use musiclime_training::{TrainConfig, TrainModality};
use std::path::PathBuf;

/// In the order in which a chain trains them: the last starts from the others.
pub const MODALITIES: [TrainModality; 3] = [
    TrainModality::Lyrics,
    TrainModality::Audio,
    TrainModality::Both,
];

/// Whether songs are perturbed in training as the explainer will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Augmentation {
    /// As the settings say.
    Masked,
    /// Never.
    Unmasked,
}

/// The three models of one task; `both` starts from the encoders of the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// What is predicted.
    pub task: Task,
    /// How.
    pub augmentation: Augmentation,
}

impl Chain {
    /// The name that files and `--chain` use.
    pub fn name(self) -> String {
        match self.augmentation {
            Augmentation::Masked => self.task.name().to_string(),
            Augmentation::Unmasked => format!("{}-unmasked", self.task.name()),
        }
    }

    /// The name of one of its models.
    pub fn model_name(self, modality: TrainModality) -> String {
        format!("{}-{}", self.name(), modality.name())
    }
}

impl Args {
    /// The chains to train, in order.
    pub fn chains(&self) -> Vec<Chain> {
        let masked = self.tasks.iter().map(|&task| Chain {
            task,
            augmentation: Augmentation::Masked,
        });
        let unmasked = self.compare_mask_augment.then(|| Chain {
            task: self.tasks[0],
            augmentation: Augmentation::Unmasked,
        });
        masked.chain(unmasked).collect()
    }

    /// The folder of a model.
    pub fn model_folder(&self, chain: Chain, modality: TrainModality) -> PathBuf {
        self.out.join("models").join(chain.model_name(modality))
    }

    /// The settings of a model: the ones that the built-in models were trained with, then the flags.
    pub fn settings(&self, chain: Chain, modality: TrainModality) -> Result<TrainConfig, Failure> {
        let text = match modality {
            TrainModality::Lyrics => {
                include_str!("../../../../../../weights/settings/lyrics.json")
            }
            TrainModality::Audio => include_str!("../../../../../../weights/settings/audio.json"),
            TrainModality::Both => include_str!("../../../../../../weights/settings/both.json"),
        };
        let mut config: TrainConfig =
            serde_json::from_str(text).or_fail("the settings that are compiled in are broken")?;
        config.task = chain.task.into();
        config.modality = modality;
        config.seed = self.seed;
        config.songs = self.songs;
        config.validation_songs = self.validation_songs;
        config.epochs = self.epochs.unwrap_or(config.epochs);
        if chain.augmentation == Augmentation::Unmasked {
            config.mask_augment = 0.0;
        }
        config
            .validate()
            .or_fail("the settings cannot work")
            .map_err(|f| f.maybe_hint(Some("correct the flag that is named above".into())))?;
        Ok(config)
    }

    /// Trains a chain's models that are not there yet.
    ///
    /// # Errors
    /// A folder of other settings, training that fails, Ctrl-C.
    pub fn train(&self, chain: Chain, device: &Selected) -> Result<(), Failure> {
        for modality in MODALITIES {
            let config = self.settings(chain, modality)?;
            let folder = self.model_folder(chain, modality);
            let name = chain.model_name(modality);
            if self.is_trained(chain, modality)? {
                say(format!("{name}: trained already"));
                continue;
            }
            say(format!("{name}: training on {} songs", config.songs));
            let start_from = match modality {
                TrainModality::Both => vec![
                    self.model_folder(chain, TrainModality::Audio),
                    self.model_folder(chain, TrainModality::Lyrics),
                ],
                TrainModality::Audio | TrainModality::Lyrics => Vec::new(),
            };
            fit_into(&folder, &config, &start_from, device)?;
            let text = serde_json::to_vec_pretty(&config).or_fail("cannot write the settings")?;
            let path = self.settings_file(chain, modality);
            write_by_rename(&path, &text).or_fail(format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// The file that says with which settings a finished model was trained.
    fn settings_file(&self, chain: Chain, modality: TrainModality) -> PathBuf {
        let name = chain.model_name(modality);
        self.out.join("models").join(format!("{name}.json"))
    }

    /// Whether a model is finished.
    ///
    /// # Errors
    /// One that was trained with other settings.
    pub fn is_trained(&self, chain: Chain, modality: TrainModality) -> Result<bool, Failure> {
        let path = self.settings_file(chain, modality);
        if !path.is_file()
            || !self
                .model_folder(chain, modality)
                .join("model.safetensors")
                .is_file()
        {
            return Ok(false);
        }
        let headline = format!("cannot read the settings {}", path.display());
        let text = std::fs::read(&path).or_fail(headline.clone())?;
        let there: TrainConfig = serde_json::from_slice(&text).map_err(|e| {
            Failure::new(headline)
                .because(&e)
                .hint("another --out, or remove that file and its model folder")
        })?;
        if there == self.settings(chain, modality)? {
            return Ok(true);
        }
        Err(Failure::new(format!(
            "{} holds a model of other settings than these",
            self.model_folder(chain, modality).display()
        ))
        .hint("the flags of the run that made it, or another --out"))
    }
}
