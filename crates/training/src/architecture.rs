//! Which networks are trained, as a choice of kinds; their sizes follow from the widths.

use crate::ModelSize;
use musiclime_model::{
    AstConfig, AudioEncoder, BiGruConfig, CnnRnnConfig, CrossAttentionConfig, Fusion, GatingConfig,
    LyricsEncoder, RobertaConfig, TextKind,
};
use serde::{Deserialize, Serialize};

/// Groups of channels that a CNN-RNN normalises together.
const NORM_GROUPS: usize = 4;

/// Epsilon of the fusions' layer normalisations (PyTorch's default).
const FUSION_EPS: f64 = 1e-5;

/// The network that hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioEncoderKind {
    /// The Audio Spectrogram Transformer.
    #[default]
    Ast,
    /// Convolutions and a recurrent network.
    CnnRnn,
}

/// The network that reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LyricsEncoderKind {
    /// A transformer whose positions skip padding.
    #[default]
    Roberta,
    /// A transformer whose positions count every token.
    Bert,
    /// A bidirectional recurrent network.
    BiGru,
}

/// Where sound and words meet; a model of one modality has nothing to fuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FusionKind {
    /// The states side by side.
    #[default]
    Concatenation,
    /// A gate weighs the states.
    Gating,
    /// The tokens of both look at each other.
    CrossAttention,
}

impl ModelSize {
    /// The audio encoder of these sizes.
    pub(crate) fn audio(&self) -> AudioEncoder {
        match self.audio_encoder {
            AudioEncoderKind::Ast => AudioEncoder::Ast(AstConfig {
                hidden_size: self.audio_width,
                num_hidden_layers: self.audio_layers,
                num_attention_heads: self.heads,
                intermediate_size: 2 * self.audio_width,
                patch_size: self.audio_patch,
                frequency_stride: self.audio_patch,
                time_stride: self.audio_patch,
                num_mel_bins: self.mel_bins,
                initializer_range: self.initializer_range,
                ..AstConfig::default()
            }),
            AudioEncoderKind::CnnRnn => {
                let channels = |share: usize| {
                    (self.audio_width / share)
                        .next_multiple_of(NORM_GROUPS)
                        .max(NORM_GROUPS)
                };
                AudioEncoder::CnnRnn(CnnRnnConfig {
                    channels: vec![channels(6), channels(4), channels(3), channels(3)],
                    norm_groups: NORM_GROUPS,
                    hidden_size: self.audio_width,
                    num_mel_bins: self.mel_bins,
                    initializer_range: self.initializer_range,
                    ..CnnRnnConfig::default()
                })
            }
        }
    }

    /// The lyrics encoder of these sizes.
    pub(crate) fn lyrics(&self) -> LyricsEncoder {
        let transformer = |kind, max_position_embeddings| {
            let config = RobertaConfig {
                vocab_size: self.vocabulary,
                hidden_size: self.lyrics_width,
                num_hidden_layers: self.lyrics_layers,
                num_attention_heads: self.heads,
                intermediate_size: 2 * self.lyrics_width,
                max_position_embeddings,
                type_vocab_size: 1,
                initializer_range: self.initializer_range,
                // The padding id of the tokenizer that is trained with the model, whatever the family.
                ..RobertaConfig::default()
            };
            LyricsEncoder::transformer(kind, config)
        };
        match self.lyrics_encoder {
            // RoBERTa's positions start after its padding id 1.
            LyricsEncoderKind::Roberta => transformer(TextKind::Roberta, self.max_tokens + 2),
            LyricsEncoderKind::Bert => transformer(TextKind::Bert, self.max_tokens),
            LyricsEncoderKind::BiGru => LyricsEncoder::BiGru(BiGruConfig {
                vocab_size: self.vocabulary,
                embedding_size: self.lyrics_width,
                hidden_size: self.lyrics_width,
                ..BiGruConfig::default()
            }),
        }
    }

    /// The fusion of these sizes.
    pub(crate) fn fusion(&self) -> Fusion {
        let hidden_size = self.lyrics_width;
        match self.fusion {
            FusionKind::Concatenation => Fusion::Concatenation,
            FusionKind::Gating => Fusion::Gating(GatingConfig { hidden_size }),
            FusionKind::CrossAttention => Fusion::CrossAttention(CrossAttentionConfig {
                hidden_size,
                num_attention_heads: self.heads,
                num_layers: 1,
                layer_norm_eps: FUSION_EPS,
            }),
        }
    }
}
