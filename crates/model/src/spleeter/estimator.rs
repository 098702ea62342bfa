use super::{Spleeter, SpleeterConfig, masks};
use crate::separation::{Edge, Estimator, Framing, Windows};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_audio::Complex;

/// Windows of the length that the networks were trained on (12 s), one at a time.
pub const WINDOWS: Windows = Windows {
    frames: 512,
    margin: 48,
    fade: 32,
    batch: 1,
};

/// Frames that are masked together; each frame stands alone, so any number gives the same.
const MASKED_FRAMES: usize = 64;

/// Spleeter as a separator: the networks in windows, then the masks.
pub struct SpleeterEstimator {
    config: SpleeterConfig,
    network: Spleeter,
    device: Device,
    framing: Framing,
}

impl SpleeterEstimator {
    /// A separator over these windows; a song shorter than one is followed by silence.
    pub fn new(
        (config, network): (SpleeterConfig, Spleeter),
        windows: Windows,
        device: &Device,
    ) -> Self {
        let framing = Framing {
            sample_rate_hz: config.sample_rate_hz,
            channels: config.channels,
            fft_size: config.fft_size,
            hop_samples: config.hop_samples,
            edge: Edge::Silent,
            windows,
            filtered_frames: MASKED_FRAMES,
        };
        Self {
            config,
            network,
            device: device.clone(),
            framing,
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
        masks::apply(&self.config, magnitudes, mixture)
    }
}
