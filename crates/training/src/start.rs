//! What a run starts from: fresh networks, or encoders of other models with their sizes and their tokenizer.

use crate::{TrainConfig, TrainingError};
use burn::tensor::Device;
use musiclime_core::LabelSet;
use musiclime_model::{Model, ModelConfig, Network};

/// The networks of a run before its labels are known.
pub(crate) struct Start<'a> {
    config: ModelConfig,
    models: &'a [Model],
    /// The tokenizer of the lyrics encoder that is started from.
    pub(crate) tokenizer_json: Option<Vec<u8>>,
}

impl<'a> Start<'a> {
    /// Takes the audio half from the model that has one and the lyrics half from the model that has one; what no model
    /// has is fresh, with the sizes of the settings.
    ///
    /// # Errors
    /// An encoder that two models have, or a model none of whose encoders is used.
    pub(crate) fn new(config: &TrainConfig, models: &'a [Model]) -> Result<Self, TrainingError> {
        let mut network = config.model_config();
        let twice = |what: &str, a: &str, b: &str| TrainingError::Setting {
            what: "models to start from",
            expected: "each encoder from one model only",
            got: format!("{what} encoders of \"{a}\" and \"{b}\""),
        };
        let (mut audio_of, mut lyrics_of): (Option<&Model>, Option<&Model>) = (None, None);
        let mut tokenizer_json = None;
        for model in models {
            let mut used = false;
            if let (true, Some(section)) = (config.modality.hears(), &model.config.audio) {
                if let Some(other) = audio_of.replace(model) {
                    return Err(twice("audio", &other.config.name, &model.config.name));
                }
                network.audio = Some(section.clone());
                used = true;
            }
            if let (true, Some(section)) = (config.modality.reads(), &model.config.lyrics) {
                if let Some(other) = lyrics_of.replace(model) {
                    return Err(twice("lyrics", &other.config.name, &model.config.name));
                }
                network.lyrics = Some(section.clone());
                tokenizer_json = model.tokenizer_json.clone();
                used = true;
            }
            if !used {
                return Err(TrainingError::Setting {
                    what: "models to start from",
                    expected: "models with an encoder of the modality",
                    got: format!(
                        "\"{}\" for --modality {}",
                        model.config.name,
                        config.modality.name()
                    ),
                });
            }
        }
        Ok(Self {
            config: network,
            models,
            tokenizer_json,
        })
    }

    /// The model's configuration as far as it does not depend on the labels.
    pub(crate) fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The model's configuration with its classes.
    pub(crate) fn with_labels(&self, labels: LabelSet) -> ModelConfig {
        ModelConfig {
            labels,
            ..self.config.clone()
        }
    }

    /// The network with its first weights.
    ///
    /// # Errors
    /// Encoders that do not fit.
    pub(crate) fn network(
        &self,
        config: &ModelConfig,
        seed: u64,
        device: &Device,
    ) -> Result<Network, TrainingError> {
        let mut network = Network::init(config, seed, device);
        for model in self.models {
            network = network.with_encoders_of(&model.network, device)?;
        }
        Ok(network)
    }
}
