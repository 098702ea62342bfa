//! Which network stands where: the choices of a model's `config.json`.

use crate::{
    AstConfig, BiGruConfig, CnnRnnConfig, CrossAttentionConfig, GatingConfig, ModelError,
    RobertaConfig, TextKind,
};
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The network that hears.
///
/// In JSON `encoder` holds the sizes, and `kind` beside it says `cnn_rnn`, or `ast`, or is absent for AST.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioEncoder {
    /// The Audio Spectrogram Transformer.
    Ast(AstConfig),
    /// Convolutions and a recurrent network.
    CnnRnn(CnnRnnConfig),
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AudioKind {
    #[default]
    Ast,
    CnnRnn,
}

impl Serialize for AudioEncoder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("AudioEncoder", 2)?;
        match self {
            // Files from before there was a choice have no kind, and must not change.
            Self::Ast(config) => fields.serialize_field("encoder", config)?,
            Self::CnnRnn(config) => {
                fields.serialize_field("kind", &AudioKind::CnnRnn)?;
                fields.serialize_field("encoder", config)?;
            }
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for AudioEncoder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(default)]
            kind: AudioKind,
            encoder: serde_json::Value,
        }
        let Fields { kind, encoder } = Fields::deserialize(deserializer)?;
        match kind {
            AudioKind::Ast => serde_json::from_value(encoder).map(Self::Ast),
            AudioKind::CnnRnn => serde_json::from_value(encoder).map(Self::CnnRnn),
        }
        .map_err(|e| D::Error::custom(format!("audio encoder: {e}")))
    }
}

impl AudioEncoder {
    /// Width of the state that it gives a song.
    pub fn width(&self) -> usize {
        match self {
            Self::Ast(config) => config.hidden_size,
            Self::CnnRnn(config) => config.hidden_size,
        }
    }

    /// How many tokens it gives a song.
    pub fn tokens(&self) -> usize {
        match self {
            Self::Ast(config) => config.tokens(),
            Self::CnnRnn(config) => config.steps(),
        }
    }

    /// Frames of its input.
    pub fn max_length(&self) -> usize {
        match self {
            Self::Ast(config) => config.max_length,
            Self::CnnRnn(config) => config.max_length,
        }
    }

    /// Mel bins of its input.
    pub fn num_mel_bins(&self) -> usize {
        match self {
            Self::Ast(config) => config.num_mel_bins,
            Self::CnnRnn(config) => config.num_mel_bins,
        }
    }

    /// Standard deviation of fresh weights.
    pub fn initializer_range(&self) -> f64 {
        match self {
            Self::Ast(config) => config.initializer_range,
            Self::CnnRnn(config) => config.initializer_range,
        }
    }

    /// Floats of activations that one song takes, roughly.
    pub(crate) fn activation_floats(&self) -> usize {
        match self {
            Self::Ast(c) => transformer_floats(
                c.tokens(),
                c.num_attention_heads,
                c.hidden_size,
                c.intermediate_size,
            ),
            // The first block's output, before it is pooled, in the few copies that normalising it needs.
            Self::CnnRnn(c) => {
                4 * c.max_length * c.num_mel_bins * c.channels.first().copied().unwrap_or(1)
            }
        }
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Ast(config) => config.validate(),
            Self::CnnRnn(config) => config.validate(),
        }
    }
}

/// The network that reads; `kind` and `encoder` in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "encoder", rename_all = "snake_case")]
pub enum LyricsEncoder {
    /// A transformer whose positions skip padding.
    Roberta(RobertaConfig),
    /// A transformer whose positions count every token.
    Bert(RobertaConfig),
    /// A bidirectional recurrent network.
    BiGru(BiGruConfig),
}

impl LyricsEncoder {
    /// A transformer of a family.
    pub fn transformer(kind: TextKind, config: RobertaConfig) -> Self {
        match kind {
            TextKind::Roberta => Self::Roberta(config),
            TextKind::Bert => Self::Bert(config),
        }
    }

    /// Width of the state that it gives a text.
    pub fn width(&self) -> usize {
        match self {
            Self::Roberta(config) | Self::Bert(config) => config.hidden_size,
            Self::BiGru(config) => config.width(),
        }
    }

    /// Rows of its word table.
    pub fn vocab_size(&self) -> usize {
        match self {
            Self::Roberta(config) | Self::Bert(config) => config.vocab_size,
            Self::BiGru(config) => config.vocab_size,
        }
    }

    /// The id that pads a batch.
    pub fn pad_token_id(&self) -> usize {
        match self {
            Self::Roberta(config) | Self::Bert(config) => config.pad_token_id,
            Self::BiGru(config) => config.pad_token_id,
        }
    }

    /// The longest text that has a position for every token; `None` where there are no positions.
    pub fn position_limit(&self) -> Option<usize> {
        match self {
            Self::Roberta(config) => Some(config.position_limit(TextKind::Roberta)),
            Self::Bert(config) => Some(config.position_limit(TextKind::Bert)),
            Self::BiGru(_) => None,
        }
    }

    /// Standard deviation of fresh weights.
    pub fn initializer_range(&self) -> f64 {
        match self {
            Self::Roberta(config) | Self::Bert(config) => config.initializer_range,
            Self::BiGru(config) => config.initializer_range,
        }
    }

    /// Floats of activations that one text of `tokens` takes, roughly.
    pub(crate) fn activation_floats(&self, tokens: usize) -> usize {
        match self {
            Self::Roberta(c) | Self::Bert(c) => transformer_floats(
                tokens,
                c.num_attention_heads,
                c.hidden_size,
                c.intermediate_size,
            ),
            Self::BiGru(c) => tokens * (c.embedding_size + 12 * c.hidden_size),
        }
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Roberta(config) => config.validate(TextKind::Roberta),
            Self::Bert(config) => config.validate(TextKind::Bert),
            Self::BiGru(config) => config.validate(),
        }
    }
}

/// Where sound and words meet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fusion {
    /// The states side by side, as in the MusicLIME paper. With one modality it is that one's state.
    #[default]
    Concatenation,
    /// A gate, computed from both states, weighs them.
    Gating(GatingConfig),
    /// The tokens of both look at each other: not a late fusion.
    CrossAttention(CrossAttentionConfig),
}

impl Fusion {
    /// Whether it is the paper's.
    pub fn is_concatenation(&self) -> bool {
        *self == Self::Concatenation
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        match self {
            Self::Concatenation => Ok(()),
            Self::Gating(config) => config.validate(),
            Self::CrossAttention(config) => config.validate(),
        }
    }
}

/// Attention scores, and a dozen vectors a token.
fn transformer_floats(tokens: usize, heads: usize, width: usize, inner: usize) -> usize {
    heads * tokens * tokens + tokens * (12 * width + 2 * inner)
}
