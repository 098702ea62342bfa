use super::{OpenUnmix, OpenUnmixConfig};
use crate::separation::{Edge, Estimator, Framing, Windows};
use burn::tensor::{DType, Device, Tensor, TensorData};
use musiclime_audio::Complex;
use musiclime_audio::separation::wiener::{ExcerptShape, Wiener};

/// Frames that the Wiener filter takes together, as openunmix's `wiener_win_len` has it.
pub const WIENER_FRAMES: usize = 300;

/// Windows of 512 frames (12 s of music; the networks were trained on 6 s), two at once.
pub const WINDOWS: Windows = Windows {
    frames: 512,
    margin: 48,
    fade: 32,
    batch: 2,
};

/// Open-Unmix as a separator: the networks in windows, then the Wiener filter.
pub struct OpenUnmixEstimator {
    network: OpenUnmix,
    device: Device,
    framing: Framing,
    sources: Vec<String>,
    targets: usize,
    filter: Wiener,
}

impl OpenUnmixEstimator {
    /// A separator with these settings; `filtered_frames` is [`WIENER_FRAMES`] in openunmix.
    pub fn new(
        (config, network): (OpenUnmixConfig, OpenUnmix),
        filter: Wiener,
        windows: Windows,
        filtered_frames: usize,
        device: &Device,
    ) -> Self {
        let targets = config.targets.len();
        let mut sources = config.targets;
        if filter.sources(targets) > targets {
            // What one target leaves is everything else; beside an `other` it is a residual.
            let rest = ["other", "residual"];
            let free = rest.into_iter().find(|n| sources.iter().all(|s| s != n));
            sources.push(free.unwrap_or("rest").to_owned());
        }
        Self {
            network,
            device: device.clone(),
            framing: Framing {
                sample_rate_hz: config.sample_rate_hz,
                channels: config.channels,
                fft_size: config.fft_size,
                hop_samples: config.hop_samples,
                edge: Edge::Mirrored,
                windows,
                filtered_frames,
            },
            sources,
            targets,
            filter,
        }
    }
}

impl Estimator for OpenUnmixEstimator {
    fn framing(&self) -> &Framing {
        &self.framing
    }

    fn sources(&self) -> &[String] {
        &self.sources
    }

    fn estimated(&self) -> usize {
        self.targets
    }

    fn heard_bins(&self) -> usize {
        self.framing.fft_size / 2 + 1
    }

    fn estimate(&self, magnitudes: &[f32], windows: usize) -> Result<Vec<Vec<f32>>, String> {
        let (channels, bins) = (self.framing.channels, self.heard_bins());
        let frames = magnitudes.len() / (windows * channels * bins);
        let data = TensorData::new(magnitudes.to_vec(), [windows, frames, channels, bins]);
        let mixture = Tensor::<4>::from_data(data, &self.device).cast(self.network.dtype());
        self.network
            .estimates(mixture)
            .map(|estimate| {
                estimate
                    .cast(DType::F32)
                    .try_into_vec_as::<f32>()
                    .map_err(|e| format!("the device did not give the estimates back: {e:?}"))
            })
            .collect()
    }

    fn filter(&self, magnitudes: &[f32], mixture: &[Complex<f32>]) -> Vec<Complex<f32>> {
        let (channels, bins) = (self.framing.channels, self.heard_bins());
        let shape = ExcerptShape {
            frames: mixture.len() / (channels * bins),
            sources: self.targets,
            channels,
            bins,
        };
        self.filter.filter(magnitudes, mixture, shape)
    }
}
