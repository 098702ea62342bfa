use super::GatingConfig;
use crate::parameters::linear;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};

/// A gated multimodal unit and one linear map: `h = z * tanh(Wa a) + (1 - z) * tanh(Wl l)` with
/// `z = sigmoid(Wz [a; l])`, element by element.
///
/// # Source
/// Arevalo, Solorio, Montes-y-Gomez and Gonzalez, "Gated multimodal units for information fusion", 2017
/// (arXiv 1702.01992), section 3.1, the bimodal unit; its maps have no biases.
#[derive(Module, Debug)]
pub struct GatingHead {
    pub(super) audio: Linear,
    pub(super) lyrics: Linear,
    pub(super) gate: Linear,
    pub(super) fc: Linear,
}

impl GatingHead {
    /// A head over states of widths `audio` and `lyrics` whose weights are still zero.
    pub fn new(
        config: &GatingConfig,
        [audio, lyrics]: [usize; 2],
        classes: usize,
        device: &Device,
    ) -> Self {
        let width = config.hidden_size;
        Self {
            audio: linear(audio, width, false, device),
            lyrics: linear(lyrics, width, false, device),
            gate: linear(audio + lyrics, width, false, device),
            fc: linear(width, classes, true, device),
        }
    }

    /// Logits of a pair of states.
    ///
    /// # Shapes
    /// `audio`: `[batch, audio width]`, `lyrics`: `[batch, lyrics width]`; the result: `[batch, classes]`.
    pub fn forward(&self, audio: Tensor<2>, lyrics: Tensor<2>) -> Tensor<2> {
        let both = Tensor::cat(vec![audio.clone(), lyrics.clone()], 1);
        let open = activation::sigmoid(self.gate.forward(both));
        let audio = self.audio.forward(audio).tanh();
        let lyrics = self.lyrics.forward(lyrics).tanh();
        self.fc
            .forward(open.clone() * audio + (1.0 - open) * lyrics)
    }
}
