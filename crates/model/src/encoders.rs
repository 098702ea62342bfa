use crate::parameters::{Parameters, Visit};
use crate::{Ast, AudioEncoder, BiGru, CnnRnn, LyricsEncoder, ModelError, Roberta, TextKind};
use burn::module::Module;
use burn::tensor::{Bool, Device, Int, Tensor};

/// What an encoder says about a batch.
#[derive(Debug, Clone)]
pub struct EncoderOutput {
    /// One vector a token, `[batch, tokens, width]`.
    pub tokens: Tensor<3>,
    /// One vector a row, `[batch, width]`.
    pub pooled: Tensor<2>,
}

/// An audio encoder of either kind.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one a model, and Burn has no boxed modules"
)]
pub enum AudioModel {
    /// The Audio Spectrogram Transformer.
    Ast(Ast),
    /// Convolutions and a recurrent network.
    CnnRnn(CnnRnn),
}

impl AudioModel {
    /// The encoder that a configuration names, with weights still zero.
    pub fn new(config: &AudioEncoder, device: &Device) -> Self {
        match config {
            AudioEncoder::Ast(config) => Self::Ast(Ast::new(config, device)),
            AudioEncoder::CnnRnn(config) => Self::CnnRnn(CnnRnn::new(config, device)),
        }
    }

    /// Encodes normalised features.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]` with exactly the configured frames and mel bins.
    pub fn forward(&self, features: Tensor<3>) -> EncoderOutput {
        let (tokens, pooled) = match self {
            Self::Ast(ast) => {
                let output = ast.forward(features);
                (output.hidden, output.pooled)
            }
            Self::CnnRnn(network) => {
                let output = network.forward(features);
                (output.hidden, output.pooled)
            }
        };
        EncoderOutput { tokens, pooled }
    }
}

/// A lyrics encoder of either kind.
#[derive(Module, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one a model, and Burn has no boxed modules"
)]
pub enum TextModel {
    /// RoBERTa or BERT.
    Roberta(Roberta),
    /// A bidirectional recurrent network.
    BiGru(BiGru),
}

impl TextModel {
    /// The encoder that a configuration names, with weights still zero.
    pub fn new(config: &LyricsEncoder, device: &Device) -> Self {
        match config {
            LyricsEncoder::Roberta(config) => {
                Self::Roberta(Roberta::new(TextKind::Roberta, config, device))
            }
            LyricsEncoder::Bert(config) => {
                Self::Roberta(Roberta::new(TextKind::Bert, config, device))
            }
            LyricsEncoder::BiGru(config) => Self::BiGru(BiGru::new(config, device)),
        }
    }

    /// Encodes token ids; a transformer's pooled state is that of the first token.
    ///
    /// # Shapes
    /// `ids`, `attention_mask`: `[batch, tokens]`, the mask true for tokens and `None` when nothing is padded.
    pub fn forward(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<Tensor<2, Bool>>,
    ) -> EncoderOutput {
        match self {
            Self::Roberta(roberta) => {
                let tokens = roberta.forward(ids, attention_mask);
                let pooled = tokens.clone().slice_dim(1, 0..1).squeeze_dim(1);
                EncoderOutput { tokens, pooled }
            }
            Self::BiGru(network) => {
                let output = network.forward(ids, attention_mask.as_ref());
                EncoderOutput {
                    tokens: output.hidden,
                    pooled: output.pooled,
                }
            }
        }
    }
}

impl Parameters for AudioModel {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        match self {
            Self::Ast(ast) => ast.parameters(prefix, visit),
            Self::CnnRnn(network) => network.parameters(prefix, visit),
        }
    }
}

impl Parameters for TextModel {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        match self {
            Self::Roberta(roberta) => roberta.parameters(prefix, visit),
            Self::BiGru(network) => network.parameters(prefix, visit),
        }
    }
}
