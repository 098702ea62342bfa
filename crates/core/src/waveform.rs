use crate::Invalid;

/// Sampled audio, planar: one vector of samples per channel, all of one length.
///
/// Samples are nominally in -1..1 and always finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    channels: Vec<Vec<f32>>,
    sample_rate_hz: u32,
}

impl Waveform {
    /// Wraps planar samples.
    ///
    /// # Errors
    /// No channel, channels of unequal length, a rate of 0, or a sample that is not finite.
    pub fn new(channels: Vec<Vec<f32>>, sample_rate_hz: u32) -> Result<Self, Invalid> {
        if sample_rate_hz == 0 {
            return Err(Invalid::new("sample rate", "at least 1 Hz", "0 Hz"));
        }
        let Some(first) = channels.first() else {
            return Err(Invalid::new("channels", "at least 1", 0));
        };
        let len = first.len();
        for (c, channel) in channels.iter().enumerate() {
            if channel.len() != len {
                return Err(Invalid::new(
                    format!("length of channel {c}"),
                    format!("{len} samples"),
                    format!("{} samples", channel.len()),
                ));
            }
            if let Some(at) = channel.iter().position(|x| !x.is_finite()) {
                return Err(Invalid::new(
                    format!("sample {at} of channel {c}"),
                    "a finite number",
                    channel[at],
                ));
            }
        }
        Ok(Self {
            channels,
            sample_rate_hz,
        })
    }

    /// One channel.
    ///
    /// # Errors
    /// As [`Waveform::new`].
    pub fn mono(samples: Vec<f32>, sample_rate_hz: u32) -> Result<Self, Invalid> {
        Self::new(vec![samples], sample_rate_hz)
    }

    /// The samples of each channel.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// The samples of each channel, without a copy.
    pub fn into_channels(self) -> Vec<Vec<f32>> {
        self.channels
    }

    /// Samples per second and channel.
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// Samples per channel.
    pub fn len(&self) -> usize {
        self.channels[0].len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.len() as f64 / f64::from(self.sample_rate_hz)
    }

    /// The mean over the channels.
    pub fn downmix(&self) -> Vec<f32> {
        if self.channels.len() == 1 {
            return self.channels[0].clone();
        }
        let scale = 1.0 / self.channels.len() as f32;
        (0..self.len())
            .map(|t| self.channels.iter().map(|c| c[t]).sum::<f32>() * scale)
            .collect()
    }

    /// Samples `start..end` of every channel; the range is cut to what exists.
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let end = end.min(self.len());
        let start = start.min(end);
        Self {
            channels: self
                .channels
                .iter()
                .map(|c| c[start..end].to_vec())
                .collect(),
            sample_rate_hz: self.sample_rate_hz,
        }
    }

    /// Root mean square over all channels; 0 for no samples.
    pub fn rms(&self) -> f64 {
        let n = self.len() * self.channels.len();
        if n == 0 {
            return 0.0;
        }
        let sum: f64 = self
            .channels
            .iter()
            .flatten()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum();
        (sum / n as f64).sqrt()
    }

    /// Largest absolute sample.
    pub fn peak(&self) -> f32 {
        self.channels
            .iter()
            .flatten()
            .fold(0.0, |m, x| m.max(x.abs()))
    }
}
