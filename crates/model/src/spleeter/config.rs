use crate::ModelError;
use serde::Deserialize;

/// The activation behind a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Activation {
    /// max(x, 0).
    ReLU,
    /// x, or x / 5 below 0.
    LeakyReLU,
    /// x, or exp(x) - 1 below 0.
    ELU,
}

/// What stands behind the last layers of the stems' networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A sigmoid each (`unet.unet`, 2 and 4 stems).
    Sigmoid,
    /// A softmax over the stems (`unet.softmax_unet`, 5 stems).
    Softmax,
}

/// What the masks are above the bins that the networks hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskExtension {
    /// 0: what is above goes to no stem.
    Zeros,
    /// The mask's mean over the bins that are heard.
    Average,
}

/// The sizes and settings of a Spleeter model; the safetensors file of `convert_spleeter.py` holds it as JSON under `config`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpleeterConfig {
    /// The stems, in order.
    pub stems: Vec<String>,
    /// Samples per second of the sound that the model was trained on.
    pub sample_rate_hz: u32,
    /// Samples in one frame.
    pub fft_size: usize,
    /// Samples from one frame to the next.
    pub hop_samples: usize,
    /// Frames that a network hears at once, a multiple of 64.
    pub frames: usize,
    /// Bins that a network hears, a multiple of 64: 1,024 up to 11 kHz, 1,536 up to 16 kHz.
    pub bins: usize,
    /// Channels of the sound.
    pub channels: usize,
    /// Filters of the six convolutions.
    pub filters: [usize; 6],
    /// The activation of the way down.
    pub conv_activation: Activation,
    /// The activation of the way up.
    pub deconv_activation: Activation,
    /// What stands behind the last layer.
    pub output: Output,
    /// What the masks are above `bins`.
    pub mask_extension: MaskExtension,
    /// The power of the estimates in the masks.
    pub separation_exponent: f32,
}

impl SpleeterConfig {
    /// Refuses sizes that contradict each other.
    ///
    /// # Errors
    /// The field, what it must be, and what it is.
    pub fn validate(&self) -> Result<(), ModelError> {
        let check = |ok: bool, what: &str, expected: &str, got: usize| match ok {
            true => Ok(()),
            false => Err(ModelError::invalid(what, expected, got)),
        };
        check(
            self.stems.len() >= 2,
            "stems",
            "at least 2",
            self.stems.len(),
        )?;
        for (i, stem) in self.stems.iter().enumerate() {
            if self.stems[..i].contains(stem) {
                let got = format!("\"{stem}\" twice");
                return Err(ModelError::invalid("stems", "distinct names", got));
            }
        }
        check(
            self.sample_rate_hz >= 1000,
            "sample_rate_hz",
            "at least 1000",
            self.sample_rate_hz as usize,
        )?;
        check(
            self.fft_size >= 4 && self.fft_size.is_multiple_of(2),
            "fft_size",
            "an even number, at least 4",
            self.fft_size,
        )?;
        check(
            self.hop_samples >= 1 && (self.fft_size / 2).is_multiple_of(self.hop_samples),
            "hop_samples",
            "a divisor of half the frame",
            self.hop_samples,
        )?;
        // Six halvings must end in whole numbers.
        check(
            self.frames >= 64 && self.frames.is_multiple_of(64),
            "frames",
            "a multiple of 64",
            self.frames,
        )?;
        check(
            self.bins >= 64 && self.bins.is_multiple_of(64) && self.bins <= self.fft_size / 2 + 1,
            "bins",
            "a multiple of 64 within the spectrogram",
            self.bins,
        )?;
        check(
            (1..=2).contains(&self.channels),
            "channels",
            "1 or 2",
            self.channels,
        )?;
        check(
            self.filters.iter().all(|f| *f >= 1),
            "filters",
            "at least 1 each",
            0,
        )?;
        check(
            self.separation_exponent > 0.0 && self.separation_exponent.is_finite(),
            "separation_exponent",
            "above 0",
            0,
        )
    }
}
