use crate::EvaluationError;
use std::ops::Range;

/// Which stretches of a recording get ratios of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One frame: all of it.
    Whole,
    /// Frames of `window` samples, one every `hop`; a rest that fills no window is left out, and a recording of at most
    /// one window is one frame.
    Windows {
        /// Samples a frame.
        window: usize,
        /// Samples from one frame to the next.
        hop: usize,
    },
}

impl Framing {
    /// Windows of `window_s` seconds every `hop_s`, at a rate. museval's are 1 s and 1 s.
    ///
    /// # Errors
    /// Less than a sample, or no number.
    pub fn seconds(
        window_s: f64,
        hop_s: f64,
        sample_rate_hz: u32,
    ) -> Result<Self, EvaluationError> {
        let samples = |what, seconds: f64| {
            // Cut, as Python's int() does.
            let samples = seconds * f64::from(sample_rate_hz);
            if samples >= 1.0 && samples.is_finite() {
                Ok(samples as usize)
            } else {
                Err(EvaluationError::Setting {
                    what,
                    expected: "at least one sample's time, in seconds",
                    got: seconds.to_string(),
                })
            }
        };
        Ok(Self::Windows {
            window: samples("window", window_s)?,
            hop: samples("hop", hop_s)?,
        })
    }

    /// The frames of a recording of `len` samples.
    ///
    /// # Source
    /// `museval.metrics.Framing`.
    pub fn ranges(self, len: usize) -> impl Iterator<Item = Range<usize>> {
        let (count, window, hop) = match self {
            Self::Windows { window, hop } if window < len => {
                ((len - window + hop) / hop, window, hop)
            }
            _ => (1, len, len),
        };
        (0..count).map(move |t| t * hop..(t * hop + window).min(len))
    }
}
