use crate::perturb::PreparedSong;
use crate::{Fusion, Model, ModelError, Pooling, Precision};
use burn::tensor::Device;
use musiclime_audio::fbank::{Fbank, FbankConfig, Features};
use musiclime_core::{
    Classifier, ClassifierError, Components, LabelSet, OutputKind, Perturbable, Probabilities, Song,
};
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of activations that one batch may take on a CPU; more rows than fit in the caches gain nothing.
const CPU_BATCH_BYTES: usize = 1 << 29;
/// Bytes of activations that one batch may take on a GPU: an eighth of the memory of a small card.
const GPU_BATCH_BYTES: usize = 1 << 30;
/// Most rows in one batch.
const MAX_BATCH_ROWS: usize = 256;
/// Bytes of token states of one modality that are kept on the host at a time. A thousand masks of a small model fit;
/// AST-base at 3.7 MB a mask is taken in turns of 72.
const TOKEN_STATE_BYTES: usize = 1 << 28;
/// Least rows in one batch that the CPU's threads can share.
const CPU_BATCH_ROWS: usize = 32;

/// A loaded model as a [`Classifier`].
#[derive(Debug)]
pub struct MusicClassifier {
    model: Model,
    device: Device,
    fbank: Option<Fbank>,
    batch_rows: usize,
    token_state_bytes: usize,
    precision: Precision,
}

/// Which part of a recording a model hears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hearing {
    /// Rate that the model hears at, in Hz.
    pub sample_rate_hz: u32,
    /// Samples of one window at that rate.
    pub window_samples: usize,
    /// How a longer recording is heard.
    pub pooling: Pooling,
}

impl Hearing {
    /// Seconds of one window.
    pub fn window_s(&self) -> f64 {
        self.window_samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// The samples of a recording of `len` samples that reach the model.
    pub fn heard(&self, len: usize) -> Range<usize> {
        let window = self.window_samples;
        match self.pooling {
            Pooling::First => 0..len.min(window),
            Pooling::Centre => {
                let start = len.saturating_sub(window) / 2;
                start..(start + window).min(len)
            }
            Pooling::MeanOverWindows if len <= window => 0..len,
            Pooling::MeanOverWindows => 0..self.windows(len).last().map_or(0, |w| w.end),
        }
    }

    /// The windows of `len` heard samples, in order.
    ///
    /// With [`Pooling::MeanOverWindows`] a rest of at least half a window counts as a window and is padded; a
    /// shorter rest is not heard.
    pub fn windows(&self, len: usize) -> Vec<Range<usize>> {
        let window = self.window_samples;
        if self.pooling != Pooling::MeanOverWindows || len <= window {
            return std::iter::once(self.heard(len)).collect();
        }
        (0..len)
            .step_by(window)
            .map(|start| start..(start + window).min(len))
            .filter(|w| w.len() * 2 >= window)
            .collect()
    }
}

impl MusicClassifier {
    /// Wraps a loaded model; `device` is the one it was loaded to.
    ///
    /// # Errors
    /// A feature extractor whose settings cannot work.
    pub fn new(model: Model, device: Device) -> Result<Self, ModelError> {
        let fbank = match &model.config.audio {
            Some(section) => Some(section.fbank()?),
            None => None,
        };
        let batch_rows = batch_rows(&model, &device);
        Ok(Self {
            model,
            device,
            fbank,
            batch_rows,
            token_state_bytes: TOKEN_STATE_BYTES,
            precision: Precision::F32,
        })
    }

    /// The same classifier with another number of rows in a batch; results do not depend on it.
    pub fn with_batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }

    /// The same classifier with its transformers' products in other numbers.
    ///
    /// # Errors
    /// A device that does not compute in them.
    pub fn with_precision(mut self, precision: Precision) -> Result<Self, ModelError> {
        precision.check(&self.device)?;
        if let Cow::Owned(network) = self.model.network.in_precision(precision) {
            self.model.network = network;
        }
        self.precision = precision;
        Ok(self)
    }

    /// The numbers that its transformers' products are in.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The same classifier with another bound on the token states of one modality that are kept at a time, which
    /// models with cross-attention need; results do not depend on it.
    pub fn with_token_state_bytes(mut self, bytes: usize) -> Self {
        self.token_state_bytes = bytes;
        self
    }

    /// Bytes of token states of one modality that are kept on the host at a time.
    pub(crate) fn token_state_bytes(&self) -> usize {
        self.token_state_bytes
    }

    /// Rows in one batch, chosen from the model's size alone.
    pub fn batch_rows(&self) -> usize {
        self.batch_rows
    }

    /// Batches that are computed side by side: one a thread on a CPU, whose small operations use one thread each.
    pub(crate) fn batches_at_once(&self) -> usize {
        if self.device == Device::flex() {
            rayon::current_num_threads()
        } else {
            1
        }
    }

    /// What its answers mean.
    pub fn output(&self) -> OutputKind {
        self.model.config.output
    }

    /// The model behind it.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The filter bank in front of the audio encoder; `None` for a model of lyrics alone.
    pub fn fbank(&self) -> Option<&Fbank> {
        self.fbank.as_ref()
    }

    /// What of a recording it hears; `None` for a model of lyrics alone.
    pub fn hearing(&self) -> Option<Hearing> {
        let (section, fbank) = (self.model.config.audio.as_ref()?, self.fbank.as_ref()?);
        Some(section.hearing(fbank))
    }

    /// Bytes of the lyrics that it reads before its token limit; all of them for a model without lyrics.
    ///
    /// # Errors
    /// A text that the tokenizer refuses.
    pub fn read_bytes(&self, lyrics: &str) -> Result<usize, ModelError> {
        match &self.model.tokenizer {
            Some(tokenizer) => Ok(tokenizer.encode(lyrics)?.read_bytes),
            None => Ok(lyrics.len()),
        }
    }

    /// The encoder's input for the first heard window of mono samples at the model's rate.
    ///
    /// # Errors
    /// A model without audio, or less than one analysis window of sound.
    pub fn features(&self, mono: &[f32]) -> Result<Features, ModelError> {
        let (Some(fbank), Some(hearing)) = (&self.fbank, self.hearing()) else {
            return Err(ModelError::invalid(
                "model",
                "one that hears audio",
                "a model of lyrics alone",
            ));
        };
        Ok(fbank.features(&mono[hearing.heard(mono.len())])?)
    }
}

impl crate::AudioSection {
    /// What of a recording a model with this section hears; `fbank` is [`Self::fbank`].
    pub fn hearing(&self, fbank: &Fbank) -> Hearing {
        let frames = self.extractor.max_length.max(1);
        Hearing {
            sample_rate_hz: self.extractor.sampling_rate,
            window_samples: (frames - 1) * fbank.hop_samples() + fbank.window_samples(),
            pooling: self.pooling,
        }
    }

    /// The filter bank that this section describes.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn fbank(&self) -> Result<Fbank, ModelError> {
        let e = &self.extractor;
        Ok(Fbank::new(FbankConfig {
            sample_rate_hz: e.sampling_rate,
            mel_bins: e.num_mel_bins,
            max_frames: e.max_length,
            mean: e.mean as f32,
            std: e.std as f32,
            normalise: e.do_normalize,
            ..FbankConfig::default()
        })?)
    }
}

/// Rows whose activations fit the budget.
fn batch_rows(model: &Model, device: &Device) -> usize {
    let config = &model.config;
    let audio = config
        .audio
        .as_ref()
        .map_or(0, |a| a.encoder.activation_floats());
    let lyrics = config
        .lyrics
        .as_ref()
        .map_or(0, |l| l.encoder.activation_floats(l.max_tokens));
    let joined = match (&config.fusion, &config.audio, &config.lyrics) {
        (Fusion::CrossAttention(fusion), Some(audio), Some(lyrics)) => {
            let (heard, read) = (audio.encoder.tokens(), lyrics.max_tokens);
            2 * fusion.num_attention_heads * heard * read + (heard + read) * 8 * fusion.hidden_size
        }
        _ => 0,
    };
    let row_bytes = audio.max(lyrics).max(joined).max(1) * size_of::<f32>();
    if *device == Device::flex() {
        (CPU_BATCH_BYTES / row_bytes).clamp(1, CPU_BATCH_ROWS)
    } else {
        (GPU_BATCH_BYTES / row_bytes).clamp(1, MAX_BATCH_ROWS)
    }
}

impl Classifier for MusicClassifier {
    fn labels(&self) -> &LabelSet {
        &self.model.config.labels
    }

    fn classify(&self, song: &Song) -> Result<Probabilities, ClassifierError> {
        // The unperturbed song is a song of one stem and one segment that is never switched off.
        let nothing = Components::new(None, Vec::new(), true, Vec::new());
        let prepared = PreparedSong::new(self, song, &nothing)?;
        prepared.unperturbed()
    }

    fn prepare<'a>(
        &'a self,
        song: &'a Song,
        components: &'a Components,
    ) -> Result<Box<dyn Perturbable + 'a>, ClassifierError> {
        Ok(Box::new(PreparedSong::new(self, song, components)?))
    }
}
