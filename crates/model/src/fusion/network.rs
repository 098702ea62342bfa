use crate::parameters::{layer_norm, linear};
use crate::{CrossAttentionHead, GatingHead};
use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Tensor};

/// Added to the variance in the fusion head's layer normalisation (PyTorch's default).
const FUSION_EPS: f64 = 1e-5;

/// The part of a network that turns encoder states into logits.
#[derive(Module, Debug)]
pub enum Head {
    /// Both modalities, or either alone.
    Fusion(FusionHead),
    /// Both modalities, weighed by a gate.
    Gating(GatingHead),
    /// The tokens of both modalities.
    CrossAttention(CrossAttentionHead),
    /// The head of HF's `ASTForAudioClassification`.
    Ast(AstHead),
    /// The head of HF's `RobertaForSequenceClassification`.
    Roberta(RobertaHead),
}

impl Head {
    /// Logits of encoder states; without a gate, a state that is missing is left out of the concatenation.
    ///
    /// # Shapes
    /// `audio`, `lyrics`: `[batch, width]`; the result: `[batch, classes]`.
    ///
    /// # Panics
    /// If a state is missing that the head needs, or if it needs tokens.
    pub fn forward(&self, audio: Option<Tensor<2>>, lyrics: Option<Tensor<2>>) -> Tensor<2> {
        if let Self::Gating(head) = self {
            let (Some(audio), Some(lyrics)) = (audio, lyrics) else {
                panic!("a gate takes both states");
            };
            return head.forward(audio, lyrics);
        }
        let x = match (audio, lyrics) {
            (Some(a), Some(l)) => Tensor::cat(vec![a, l], 1),
            (Some(x), None) | (None, Some(x)) => x,
            (None, None) => panic!("a head takes a state"),
        };
        match self {
            Self::Fusion(head) => head.forward(x),
            Self::Ast(head) => head.forward(x),
            Self::Roberta(head) => head.forward(x),
            Self::Gating(_) => unreachable!("returned above"),
            Self::CrossAttention(_) => panic!("cross-attention takes tokens, not states"),
        }
    }
}

/// Layer normalisation of the concatenation (audio first, then lyrics) and one linear map.
///
/// # Source
/// MusicLIME (arXiv 2409.10496), the multimodal model; `audio_pooled_output, text_pooled_output` in that order.
#[derive(Module, Debug)]
pub struct FusionHead {
    pub(super) layer_norm: LayerNorm,
    pub(super) fc: Linear,
}

impl FusionHead {
    /// A head over `width` states whose weights are still zero.
    pub fn new(width: usize, classes: usize, device: &Device) -> Self {
        Self {
            layer_norm: layer_norm(width, FUSION_EPS, device),
            fc: linear(width, classes, true, device),
        }
    }

    /// Logits of the concatenated states.
    ///
    /// # Shapes
    /// `x`: `[batch, width]`; the result: `[batch, classes]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.fc.forward(self.layer_norm.forward(x))
    }
}

/// Layer normalisation and one linear map.
///
/// # Source
/// `ASTMLPHead` of transformers 4.57.1.
#[derive(Module, Debug)]
pub struct AstHead {
    pub(super) layernorm: LayerNorm,
    pub(super) dense: Linear,
}

impl AstHead {
    /// A head over `width` states whose weights are still zero; `eps` is the encoder's `layer_norm_eps`.
    pub fn new(width: usize, eps: f64, classes: usize, device: &Device) -> Self {
        Self {
            layernorm: layer_norm(width, eps, device),
            dense: linear(width, classes, true, device),
        }
    }

    /// Logits of the pooled state.
    ///
    /// # Shapes
    /// `x`: `[batch, width]`; the result: `[batch, classes]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.dense.forward(self.layernorm.forward(x))
    }
}

/// A linear map, tanh, and a second linear map, on the `<s>` state.
///
/// # Source
/// `RobertaClassificationHead` of transformers 4.57.1, without dropout.
#[derive(Module, Debug)]
pub struct RobertaHead {
    pub(super) dense: Linear,
    pub(super) out_proj: Linear,
}

impl RobertaHead {
    /// A head over `width` states whose weights are still zero.
    pub fn new(width: usize, classes: usize, device: &Device) -> Self {
        Self {
            dense: linear(width, width, true, device),
            out_proj: linear(width, classes, true, device),
        }
    }

    /// Logits of the `<s>` state.
    ///
    /// # Shapes
    /// `x`: `[batch, width]`; the result: `[batch, classes]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.out_proj.forward(self.dense.forward(x).tanh())
    }
}
