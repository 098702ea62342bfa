use crate::ModelError;
use serde::{Deserialize, Serialize};

/// The sizes of a CNN-RNN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CnnRnnConfig {
    /// Channels of every convolution block.
    pub channels: Vec<usize>,
    /// What every block's pooling folds into one, `[frames, mel bins]`.
    pub pools: Vec<[usize; 2]>,
    /// Groups of channels that are normalised together; divides every block's channels.
    pub norm_groups: usize,
    /// Added to the variance in every normalisation.
    pub norm_eps: f64,
    /// Width of the recurrent state.
    pub hidden_size: usize,
    /// Recurrent layers.
    pub num_layers: usize,
    /// Standard deviation of the fresh maps above it; its own weights start as PyTorch's do.
    pub initializer_range: f64,
    /// Frames of the input.
    pub max_length: usize,
    /// Mel bins of the input.
    pub num_mel_bins: usize,
}

impl Default for CnnRnnConfig {
    fn default() -> Self {
        // 16 steps of 640 ms for the recurrent part, as many as the source has for its 29 s.
        Self {
            channels: vec![16, 24, 32, 32],
            pools: vec![[4, 2], [4, 4], [2, 4], [2, 2]],
            norm_groups: 4,
            norm_eps: 1e-5,
            hidden_size: 96,
            num_layers: 2,
            initializer_range: 0.05,
            max_length: 1024,
            num_mel_bins: 128,
        }
    }
}

impl CnnRnnConfig {
    /// Frames and mel bins that are left after all poolings.
    pub fn pooled(&self) -> [usize; 2] {
        self.pools.iter().fold(
            [self.max_length, self.num_mel_bins],
            |[frames, mel], pool| [frames / pool[0].max(1), mel / pool[1].max(1)],
        )
    }

    /// Steps of the recurrent part.
    pub fn steps(&self) -> usize {
        self.pooled()[0]
    }

    /// Width of one step of the recurrent part's input.
    pub fn step_width(&self) -> usize {
        self.pooled()[1] * self.channels.last().copied().unwrap_or(0)
    }

    /// Refuses sizes that make no network.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn validate(&self) -> Result<(), ModelError> {
        for (what, value) in [
            ("channels", self.channels.len()),
            ("norm_groups", self.norm_groups),
            ("hidden_size", self.hidden_size),
            ("num_layers", self.num_layers),
        ] {
            if value == 0 {
                return Err(ModelError::invalid(
                    format!("audio {what}"),
                    "at least 1",
                    0,
                ));
            }
        }
        if self.pools.len() != self.channels.len() {
            return Err(ModelError::invalid(
                "audio pools",
                format!("one for each of the {} channels", self.channels.len()),
                self.pools.len(),
            ));
        }
        if let Some(channels) = self
            .channels
            .iter()
            .find(|&&c| c == 0 || !c.is_multiple_of(self.norm_groups))
        {
            return Err(ModelError::invalid(
                "audio channels",
                format!("multiples of norm_groups {}", self.norm_groups),
                channels,
            ));
        }
        if self.pools.iter().flatten().any(|&side| side == 0) {
            return Err(ModelError::invalid("audio pools", "at least 1", 0));
        }
        if !(self.norm_eps.is_finite() && self.norm_eps > 0.0) {
            return Err(ModelError::invalid(
                "audio norm_eps",
                "above 0",
                self.norm_eps,
            ));
        }
        let [frames, mel] = self.pooled();
        for (what, size, left) in [
            ("max_length", self.max_length, frames),
            ("num_mel_bins", self.num_mel_bins, mel),
        ] {
            if left == 0 {
                return Err(ModelError::invalid(
                    format!("audio {what}"),
                    "at least the product of its pools",
                    size,
                ));
            }
        }
        Ok(())
    }
}
