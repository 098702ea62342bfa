use crate::TrainingError;
use musiclime_dataset::songbook::{SAMPLE_RATE_HZ, STEM_NAMES};
use musiclime_model::open_unmix::OpenUnmixConfig;
use serde::{Deserialize, Serialize};

/// One training run of a separator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeparatorConfig {
    /// Seed of the weights and the excerpts.
    pub seed: u64,
    /// Seed of the songbook that is trained on.
    pub songbook_seed: u64,
    /// Songs that are in memory at a time; each step replaces one by a fresh one.
    pub pool: usize,
    /// Steps.
    pub steps: usize,
    /// Excerpts in a step.
    pub batch: usize,
    /// Frames in an excerpt.
    pub frames: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps in which the learning rate rises from 0; afterwards it falls to 0 as half a cosine.
    pub warm_up: usize,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Gradients are scaled down to this global norm.
    pub clip_norm: f64,
    /// Share of the excerpts whose stems come from different songs.
    pub remix: f64,
    /// Samples in one frame.
    pub fft_size: usize,
    /// Samples from one frame to the next.
    pub hop_samples: usize,
    /// Width of the network of one target.
    pub hidden: usize,
    /// LSTM layers.
    pub layers: usize,
}

impl Default for SeparatorConfig {
    fn default() -> Self {
        // Frames of 96 ms every 24 ms, as Open-Unmix has them at 44.1 kHz.
        Self {
            seed: 1,
            songbook_seed: 9000,
            pool: 64,
            steps: 1000,
            batch: 12,
            frames: 64,
            learning_rate: 2e-3,
            warm_up: 30,
            weight_decay: 1e-5,
            clip_norm: 1.0,
            remix: 0.7,
            fft_size: 1536,
            hop_samples: 384,
            hidden: 96,
            layers: 1,
        }
    }
}

impl SeparatorConfig {
    /// Refuses settings that cannot work.
    ///
    /// # Errors
    /// The first one.
    pub fn validate(&self) -> Result<(), TrainingError> {
        let counts = [
            ("pool", self.pool),
            ("steps", self.steps),
            ("batch", self.batch),
            ("frames", self.frames),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(TrainingError::Setting {
                what,
                expected: "at least 1",
                got: "0".into(),
            });
        }
        for (what, value) in [
            ("learning_rate", self.learning_rate),
            ("clip_norm", self.clip_norm),
        ] {
            if !(value.is_finite() && value > 0.0) {
                return Err(TrainingError::Setting {
                    what,
                    expected: "above 0",
                    got: value.to_string(),
                });
            }
        }
        if !(0.0..=1.0).contains(&self.remix) {
            return Err(TrainingError::Setting {
                what: "remix",
                expected: "a share, 0 to 1",
                got: self.remix.to_string(),
            });
        }
        if self.excerpt_samples() > super::excerpts::LONGEST_EXCERPT {
            return Err(TrainingError::Setting {
                what: "frames",
                expected: "an excerpt that fits into a song of the songbook at any speed",
                got: format!("{} samples", self.excerpt_samples()),
            });
        }
        self.network().validate()?;
        Ok(())
    }

    /// The sizes of the network that this run fits.
    pub fn network(&self) -> OpenUnmixConfig {
        OpenUnmixConfig {
            targets: STEM_NAMES.iter().map(|name| name.to_string()).collect(),
            sample_rate_hz: SAMPLE_RATE_HZ,
            fft_size: self.fft_size,
            hop_samples: self.hop_samples,
            channels: 2,
            max_bin: self.fft_size / 2 + 1,
            hidden: self.hidden,
            layers: self.layers,
            bidirectional: true,
        }
    }

    /// Samples of one excerpt.
    pub fn excerpt_samples(&self) -> usize {
        (self.frames - 1) * self.hop_samples + self.fft_size
    }
}
