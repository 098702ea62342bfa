use crate::ModelError;

/// A named target of Open-Unmix and nothing more: its weights lie in the stacked tensors at its place in the list.
pub type Target = String;

/// The sizes of an Open-Unmix model, all targets alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUnmixConfig {
    /// What is estimated, in output order.
    pub targets: Vec<Target>,
    /// Samples per second of the sound that the model was trained on.
    pub sample_rate_hz: u32,
    /// Samples in one frame.
    pub fft_size: usize,
    /// Samples from one frame to the next.
    pub hop_samples: usize,
    /// Channels of the sound.
    pub channels: usize,
    /// Bins that the network hears; it estimates all `fft_size / 2 + 1`.
    pub max_bin: usize,
    /// Width of the network.
    pub hidden: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Whether the LSTM also runs backwards.
    pub bidirectional: bool,
}

impl OpenUnmixConfig {
    /// Bins of the spectrogram.
    pub fn bins(&self) -> usize {
        self.fft_size / 2 + 1
    }

    /// Directions of the LSTM.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Width of one LSTM direction.
    pub fn lstm_width(&self) -> usize {
        self.hidden / self.directions()
    }

    /// Refuses sizes that contradict each other.
    ///
    /// # Errors
    /// The field, what it must be, and what it is.
    pub fn validate(&self) -> Result<(), ModelError> {
        let check = |ok: bool, what: &str, expected: &str, got: usize| {
            if ok {
                Ok(())
            } else {
                Err(ModelError::invalid(what, expected, got))
            }
        };
        check(!self.targets.is_empty(), "targets", "at least 1", 0)?;
        for (i, target) in self.targets.iter().enumerate() {
            if self.targets[..i].contains(target) {
                return Err(ModelError::invalid(
                    "targets",
                    "distinct names",
                    format!("\"{target}\" twice"),
                ));
            }
        }
        check(
            self.sample_rate_hz >= 1000,
            "sample_rate",
            "at least 1000 Hz",
            self.sample_rate_hz as usize,
        )?;
        check(
            self.fft_size >= 4 && self.fft_size.is_multiple_of(2),
            "nfft",
            "an even number, at least 4",
            self.fft_size,
        )?;
        check(
            self.hop_samples >= 1 && (self.fft_size / 2).is_multiple_of(self.hop_samples),
            "nhop",
            "a divisor of half the frame",
            self.hop_samples,
        )?;
        check(
            (1..=2).contains(&self.channels),
            "nb_channels",
            "1 or 2",
            self.channels,
        )?;
        check(
            (1..=self.bins()).contains(&self.max_bin),
            "max_bin",
            "1 to the spectrogram's bins",
            self.max_bin,
        )?;
        check(
            self.hidden >= 1 && self.hidden.is_multiple_of(self.directions()),
            "hidden_size",
            "a multiple of the LSTM's directions",
            self.hidden,
        )?;
        check(self.layers >= 1, "LSTM layers", "at least 1", self.layers)
    }
}
