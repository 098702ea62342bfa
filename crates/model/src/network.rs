use crate::parameters::{Parameters, Slot, Visit};
use crate::{
    Ast, AstConfig, AstHead, FusionHead, Head, HeadKind, ModelConfig, ModelError, Roberta,
    RobertaHead,
};
use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A whole classifier: the encoders that its configuration names, and the head.
#[derive(Module, Debug)]
pub struct Network {
    audio_model: Option<Ast>,
    text_model: Option<Roberta>,
    head: Head,
}

impl Network {
    /// The network of a configuration with weights still zero, for loading into.
    ///
    /// # Panics
    /// If the configuration was not validated.
    pub fn zeroed(config: &ModelConfig, device: &Device) -> Self {
        let classes = config.labels.len();
        let width = config.head_width();
        let head = match (config.head, &config.audio) {
            (HeadKind::AstClassifier, Some(audio)) => Head::Ast(AstHead::new(
                width,
                audio.encoder.layer_norm_eps,
                classes,
                device,
            )),
            (HeadKind::RobertaClassifier, _) => {
                Head::Roberta(RobertaHead::new(width, classes, device))
            }
            _ => Head::Fusion(FusionHead::new(width, classes, device)),
        };
        Self {
            audio_model: config.audio.as_ref().map(|a| Ast::new(&a.encoder, device)),
            text_model: config
                .lyrics
                .as_ref()
                .map(|l| Roberta::new(l.kind, &l.encoder, device)),
            head,
        }
    }

    /// A network with fresh weights: tables, tokens, kernels and maps normal with the encoder's
    /// `initializer_range`, biases 0, normalisations 1 and 0.
    ///
    /// The same seed gives the same weights on every device: the numbers are drawn here, one stream per key.
    /// Deliberately different from HF, which starts AST's positions and tokens at 0.
    pub fn init(config: &ModelConfig, seed: u64, device: &Device) -> Self {
        let mut network = Self::zeroed(config, device);
        let audio_std = config
            .audio
            .as_ref()
            .map_or(0.02, |a| a.encoder.initializer_range);
        let text_std = config
            .lyrics
            .as_ref()
            .map_or(0.02, |l| l.encoder.initializer_range);
        fill_normal(&mut network, seed, device, |key| {
            let text = key.starts_with("text_model.") || key.starts_with("roberta.");
            if text { text_std } else { audio_std }
        });
        network
    }

    /// An encoder alone with fresh weights, for the device self-test.
    pub(crate) fn random_ast(config: &AstConfig, seed: u64, device: &Device) -> Ast {
        let mut ast = Ast::new(config, device);
        fill_normal(&mut ast, seed, device, |_| config.initializer_range);
        ast
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
        if self.audio_model.is_some() && donor.audio_model.is_some() {
            self.audio_model = donor.audio_model;
        }
        if self.text_model.is_some() && donor.text_model.is_some() {
            self.text_model = donor.text_model;
        }
        Ok(self.fork(device))
    }

    /// The audio encoder.
    pub fn audio_model(&self) -> Option<&Ast> {
        self.audio_model.as_ref()
    }

    /// The lyrics encoder.
    pub fn text_model(&self) -> Option<&Roberta> {
        self.text_model.as_ref()
    }

    /// The state of each input's sound.
    ///
    /// # Shapes
    /// `features`: `[batch, frames, mel]`; the result: `[batch, audio width]`.
    ///
    /// # Panics
    /// If the network has no audio encoder.
    pub fn encode_audio(&self, features: Tensor<3>) -> Tensor<2> {
        let Some(ast) = &self.audio_model else {
            panic!("this network has no audio encoder");
        };
        ast.forward(features).pooled
    }

    /// The state of each input's first token.
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
        let Some(roberta) = &self.text_model else {
            panic!("this network has no lyrics encoder");
        };
        let hidden = roberta.forward(ids, attention_mask);
        let [batch, _, width] = hidden.dims();
        hidden.slice([0..batch, 0..1, 0..width]).squeeze_dim(1)
    }

    /// Logits of encoder states; give exactly the states that the network has encoders for.
    ///
    /// # Shapes
    /// `audio`: `[batch, audio width]`, `lyrics`: `[batch, lyrics width]`; the result: `[batch, classes]`.
    ///
    /// # Panics
    /// If a state is missing or not wanted.
    pub fn head(&self, audio: Option<Tensor<2>>, lyrics: Option<Tensor<2>>) -> Tensor<2> {
        assert_eq!(
            (audio.is_some(), lyrics.is_some()),
            (self.audio_model.is_some(), self.text_model.is_some()),
            "the head takes (audio, lyrics) states as the network has encoders"
        );
        match (audio, lyrics) {
            (Some(a), Some(l)) => self.head.forward(Tensor::cat(vec![a, l], 1)),
            (Some(x), None) | (None, Some(x)) => self.head.forward(x),
            (None, None) => unreachable!("a network has an encoder"),
        }
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
            Head::Fusion(_) => ("audio_model.", "text_model."),
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

/// Replaces every weight by a fresh one, drawn from the stream of its place in the listing.
fn fill_normal(
    network: &mut impl Parameters,
    seed: u64,
    device: &Device,
    std: impl Fn(&str) -> f64,
) {
    let mut stream = 0;
    let filled = network.parameters("", &mut |key, slot| {
        stream += 1;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        slot.fill_normal(std(&key), &mut rng, device);
        Ok(())
    });
    filled.unwrap_or_else(|e| unreachable!("filling does not fail: {e}"));
}

impl Slot<'_> {
    /// Replaces the weight by a fresh one.
    fn fill_normal(self, std: f64, rng: &mut ChaCha8Rng, device: &Device) {
        match self {
            Self::Linear(p) | Self::Kernel { weight: p, .. } | Self::Table(p) => {
                normal(p, std, rng, device);
            }
            Self::Tokens(p) => normal(p, std, rng, device),
            Self::Zeros(p) => constant(p, 0.0, device),
            Self::Ones(p) => constant(p, 1.0, device),
        }
    }
}

fn constant(param: &mut Param<Tensor<1>>, value: f32, device: &Device) {
    let shape = param.lazy_shape();
    *param = Param::from_data(TensorData::new(vec![value; shape[0]], shape), device);
}

fn normal<const D: usize>(
    param: &mut Param<Tensor<D>>,
    std: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) {
    let shape = param.lazy_shape();
    let values: Vec<f32> = (0..shape.num_elements())
        .map(|_| {
            // Box and Muller; 1 - u keeps the logarithm's argument above 0.
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            let radius = (-2.0 * (1.0 - u).ln()).sqrt();
            (std * radius * (std::f64::consts::TAU * v).cos()) as f32
        })
        .collect();
    *param = Param::from_data(TensorData::new(values, shape), device);
}
