use crate::source::{DataSource, ManifestSource};
use crate::{
    AudioEncoderKind, ClassWeights, FusionKind, LyricsEncoderKind, ParameterGroups, Regression,
    ScheduleShape, SpecAugment, TrainTask, TrainingError,
};
use musiclime_core::OutputKind;
use musiclime_model::{
    AudioSection, CONFIG_SCHEMA, ExtractorConfig, Fusion, HeadKind, LyricsSection, ModelConfig,
    Pooling, Precision, Preparation,
};
use serde::{Deserialize, Serialize};

/// What the classifier is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainModality {
    /// Sound and words.
    Both,
    /// Sound alone.
    Audio,
    /// Words alone.
    Lyrics,
}

impl TrainModality {
    /// Whether sound is heard.
    pub fn hears(self) -> bool {
        self != Self::Lyrics
    }

    /// Whether words are read.
    pub fn reads(self) -> bool {
        self != Self::Audio
    }

    /// The name that files and commands use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Audio => "audio",
            Self::Lyrics => "lyrics",
        }
    }
}

/// Sizes of the networks that are trained from scratch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSize {
    /// Width of the audio encoder.
    pub audio_width: usize,
    /// Layers of the audio encoder.
    pub audio_layers: usize,
    /// Side of an audio patch, in frames and in mel bins; patches do not overlap.
    pub audio_patch: usize,
    /// Mel bins.
    pub mel_bins: usize,
    /// Width of the lyrics encoder.
    pub lyrics_width: usize,
    /// Layers of the lyrics encoder.
    pub lyrics_layers: usize,
    /// Attention heads of both encoders.
    pub heads: usize,
    /// Entries of the tokenizer.
    pub vocabulary: usize,
    /// Most tokens of one text.
    pub max_tokens: usize,
    /// Standard deviation of the fresh weights. HF's 0.02 suits widths near 768; narrow networks learn from more.
    pub initializer_range: f64,
    /// The network that hears.
    pub audio_encoder: AudioEncoderKind,
    /// The network that reads.
    pub lyrics_encoder: LyricsEncoderKind,
    /// Where sound and words meet.
    pub fusion: FusionKind,
}

impl Default for ModelSize {
    fn default() -> Self {
        // 128 audio tokens (32 x 4 patches of 320 ms x 32 mel bins): a thousand perturbations take seconds on a CPU.
        Self {
            audio_width: 96,
            audio_layers: 4,
            audio_patch: 32,
            mel_bins: 128,
            lyrics_width: 64,
            lyrics_layers: 2,
            heads: 4,
            vocabulary: 1500,
            max_tokens: 256,
            initializer_range: 0.05,
            audio_encoder: AudioEncoderKind::Ast,
            lyrics_encoder: LyricsEncoderKind::Roberta,
            fusion: FusionKind::Concatenation,
        }
    }
}

/// One training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// What is predicted.
    pub task: TrainTask,
    /// From what.
    pub modality: TrainModality,
    /// Seed of the weights, the order of the songs and the masks.
    pub seed: u64,
    /// The songs, where a manifest lists them; without it they are the songbook's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestSource>,
    /// Seed of the songbook that is trained on.
    pub songbook_seed: u64,
    /// Songs that are trained on.
    pub songs: usize,
    /// Seed of the songbook for validation.
    pub validation_seed: u64,
    /// Songs for validation.
    pub validation_songs: usize,
    /// Passes over the songs.
    pub epochs: usize,
    /// Songs that are computed at once.
    pub batch: usize,
    /// Batches whose gradients make one step.
    pub accumulate: usize,
    /// Epochs without better [`crate::ValidationScores`] after which the run ends; without it, it never does before
    /// its last epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// Steps from checkpoint to checkpoint within an epoch; every epoch ends with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_steps: Option<usize>,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Share of all steps in which the learning rate rises from 0.
    pub warm_up: f64,
    /// How the learning rate goes on afterwards.
    pub schedule: ScheduleShape,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Gradients are scaled down to this global norm.
    pub clip_norm: f64,
    /// Frozen weights, layer-wise rates, and which weights decay.
    pub groups: ParameterGroups,
    /// How much the songs of each class count; for tags, how much more one counts where it is there.
    pub class_weights: ClassWeights,
    /// Share of a label that is spread over all classes.
    pub label_smoothing: f64,
    /// The loss of quantities.
    pub regression_loss: Regression,
    /// Stripes of the spectrogram that are blanked.
    pub spec_augment: SpecAugment,
    /// Share of the songs in a step that are perturbed as the explainer will: stem segments off, words removed. Of a
    /// song without stems, segments of the mixture are off.
    pub mask_augment: f64,
    /// Numbers that the encoders compute in; weights, optimizer and loss are in 32 bit.
    pub precision: Precision,
    /// Sizes of the networks.
    pub size: ModelSize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            task: TrainTask::Genre,
            modality: TrainModality::Both,
            seed: 1,
            manifest: None,
            songbook_seed: 1,
            songs: 4000,
            validation_seed: 2,
            validation_songs: 400,
            epochs: 10,
            batch: 32,
            accumulate: 1,
            patience: None,
            checkpoint_steps: None,
            learning_rate: 1e-3,
            warm_up: 0.1,
            schedule: ScheduleShape::Cosine,
            weight_decay: 0.01,
            clip_norm: 1.0,
            groups: ParameterGroups::default(),
            class_weights: ClassWeights::Equal,
            label_smoothing: 0.0,
            regression_loss: Regression::default(),
            spec_augment: SpecAugment::default(),
            mask_augment: 0.5,
            precision: Precision::F32,
            size: ModelSize::default(),
        }
    }
}

impl TrainConfig {
    /// Refuses settings that cannot work.
    ///
    /// # Errors
    /// The first one.
    pub fn validate(&self) -> Result<(), TrainingError> {
        let counts = [
            ("songs", self.songs),
            ("validation_songs", self.validation_songs),
            ("epochs", self.epochs),
            ("batch", self.batch),
            ("accumulate", self.accumulate),
            ("patience", self.patience.unwrap_or(1)),
            ("checkpoint_steps", self.checkpoint_steps.unwrap_or(1)),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(TrainingError::Setting {
                what,
                expected: "at least 1",
                got: "0".into(),
            });
        }
        let share = |what, value: f64| {
            if (0.0..=1.0).contains(&value) {
                Ok(())
            } else {
                Err(TrainingError::Setting {
                    what,
                    expected: "a share, 0 to 1",
                    got: value.to_string(),
                })
            }
        };
        share("warm_up", self.warm_up)?;
        share("mask_augment", self.mask_augment)?;
        let positive = |what, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(TrainingError::Setting {
                    what,
                    expected: "above 0",
                    got: value.to_string(),
                })
            }
        };
        positive("learning_rate", self.learning_rate)?;
        positive("clip_norm", self.clip_norm)?;
        self.validate_loss()?;
        if self.manifest.is_none() && self.songbook_seed == self.validation_seed {
            return Err(TrainingError::Setting {
                what: "validation_seed",
                expected: "another seed than songbook_seed, so that no song is in both",
                got: self.validation_seed.to_string(),
            });
        }
        if let Some(source) = &self.manifest
            && source.train == source.validation
        {
            return Err(TrainingError::Setting {
                what: "manifest.validation",
                expected: "another split than manifest.train",
                got: source.validation.name().into(),
            });
        }
        Ok(())
    }

    /// Refuses settings of a loss that the task does not have.
    fn validate_loss(&self) -> Result<(), TrainingError> {
        self.regression_loss.validate()?;
        let output = self.task.output();
        let misfit = |what, expected, got: String| {
            Err(TrainingError::Setting {
                what,
                expected,
                got: format!("{got} for the task {}", self.task.name()),
            })
        };
        if output != OutputKind::Softmax && self.label_smoothing != 0.0 {
            let expected = "0 for tags and quantities: only classes share a label";
            return misfit(
                "label_smoothing",
                expected,
                self.label_smoothing.to_string(),
            );
        }
        if output != OutputKind::Regression && self.regression_loss != Regression::default() {
            let expected = "the task mood, which alone has quantities";
            return misfit(
                "regression_loss",
                expected,
                format!("{:?}", self.regression_loss),
            );
        }
        if output == OutputKind::Regression && self.class_weights != ClassWeights::Equal {
            let expected = "equal for quantities, which have no classes";
            return misfit(
                "class_weights",
                expected,
                format!("{:?}", self.class_weights),
            );
        }
        let Some(source) = &self.manifest else {
            return Ok(());
        };
        if source.min_tag_songs == 0 {
            return misfit("manifest.min_tag_songs", "at least 1", "0".into());
        }
        if source.min_tag_songs > 1 && output != OutputKind::Sigmoid {
            let expected = "the task tags, which alone has tags";
            return misfit(
                "manifest.min_tag_songs",
                expected,
                source.min_tag_songs.to_string(),
            );
        }
        match (&source.labels, output) {
            (Some(labels), OutputKind::Regression) => {
                let expected = "none: the quantities are valence and energy";
                misfit("manifest.labels", expected, labels.join(", "))
            }
            _ => Ok(()),
        }
    }

    /// Where the songs come from.
    pub fn source(&self) -> DataSource<'_> {
        match &self.manifest {
            Some(source) => DataSource::Manifest(source),
            None => DataSource::Songbook {
                seed: self.songbook_seed,
                songs: self.songs,
                validation_seed: self.validation_seed,
                validation_songs: self.validation_songs,
            },
        }
    }

    /// What the data set is called.
    pub fn data_name(&self) -> String {
        match &self.manifest {
            Some(source) => source
                .path
                .file_stem()
                .map_or_else(|| "songs".into(), |n| n.to_string_lossy().into_owned()),
            None => "songbook".into(),
        }
    }

    /// The configuration of the model that this run fits from scratch, with the songbook's classes.
    pub fn model_config(&self) -> ModelConfig {
        let s = &self.size;
        let audio = self.modality.hears().then(|| AudioSection {
            encoder: s.audio(),
            extractor: ExtractorConfig {
                num_mel_bins: s.mel_bins,
                ..ExtractorConfig::default()
            },
            pooling: Pooling::Centre,
        });
        let lyrics = self.modality.reads().then(|| LyricsSection {
            encoder: s.lyrics(),
            max_tokens: s.max_tokens,
            preparation: Preparation::None,
        });
        let fusion = match self.modality {
            TrainModality::Both => s.fusion(),
            TrainModality::Audio | TrainModality::Lyrics => Fusion::Concatenation,
        };
        ModelConfig {
            schema: CONFIG_SCHEMA,
            name: format!(
                "{}-{}-{}",
                self.data_name(),
                self.task.name(),
                self.modality.name()
            ),
            task: self.task.name().to_string(),
            labels: self.task.songbook_labels(),
            audio,
            lyrics,
            head: HeadKind::Fusion,
            fusion,
            output: self.task.output(),
        }
    }
}
