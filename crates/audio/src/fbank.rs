//! The Kaldi log-mel filter bank, as the audio spectrogram transformer was trained with.

use crate::{AudioError, mel::MelFilters};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// The floor of a mel energy before its logarithm: the f32 epsilon.
const ENERGY_FLOOR: f32 = f32::EPSILON;
/// Kaldi's default pre-emphasis.
const PREEMPHASIS: f32 = 0.97;
/// Kaldi's default lower edge of the lowest mel filter.
const FMIN_HZ: f64 = 20.0;

/// The settings of a feature extractor; `Default` is AST's own.
#[derive(Debug, Clone, PartialEq)]
pub struct FbankConfig {
    /// Rate of the samples.
    pub sample_rate_hz: u32,
    /// Number of mel filters.
    pub mel_bins: usize,
    /// Frames that the features are cut or padded to.
    pub max_frames: usize,
    /// Mean of the log-mel values over the training data.
    pub mean: f32,
    /// Standard deviation of the log-mel values over the training data.
    pub std: f32,
    /// Whether features are brought to mean 0 and standard deviation 0.5.
    pub normalise: bool,
    /// Length of an analysis window in milliseconds.
    pub frame_length_ms: f64,
    /// Distance of two windows in milliseconds.
    pub frame_shift_ms: f64,
}

impl Default for FbankConfig {
    fn default() -> Self {
        Self {
            sample_rate_hz: 16_000,
            mel_bins: 128,
            max_frames: 1024,
            mean: -4.267_739_3,
            std: 4.568_997_4,
            normalise: true,
            frame_length_ms: 25.0,
            frame_shift_ms: 10.0,
        }
    }
}

/// Log-mel values of successive frames.
///
/// # Shapes
/// `values`: `[frames, mel_bins]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Number of frames.
    pub frames: usize,
    /// Number of mel filters.
    pub mel_bins: usize,
    /// All values, frame after frame.
    pub values: Vec<f32>,
}

impl Features {
    /// The values of one frame.
    pub fn frame(&self, frame: usize) -> &[f32] {
        &self.values[frame * self.mel_bins..][..self.mel_bins]
    }
}

/// Buffers for [`Fbank::frame_log_mel`], made once and reused.
#[derive(Debug, Clone)]
pub struct FbankScratch {
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    power: Vec<f32>,
    fft: Vec<Complex<f32>>,
}

/// A filter bank with its plan, window and filters ready.
///
/// # Source
/// `ASTFeatureExtractor` of HF transformers with torchaudio installed (`torchaudio.compliance.kaldi.fbank`, symmetric
/// Hann window): remove the frame's mean, pre-emphasis with the first sample replicated, window, FFT padded to a
/// power of two, power, triangles linear in mel, logarithm. The extractor's other path (numpy, used without
/// torchaudio) always takes 400-sample windows, hops of 160 and a 512-point FFT, whatever the rate, and so differs
/// at every rate but 16 kHz; this is the torchaudio path.
#[derive(Clone)]
pub struct Fbank {
    config: FbankConfig,
    window: Vec<f32>,
    hop_samples: usize,
    fft: Arc<dyn RealToComplex<f32>>,
    filters: MelFilters,
}

impl std::fmt::Debug for Fbank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fbank")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Fbank {
    /// Plans the transform and builds window and filters.
    ///
    /// # Errors
    /// Fewer than 4 mel filters (Kaldi's minimum), no frame, a window below 2 samples or a hop below 1, a Nyquist
    /// frequency at or below 20 Hz, a standard deviation that is not above 0, or a mean that is not finite.
    pub fn new(config: FbankConfig) -> Result<Self, AudioError> {
        let refuse = |what, expected: &str, got: String| AudioError::Setting {
            what,
            expected: expected.into(),
            got,
        };
        // In the reference's order of operations, so that both truncate to the same number of samples.
        let rate = f64::from(config.sample_rate_hz);
        let hop_samples = (rate * config.frame_shift_ms * 0.001) as usize;
        let window_samples = (rate * config.frame_length_ms * 0.001) as usize;
        if rate * 0.5 <= FMIN_HZ {
            return Err(refuse(
                "feature sample rate",
                "above 40 Hz",
                format!("{} Hz", config.sample_rate_hz),
            ));
        }
        if config.mel_bins < 4 {
            return Err(refuse(
                "mel filters",
                "at least 4",
                config.mel_bins.to_string(),
            ));
        }
        if config.max_frames == 0 {
            return Err(refuse("frames", "at least 1", "0".into()));
        }
        if !(2..=1 << 24).contains(&window_samples) {
            return Err(refuse(
                "window",
                "2 to 16777216 samples",
                format!("{window_samples} samples"),
            ));
        }
        if hop_samples == 0 {
            return Err(refuse(
                "frame shift",
                "at least 1 sample",
                "0 samples".into(),
            ));
        }
        if !(config.std > 0.0 && config.std.is_finite()) {
            return Err(refuse(
                "feature standard deviation",
                "a finite number above 0",
                config.std.to_string(),
            ));
        }
        if !config.mean.is_finite() {
            return Err(refuse(
                "feature mean",
                "a finite number",
                config.mean.to_string(),
            ));
        }
        let fft_size = window_samples.next_power_of_two();
        let angle = std::f64::consts::TAU / (window_samples as f64 - 1.0);
        let window = (0..window_samples)
            .map(|n| (0.5 - 0.5 * (angle * n as f64).cos()) as f32)
            .collect();
        let filters = MelFilters::kaldi(config.mel_bins, fft_size, config.sample_rate_hz, FMIN_HZ);
        let fft = RealFftPlanner::new().plan_fft_forward(fft_size);
        Ok(Self {
            config,
            window,
            hop_samples,
            fft,
            filters,
        })
    }

    /// The settings.
    pub fn config(&self) -> &FbankConfig {
        &self.config
    }

    /// Samples in one analysis window.
    pub fn window_samples(&self) -> usize {
        self.window.len()
    }

    /// Samples from one window to the next.
    pub fn hop_samples(&self) -> usize {
        self.hop_samples
    }

    /// How many whole windows fit in `len` samples.
    pub fn log_mel_frame_count(&self, len: usize) -> usize {
        match len.checked_sub(self.window_samples()) {
            Some(rest) => 1 + rest / self.hop_samples,
            None => 0,
        }
    }

    /// Buffers for [`Fbank::frame_log_mel`].
    pub fn scratch(&self) -> FbankScratch {
        FbankScratch {
            frame: self.fft.make_input_vec(),
            spectrum: self.fft.make_output_vec(),
            power: vec![0.0; self.fft.len() / 2],
            fft: self.fft.make_scratch_vec(),
        }
    }

    /// The log-mel values of one window.
    ///
    /// # Shapes
    /// `samples`: `[window_samples]`; `out`: `[mel_bins]`.
    ///
    /// # Panics
    /// If `samples` or `out` has another length.
    pub fn frame_log_mel(&self, samples: &[f32], out: &mut [f32], scratch: &mut FbankScratch) {
        assert_eq!(
            samples.len(),
            self.window_samples(),
            "samples must be one window"
        );
        assert_eq!(out.len(), self.config.mel_bins, "out must be [mel_bins]");
        let mean =
            (samples.iter().map(|&x| f64::from(x)).sum::<f64>() / samples.len() as f64) as f32;
        let mut previous = samples[0] - mean;
        for ((x, w), y) in samples.iter().zip(&self.window).zip(&mut scratch.frame) {
            let current = x - mean;
            *y = (current - PREEMPHASIS * previous) * w;
            previous = current;
        }
        scratch.frame[samples.len()..].fill(0.0);
        // The buffers come from this plan, so their lengths are right, which is all that can fail.
        let done = self.fft.process_with_scratch(
            &mut scratch.frame,
            &mut scratch.spectrum,
            &mut scratch.fft,
        );
        debug_assert!(done.is_ok(), "scratch belongs to another filter bank");
        for (p, x) in scratch.power.iter_mut().zip(&scratch.spectrum) {
            *p = x.norm_sqr();
        }
        self.filters.apply(&scratch.power, out);
        for x in out {
            *x = x.max(ENERGY_FLOOR).ln();
        }
    }

    /// The log-mel values of every whole window, neither padded nor normalised.
    ///
    /// # Shapes
    /// `mono`: samples at the configured rate; gives `[log_mel_frame_count(len), mel_bins]`.
    ///
    /// # Errors
    /// Fewer samples than one window.
    pub fn log_mel(&self, mono: &[f32]) -> Result<Features, AudioError> {
        self.first_log_mels(mono, usize::MAX)
    }

    /// What the model's encoder gets: log-mel values cut or padded to `max_frames`, then normalised.
    ///
    /// # Shapes
    /// `mono`: samples at the configured rate; gives `[max_frames, mel_bins]`. Padding frames are 0 before the
    /// normalisation, see [`Fbank::padding_value`].
    ///
    /// # Errors
    /// Fewer samples than one window.
    pub fn features(&self, mono: &[f32]) -> Result<Features, AudioError> {
        let mut features = self.first_log_mels(mono, self.config.max_frames)?;
        features
            .values
            .resize(self.config.max_frames * self.config.mel_bins, 0.0);
        features.frames = self.config.max_frames;
        for x in &mut features.values {
            *x = self.normalise(*x);
        }
        Ok(features)
    }

    /// A log-mel value as the encoder gets it.
    pub fn normalise(&self, log_mel: f32) -> f32 {
        if self.config.normalise {
            (log_mel - self.config.mean) / (2.0 * self.config.std)
        } else {
            log_mel
        }
    }

    /// The value of every padding frame as the encoder gets it.
    pub fn padding_value(&self) -> f32 {
        self.normalise(0.0)
    }

    fn first_log_mels(&self, mono: &[f32], max_frames: usize) -> Result<Features, AudioError> {
        let frames = self.log_mel_frame_count(mono.len()).min(max_frames);
        if frames == 0 {
            return Err(AudioError::TooShort {
                expected_samples: self.window_samples(),
                window_ms: self.config.frame_length_ms,
                got_samples: mono.len(),
            });
        }
        let mel_bins = self.config.mel_bins;
        let mut values = vec![0.0; frames * mel_bins];
        let mut scratch = self.scratch();
        for (frame, out) in values.chunks_exact_mut(mel_bins).enumerate() {
            let start = frame * self.hop_samples;
            self.frame_log_mel(
                &mono[start..start + self.window_samples()],
                out,
                &mut scratch,
            );
        }
        Ok(Features {
            frames,
            mel_bins,
            values,
        })
    }
}
