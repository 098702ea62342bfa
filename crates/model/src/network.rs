use crate::encoders::EncoderOutput;
use crate::parameters::{Parameters, Visit};
use crate::{
    AstHead, AudioEncoder, AudioModel, CrossAttentionHead, Fusion, FusionHead, GatingHead, Head,
    HeadKind, ModelConfig, ModelError, Precision, RobertaHead, TextModel,
};
use burn::module::Module;
use burn::tensor::{Bool, Device, Int, Tensor};
use std::borrow::Cow;

/// A whole classifier: the encoders that its configuration names, and the head.
///
/// Whatever the architecture, [`Network::forward`] goes from inputs to logits. Where the encoders meet only in the
/// head (late fusion), [`Network::encode_audio`], [`Network::encode_lyrics`] and [`Network::head`] are its parts;
/// with cross-attention they are [`Network::audio_tokens`], [`Network::lyrics_tokens`] and
/// [`Network::token_head`].
#[derive(Module, Debug)]
pub struct Network {
    audio_model: Option<AudioModel>,
    text_model: Option<TextModel>,
    head: Head,
}

impl Network {
    /// The network of a configuration with weights still zero, for loading into.
    ///
    /// # Panics
    /// If the configuration was not validated.
    pub fn zeroed(config: &ModelConfig, device: &Device) -> Self {
        let classes = config.labels.len();
        let widths = config.widths();
        let width = widths[0] + widths[1];
        let head = match (config.head, &config.fusion) {
            (HeadKind::AstClassifier, _) => {
                let eps = match config.audio.as_ref().map(|a| &a.encoder) {
                    Some(AudioEncoder::Ast(ast)) => ast.layer_norm_eps,
                    _ => panic!("this head is AST's"),
                };
                Head::Ast(AstHead::new(width, eps, classes, device))
            }
            (HeadKind::RobertaClassifier, _) => {
                Head::Roberta(RobertaHead::new(width, classes, device))
            }
            (HeadKind::Fusion, Fusion::Concatenation) => {
                Head::Fusion(FusionHead::new(width, classes, device))
            }
            (HeadKind::Fusion, Fusion::Gating(fusion)) => {
                Head::Gating(GatingHead::new(fusion, widths, classes, device))
            }
            (HeadKind::Fusion, Fusion::CrossAttention(fusion)) => {
                Head::CrossAttention(CrossAttentionHead::new(fusion, widths, classes, device))
            }
        };
        Self {
            audio_model: config
                .audio
                .as_ref()
                .map(|a| AudioModel::new(&a.encoder, device)),
            text_model: config
                .lyrics
                .as_ref()
                .map(|l| TextModel::new(&l.encoder, device)),
            head,
        }
    }

    /// The same network with the encoders of `other`, as far as both have one of the kind.
    ///
    /// # Errors
    /// An encoder of other sizes.
    pub fn with_encoders_of(mut self, other: &Self, device: &Device) -> Result<Self, ModelError> {
        let mut donor = other.clone();
        let (mut given, mut wanted) = (Vec::new(), Vec::new());
        if let (Some(mine), Some(theirs)) = (&mut self.audio_model, &mut donor.audio_model) {
            shapes(mine, &mut wanted)?;
            shapes(theirs, &mut given)?;
        }
        if let (Some(mine), Some(theirs)) = (&mut self.text_model, &mut donor.text_model) {
            shapes(mine, &mut wanted)?;
            shapes(theirs, &mut given)?;
        }
        if let Some((w, g)) = wanted.iter().zip(&given).find(|(w, g)| w != g) {
            return Err(ModelError::invalid(
                "encoder to start from",
                format!("{} of shape {:?}", w.0, w.1),
                format!("{} of shape {:?}", g.0, g.1),
            ));
        }
        if wanted.len() != given.len() {
            return Err(ModelError::invalid(
                "encoder to start from",
                wanted.len(),
                given.len(),
            ));
        }
        if let (Some(mine), Some(mut theirs)) = (&mut self.audio_model, donor.audio_model) {
            settle(&mut theirs, device)?;
            *mine = theirs;
        }
        if let (Some(mine), Some(mut theirs)) = (&mut self.text_model, donor.text_model) {
            settle(&mut theirs, device)?;
            *mine = theirs;
        }
        Ok(self)
    }

    /// The same network with the products of its transformers in other numbers, for computing only: under autodiff
    /// its weights' gradients go to this one's.
    pub fn in_precision(&self, precision: Precision) -> Cow<'_, Self> {
        if precision == Precision::F32 {
            return Cow::Borrowed(self);
        }
        let mut other = self.clone();
        if let Some(AudioModel::Ast(ast)) = &mut other.audio_model {
            ast.set_precision(precision);
        }
        if let Some(TextModel::Roberta(roberta)) = &mut other.text_model {
            roberta.set_precision(precision);
        }
        Cow::Owned(other)
    }

    /// The audio encoder.
    pub fn audio_model(&self) -> Option<&AudioModel> {
        self.audio_model.as_ref()
    }

    /// The lyrics encoder.
    pub fn text_model(&self) -> Option<&TextModel> {
        self.text_model.as_ref()
    }

    /// Whether the encoders meet only in the head, so that any state of one goes with any state of the other.
    pub fn is_late_fusion(&self) -> bool {
        !matches!(self.head, Head::CrossAttention(_))
    }

    /// Logits of a batch, whatever the architecture; give exactly the inputs that the network has encoders for.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]`; `lyrics`: ids and attention mask, both `[batch, tokens]`, the mask true
    /// for tokens and `None` when nothing is padded; the result: `[batch, classes]`.
    ///
    /// # Panics
    /// If an input is missing or not wanted.
    pub fn forward(
        &self,
        features: Option<Tensor<3>>,
        lyrics: Option<(Tensor<2, Int>, Option<Tensor<2, Bool>>)>,
    ) -> Tensor<2> {
        if let Head::CrossAttention(head) = &self.head {
            let (Some(features), Some((ids, mask))) = (features, lyrics) else {
                panic!("cross-attention takes sound and words");
            };
            let audio = self.audio_tokens(features);
            let words = self.lyrics_tokens(ids, mask.clone());
            return head.forward(audio, words, mask);
        }
        let audio = features.map(|features| self.encode_audio(features));
        let lyrics = lyrics.map(|(ids, mask)| self.encode_lyrics(ids, mask));
        self.head(audio, lyrics)
    }

    /// The state of each input's sound.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]`; the result: `[batch, audio width]`.
    ///
    /// # Panics
    /// If the network has no audio encoder.
    pub fn encode_audio(&self, features: Tensor<3>) -> Tensor<2> {
        self.hearing(features).pooled
    }

    /// The states of each input's sound, token by token.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]`; the result: `[batch, audio tokens, audio width]`.
    ///
    /// # Panics
    /// If the network has no audio encoder.
    pub fn audio_tokens(&self, features: Tensor<3>) -> Tensor<3> {
        self.hearing(features).tokens
    }

    /// The state of each input's text.
    ///
    /// # Shapes
    /// `ids`, `attention_mask`: `[batch, tokens]`, the mask true for tokens and `None` when nothing is padded;
    /// the result: `[batch, lyrics width]`.
    ///
    /// # Panics
    /// If the network has no lyrics encoder.
    pub fn encode_lyrics(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<Tensor<2, Bool>>,
    ) -> Tensor<2> {
        self.reading(ids, attention_mask).pooled
    }

    /// The states of each input's text, token by token; what stands at padding means nothing.
    ///
    /// # Shapes
    /// As [`Network::encode_lyrics`]; the result: `[batch, tokens, lyrics width]`.
    ///
    /// # Panics
    /// If the network has no lyrics encoder.
    pub fn lyrics_tokens(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<Tensor<2, Bool>>,
    ) -> Tensor<3> {
        self.reading(ids, attention_mask).tokens
    }

    fn hearing(&self, features: Tensor<3>) -> EncoderOutput {
        let Some(model) = &self.audio_model else {
            panic!("this network has no audio encoder");
        };
        model.forward(features)
    }

    fn reading(&self, ids: Tensor<2, Int>, mask: Option<Tensor<2, Bool>>) -> EncoderOutput {
        let Some(model) = &self.text_model else {
            panic!("this network has no lyrics encoder");
        };
        model.forward(ids, mask)
    }

    /// Logits of encoder states; give exactly the states that the network has encoders for.
    ///
    /// # Shapes
    /// `audio`: `[batch, audio width]`, `lyrics`: `[batch, lyrics width]`; the result: `[batch, classes]`.
    ///
    /// # Panics
    /// If a state is missing or not wanted, or the network is not a late fusion.
    pub fn head(&self, audio: Option<Tensor<2>>, lyrics: Option<Tensor<2>>) -> Tensor<2> {
        assert_eq!(
            (audio.is_some(), lyrics.is_some()),
            (self.audio_model.is_some(), self.text_model.is_some()),
            "the head takes (audio, lyrics) states as the network has encoders"
        );
        self.head.forward(audio, lyrics)
    }

    /// Logits of pairs of token sequences, where the fusion is by cross-attention.
    ///
    /// # Shapes
    /// `audio`: `[batch, audio tokens, audio width]`; `lyrics`: `[batch, tokens, lyrics width]`; `lyrics_mask`:
    /// `[batch, tokens]`, true for tokens, `None` when nothing is padded; the result: `[batch, classes]`.
    ///
    /// # Panics
    /// If the network is a late fusion.
    pub fn token_head(
        &self,
        audio: Tensor<3>,
        lyrics: Tensor<3>,
        lyrics_mask: Option<Tensor<2, Bool>>,
    ) -> Tensor<2> {
        let Head::CrossAttention(head) = &self.head else {
            panic!("this network's head takes states, not tokens");
        };
        head.forward(audio, lyrics, lyrics_mask)
    }

    /// The device that the weights are on.
    pub fn device(&self) -> Device {
        self.devices().first().cloned().unwrap_or_default()
    }

    /// How many numbers are learned.
    pub fn weight_count(&self) -> usize {
        let mut count = 0;
        let counted = self.clone().parameters("", &mut |_, slot| {
            count += slot.file_shape().iter().product::<usize>();
            Ok(())
        });
        counted.unwrap_or_else(|e| unreachable!("counting does not fail: {e}"));
        count
    }

    /// Bytes of the largest single weight as f32, which a GPU must be able to bind at once.
    pub fn largest_weight_bytes(&self) -> u64 {
        let mut largest = 0;
        let counted = self.clone().parameters("", &mut |_, slot| {
            largest = largest.max(slot.file_shape().iter().product::<usize>() as u64 * 4);
            Ok(())
        });
        counted.unwrap_or_else(|e| unreachable!("counting does not fail: {e}"));
        largest
    }
}

/// Makes the weights of a loaded part those of a fresh one on `device`: moving them there would leave them without
/// gradients, since they were loaded where none are kept.
fn settle(part: &mut impl Parameters, device: &Device) -> Result<(), ModelError> {
    part.parameters("", &mut |_, slot| {
        slot.settle(device);
        Ok(())
    })
}

fn shapes(
    part: &mut impl Parameters,
    list: &mut Vec<(String, Vec<usize>)>,
) -> Result<(), ModelError> {
    part.parameters("", &mut |key, slot| {
        list.push((key, slot.file_shape()));
        Ok(())
    })
}

/// Keys start as HF's classes name them: `audio_model.` and `text_model.` with the fusion head,
/// `audio_spectrogram_transformer.` and `roberta.` with the heads of plain HF checkpoints.
impl Parameters for Network {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        let (audio, text) = match &self.head {
            Head::Fusion(_) | Head::Gating(_) | Head::CrossAttention(_) => {
                ("audio_model.", "text_model.")
            }
            Head::Ast(_) => ("audio_spectrogram_transformer.", ""),
            Head::Roberta(_) => ("", "roberta."),
        };
        if let Some(model) = &mut self.audio_model {
            model.parameters(&format!("{prefix}{audio}"), visit)?;
        }
        if let Some(model) = &mut self.text_model {
            model.parameters(&format!("{prefix}{text}"), visit)?;
        }
        self.head.parameters(&format!("{prefix}classifier."), visit)
    }
}
