use super::CrossAttentionConfig;
use crate::attention::Attention;
use crate::parameters::{layer_norm, linear};
use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bool, Device, Tensor};

/// Cross-attention between the tokens of both modalities, their means side by side, layer normalisation and one
/// linear map.
///
/// # Source
/// The cross-modality sublayer of LXMERT (Tan and Bansal 2019, arXiv 1908.07490, section 2.2): both directions
/// attend from the same layer's input, each with a residual and a layer normalisation after it. Deliberately left
/// out: its self-attention and feed-forward sublayers, which the encoders have.
#[derive(Module, Debug)]
pub struct CrossAttentionHead {
    pub(super) audio: Linear,
    pub(super) lyrics: Linear,
    pub(super) layers: Vec<Layer>,
    pub(super) layer_norm: LayerNorm,
    pub(super) fc: Linear,
}

/// Both directions of one layer.
#[derive(Module, Debug)]
pub(super) struct Layer {
    pub(super) audio_to_lyrics: Crossing,
    pub(super) lyrics_to_audio: Crossing,
}

/// The tokens of one modality look at those of the other.
#[derive(Module, Debug)]
pub(super) struct Crossing {
    pub(super) attention: Attention,
    pub(super) output: Linear,
    pub(super) layer_norm: LayerNorm,
}

impl CrossAttentionHead {
    /// A head over tokens of widths `audio` and `lyrics` whose weights are still zero.
    pub fn new(
        config: &CrossAttentionConfig,
        [audio, lyrics]: [usize; 2],
        classes: usize,
        device: &Device,
    ) -> Self {
        let width = config.hidden_size;
        let crossing = || Crossing {
            attention: Attention::new(width, config.num_attention_heads, true, device),
            output: linear(width, width, true, device),
            layer_norm: layer_norm(width, config.layer_norm_eps, device),
        };
        Self {
            audio: linear(audio, width, true, device),
            lyrics: linear(lyrics, width, true, device),
            layers: (0..config.num_layers)
                .map(|_| Layer {
                    audio_to_lyrics: crossing(),
                    lyrics_to_audio: crossing(),
                })
                .collect(),
            layer_norm: layer_norm(2 * width, config.layer_norm_eps, device),
            fc: linear(2 * width, classes, true, device),
        }
    }

    /// Logits of pairs of token sequences.
    ///
    /// # Shapes
    /// `audio`: `[batch, audio tokens, audio width]`; `lyrics`: `[batch, tokens, lyrics width]`; `lyrics_mask`:
    /// `[batch, tokens]`, true for a token and false for padding, `None` when nothing is padded; the result:
    /// `[batch, classes]`. What stands in the padding changes nothing.
    pub fn forward(
        &self,
        audio: Tensor<3>,
        lyrics: Tensor<3>,
        lyrics_mask: Option<Tensor<2, Bool>>,
    ) -> Tensor<2> {
        let padding = lyrics_mask.map(Tensor::bool_not);
        let mut audio = self.audio.forward(audio);
        let mut lyrics = self.lyrics.forward(lyrics);
        for layer in &self.layers {
            (audio, lyrics) = (
                layer
                    .audio_to_lyrics
                    .forward(audio.clone(), lyrics.clone(), padding.as_ref()),
                layer.lyrics_to_audio.forward(lyrics, audio, None),
            );
        }
        let pooled = vec![
            audio.mean_dim(1).squeeze_dim(1),
            mean_of_tokens(lyrics, padding),
        ];
        self.fc
            .forward(self.layer_norm.forward(Tensor::cat(pooled, 1)))
    }
}

impl Crossing {
    fn forward(
        &self,
        x: Tensor<3>,
        memory: Tensor<3>,
        padding: Option<&Tensor<2, Bool>>,
    ) -> Tensor<3> {
        let attended = self.attention.attend(x.clone(), memory, padding);
        self.layer_norm.forward(x + self.output.forward(attended))
    }
}

/// The mean over the tokens that are not padding, `[batch, width]`.
fn mean_of_tokens(x: Tensor<3>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
    let [batch, tokens, width] = x.dims();
    let Some(padding) = padding else {
        return x.mean_dim(1).squeeze_dim(1);
    };
    let real = padding.clone().bool_not().float().sum_dim(1);
    let padding = padding.unsqueeze_dim::<3>(2).expand([batch, tokens, width]);
    x.mask_fill(padding, 0.0).sum_dim(1).squeeze_dim::<2>(1) / real
}
