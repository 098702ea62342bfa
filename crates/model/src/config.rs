use crate::{AudioEncoder, Fusion, LyricsEncoder, ModelError};
use musiclime_core::{LabelSet, OutputKind};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of `config.json` that this crate writes and reads.
pub const CONFIG_SCHEMA: u32 = 1;

/// Seconds from frame to frame in every HF AST feature extractor.
const FRAME_STEP_S: f64 = 0.01;

/// What a model directory's `config.json` says: the networks, their inputs, and the classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Version of this file's format.
    pub schema: u32,
    /// The model's name.
    pub name: String,
    /// What is predicted, in a word (`genre`, `emotion`).
    pub task: String,
    /// The classes, in output order.
    pub labels: LabelSet,
    /// How the song is heard; `None` for a model of lyrics alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioSection>,
    /// How the lyrics are read; `None` for a model of audio alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lyrics: Option<LyricsSection>,
    /// What turns encoder states into logits.
    pub head: HeadKind,
    /// Where sound and words meet; only with [`HeadKind::Fusion`].
    #[serde(default, skip_serializing_if = "Fusion::is_concatenation")]
    pub fusion: Fusion,
    /// What the logits mean.
    #[serde(default, skip_serializing_if = "OutputKind::is_softmax")]
    pub output: OutputKind,
}

/// The audio half of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioSection {
    /// Which encoder, and its sizes: `kind` (AST where there is none) and `encoder`.
    #[serde(flatten)]
    pub encoder: AudioEncoder,
    /// How sound becomes the encoder's input.
    pub extractor: ExtractorConfig,
    /// What is done with a song longer than the window.
    pub pooling: Pooling,
}

/// The feature extractor, field by field as HF's `preprocessor_config.json` names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtractorConfig {
    /// The rate that the filter bank is computed at, in Hz.
    pub sampling_rate: u32,
    /// Mel bins.
    pub num_mel_bins: usize,
    /// Frames; shorter input is padded, longer is cut.
    pub max_length: usize,
    /// Whether the features are normalised by `(x - mean) / (2 std)`.
    pub do_normalize: bool,
    /// Mean of the training features.
    pub mean: f64,
    /// Standard deviation of the training features.
    pub std: f64,
}

impl Default for ExtractorConfig {
    fn default() -> Self {
        // The AudioSet statistics that HF's ASTFeatureExtractor defaults to.
        Self {
            sampling_rate: 16_000,
            num_mel_bins: 128,
            max_length: 1024,
            do_normalize: true,
            mean: -4.2677393,
            std: 4.5689974,
        }
    }
}

/// How a song longer than the model's window becomes one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The first window.
    #[default]
    First,
    /// The window in the middle.
    Centre,
    /// The mean of the logits of consecutive windows.
    MeanOverWindows,
}

/// The lyrics half of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LyricsSection {
    /// Which encoder, and its sizes: `kind` and `encoder`.
    #[serde(flatten)]
    pub encoder: LyricsEncoder,
    /// Most tokens that are read, special tokens included.
    pub max_tokens: usize,
    /// How the text was prepared in training.
    #[serde(default)]
    pub preparation: Preparation,
}

/// What happens to the lyrics before they become tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preparation {
    /// Nothing: the file's text as it is.
    #[default]
    None,
    /// Lower-cased, ASCII punctuation stripped, blanks squeezed, as the MusicLIME paper's models were trained.
    Paper,
}

/// What turns encoder states into logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadKind {
    /// Whichever modalities exist, joined as [`ModelConfig::fusion`] says.
    Fusion,
    /// The head of HF's `ASTForAudioClassification`; audio only.
    AstClassifier,
    /// The head of HF's `RobertaForSequenceClassification`; lyrics only.
    RobertaClassifier,
}

impl AudioSection {
    /// Seconds of sound that one input covers.
    pub fn window_s(&self) -> f64 {
        self.extractor.max_length as f64 * FRAME_STEP_S
    }
}

impl ModelConfig {
    /// Widths of the encoders' states, audio and lyrics; 0 for one that there is not.
    pub fn widths(&self) -> [usize; 2] {
        [
            self.audio.as_ref().map_or(0, |a| a.encoder.width()),
            self.lyrics.as_ref().map_or(0, |l| l.encoder.width()),
        ]
    }

    /// Whether an encoder is a transformer, so that a [`crate::Precision`] changes something.
    pub fn has_transformer(&self) -> bool {
        let heard = self.audio.as_ref().map(|a| &a.encoder);
        let read = self.lyrics.as_ref().map(|l| &l.encoder);
        matches!(heard, Some(AudioEncoder::Ast(_)))
            || matches!(
                read,
                Some(LyricsEncoder::Roberta(_) | LyricsEncoder::Bert(_))
            )
    }

    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// No such file, not JSON, or a configuration that contradicts itself.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|e| ModelError::io("read", path, e))?;
        Self::from_bytes(&bytes).map_err(|e| match e {
            ModelError::Config { reason, what, .. } => ModelError::Config {
                path: path.to_owned(),
                what,
                reason,
            },
            other => other,
        })
    }

    /// Parses and checks the bytes of a `config.json`.
    ///
    /// # Errors
    /// Not JSON, or a configuration that contradicts itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| ModelError::Config {
            path: "config.json".into(),
            what: "musiclime model configuration",
            reason: e.to_string(),
        })?;
        config.validate()?;
        Ok(config)
    }

    /// The text of `config.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .unwrap_or_else(|e| unreachable!("a configuration is plain data: {e}"));
        text.push('\n');
        text
    }

    /// Refuses a configuration that contradicts itself.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        if self.schema != CONFIG_SCHEMA {
            return Err(ModelError::invalid(
                "config.json schema",
                CONFIG_SCHEMA,
                self.schema,
            ));
        }
        let wanted = match self.head {
            HeadKind::Fusion => self.audio.is_some() || self.lyrics.is_some(),
            HeadKind::AstClassifier => self.audio.is_some() && self.lyrics.is_none(),
            HeadKind::RobertaClassifier => self.audio.is_none() && self.lyrics.is_some(),
        };
        if !wanted {
            return Err(ModelError::invalid(
                "config.json head",
                "fusion with audio, lyrics or both; ast_classifier with audio alone; roberta_classifier with lyrics alone",
                format!(
                    "{:?} with{} audio and with{} lyrics",
                    self.head,
                    if self.audio.is_some() { "" } else { "out" },
                    if self.lyrics.is_some() { "" } else { "out" },
                ),
            ));
        }
        self.fusion.validate()?;
        let fuses = self.audio.is_some() && self.lyrics.is_some() && self.head == HeadKind::Fusion;
        if !(fuses || self.fusion.is_concatenation()) {
            return Err(ModelError::invalid(
                "config.json fusion",
                "concatenation, or a model of audio and lyrics with the head fusion",
                format!("{:?}", self.fusion),
            ));
        }
        if let Some(audio) = &self.audio {
            let ast = matches!(audio.encoder, AudioEncoder::Ast(_));
            if self.head == HeadKind::AstClassifier && !ast {
                return Err(ModelError::invalid(
                    "config.json head",
                    "fusion with another audio encoder than AST",
                    "ast_classifier",
                ));
            }
            audio.validate()?;
        }
        if let Some(lyrics) = &self.lyrics {
            let roberta = matches!(lyrics.encoder, LyricsEncoder::Roberta(_));
            if self.head == HeadKind::RobertaClassifier && !roberta {
                return Err(ModelError::invalid(
                    "config.json head",
                    "fusion with another lyrics encoder than RoBERTa",
                    "roberta_classifier",
                ));
            }
            lyrics.validate()?;
        }
        Ok(())
    }
}

impl AudioSection {
    fn validate(&self) -> Result<(), ModelError> {
        self.encoder.validate()?;
        let (extractor, encoder) = (&self.extractor, &self.encoder);
        if extractor.sampling_rate == 0 {
            return Err(ModelError::invalid("sampling_rate", "at least 1 Hz", 0));
        }
        if extractor.do_normalize && !(extractor.std.is_finite() && extractor.std > 0.0) {
            return Err(ModelError::invalid(
                "extractor std",
                "above 0",
                extractor.std,
            ));
        }
        for (what, expected, got) in [
            ("max_length", encoder.max_length(), extractor.max_length),
            (
                "num_mel_bins",
                encoder.num_mel_bins(),
                extractor.num_mel_bins,
            ),
        ] {
            if expected != got {
                return Err(ModelError::invalid(
                    format!("extractor {what}"),
                    format!("{expected} as in the encoder"),
                    got,
                ));
            }
        }
        Ok(())
    }
}

impl LyricsSection {
    fn validate(&self) -> Result<(), ModelError> {
        self.encoder.validate()?;
        let most = self.encoder.position_limit().unwrap_or(usize::MAX);
        if self.max_tokens < 3 || self.max_tokens > most {
            let expected = match self.encoder.position_limit() {
                Some(most) => format!("3 to {most} (the positions that the encoder has)"),
                None => "at least 3".into(),
            };
            return Err(ModelError::invalid(
                "lyrics max_tokens",
                expected,
                self.max_tokens,
            ));
        }
        Ok(())
    }
}
