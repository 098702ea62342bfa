use super::{Spleeter, SpleeterConfig, masks};
use crate::separation::{Edge, Estimator, Framing, Windows};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_audio::Complex;
use musiclime_audio::separation::wiener::{ExcerptShape, FirstEstimate, Residual, Wiener};

/// Windows of the length that the networks were trained on (12 s), one at a time.
pub const WINDOWS: Windows = Windows {
    frames: 512,
    margin: 48,
    fade: 32,
    batch: 1,
};

/// Frames that the Wiener filter takes together; for soft masks any number gives the same.
const FILTERED_FRAMES: usize = 300;

/// Spleeter as a separator: the networks in windows, then soft masks or the multichannel Wiener filter.
///
/// # Source
/// Soft masks are Spleeter's default. The Wiener filter is its option `--mwf`, which calls norbert's `wiener` (soft
/// masks as first estimates, then rounds of expectation and maximisation over the whole song; ours over 300 frames,
/// as Open-Unmix has it). Above the heard bins it gives nothing to any stem, whatever the mask extension.
pub struct SpleeterEstimator {
    config: SpleeterConfig,
    network: Spleeter,
    device: Device,
    framing: Framing,
    wiener: Option<Wiener>,
}

impl SpleeterEstimator {
    /// A separator over these windows with soft masks, refined by `wiener_iterations` rounds of the Wiener filter; a song
    /// shorter than a window is followed by silence.
    pub fn new(
        (config, network): (SpleeterConfig, Spleeter),
        windows: Windows,
        wiener_iterations: usize,
        device: &Device,
    ) -> Self {
        let framing = Framing {
            sample_rate_hz: config.sample_rate_hz,
            channels: config.channels,
            fft_size: config.fft_size,
            hop_samples: config.hop_samples,
            edge: Edge::Silent,
            windows,
            filtered_frames: FILTERED_FRAMES,
        };
        Self {
            config,
            network,
            device: device.clone(),
            framing,
            wiener: (wiener_iterations > 0).then_some(Wiener {
                iterations: wiener_iterations,
                first: FirstEstimate::RatioMask,
                residual: Residual::None,
            }),
        }
    }
}

impl Estimator for SpleeterEstimator {
    fn framing(&self) -> &Framing {
        &self.framing
    }

    fn sources(&self) -> &[String] {
        &self.config.stems
    }

    fn estimated(&self) -> usize {
        self.config.stems.len()
    }

    fn heard_bins(&self) -> usize {
        self.config.bins
    }

    fn estimate(&self, magnitudes: &[f32], windows: usize) -> Result<Vec<Vec<f32>>, String> {
        let SpleeterConfig {
            channels,
            bins: heard,
            frames: trained,
            fft_size,
            ..
        } = self.config;
        let bins = fft_size / 2 + 1;
        let frames = magnitudes.len() / (windows * channels * bins);
        let padded = frames.next_multiple_of(64).max(trained);
        let mut input = vec![0.0f32; windows * channels * padded * heard];
        for (i, row) in magnitudes.chunks_exact(bins).enumerate() {
            let (t, channel) = (i / channels % frames, i % channels);
            let window = i / (channels * frames);
            let at = ((window * channels + channel) * padded + t) * heard;
            input[at..at + heard].copy_from_slice(&row[..heard]);
        }
        let data = TensorData::new(input, [windows, channels, padded, heard]);
        let estimates = self
            .network
            .estimates(Tensor::from_data(data, &self.device));
        estimates
            .into_iter()
            .map(|estimate| {
                estimate
                    .narrow(2, 0, frames)
                    .swap_dims(1, 2)
                    .try_into_vec_as::<f32>()
                    .map_err(|e| format!("the device did not give the estimates back: {e:?}"))
            })
            .collect()
    }

    fn filter(&self, magnitudes: &[f32], mixture: &[Complex<f32>]) -> Vec<Complex<f32>> {
        let Some(wiener) = self.wiener else {
            return masks::apply(&self.config, magnitudes, mixture);
        };
        let (channels, heard) = (self.config.channels, self.config.bins);
        let bins = self.config.fft_size / 2 + 1;
        let mut whole = Vec::with_capacity(magnitudes.len() / heard * bins);
        for row in magnitudes.chunks_exact(heard) {
            whole.extend_from_slice(row);
            whole.resize(whole.len() + bins - heard, 0.0);
        }
        let shape = ExcerptShape {
            frames: mixture.len() / (channels * bins),
            sources: self.config.stems.len(),
            channels,
            bins,
        };
        wiener.filter(&whole, mixture, shape)
    }
}
