use crate::ModelError;
use serde::{Deserialize, Serialize};

/// The sizes of a CNN-RNN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CnnRnnConfig {
    /// Channels of every convolution block.
    pub channels: Vec<usize>,
    /// Steps from one place of every block's convolution to the next, `[frames, mel bins]`.
    pub strides: Vec<[usize; 2]>,
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
        // 16 steps of 640 ms for the recurrent part, as many as the source has for its 29 s. The first convolution
        // takes every second frame and mel bin: nearly all of the cost is where there are the most places.
        Self {
            channels: vec![16, 24, 32, 32],
            strides: vec![[2, 2], [1, 1], [1, 1], [1, 1]],
            pools: vec![[2, 2], [4, 2], [2, 4], [2, 2]],
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
    /// Frames and mel bins that are left after all blocks.
    pub fn pooled(&self) -> [usize; 2] {
        let sides = [self.max_length, self.num_mel_bins];
        self.strides
            .iter()
            .zip(&self.pools)
            .fold(sides, |sides, (stride, pool)| {
                let side = |i: usize| sides[i].div_ceil(stride[i].max(1)) / pool[i].max(1);
                [side(0), side(1)]
            })
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
        for (what, sides) in [
            ("audio strides", &self.strides),
            ("audio pools", &self.pools),
        ] {
            if sides.len() != self.channels.len() {
                return Err(ModelError::invalid(
                    what,
                    format!("one for each of the {} channels", self.channels.len()),
                    sides.len(),
                ));
            }
            if sides.iter().flatten().any(|&side| side == 0) {
                return Err(ModelError::invalid(what, "at least 1", 0));
            }
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
                    "at least the product of its strides and pools",
                    size,
                ));
            }
        }
        Ok(())
    }
}
