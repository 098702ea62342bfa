use crate::AudioError;
use std::ops::Range;

/// Which part of a file to decode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Excerpt {
    /// The whole file.
    All,
    /// From a place on.
    From {
        /// Where to start, in seconds.
        start_s: f64,
        /// How much, in seconds; `None` for all that follows. What is past the end is left out.
        duration_s: Option<f64>,
    },
    /// The middle of the file.
    Centre {
        /// How much, in seconds; a shorter file is taken whole.
        duration_s: f64,
    },
}

impl Excerpt {
    /// Refuses times that make no sense.
    pub(super) fn check(self) -> Result<(), AudioError> {
        let start = |got: f64| match got >= 0.0 && got.is_finite() {
            true => Ok(()),
            false => Err(AudioError::Excerpt {
                what: "start",
                expected: "0 or more",
                got,
            }),
        };
        let duration = |got: f64| match got > 0.0 && got.is_finite() {
            true => Ok(()),
            false => Err(AudioError::Excerpt {
                what: "duration",
                expected: "above 0",
                got,
            }),
        };
        match self {
            Self::All => Ok(()),
            Self::From {
                start_s,
                duration_s,
            } => {
                start(start_s)?;
                duration_s.map_or(Ok(()), duration)
            }
            Self::Centre { duration_s } => duration(duration_s),
        }
    }

    /// Where it starts, where that is known without the file.
    pub(super) fn start_s(self) -> Option<f64> {
        match self {
            Self::From { start_s, .. } => Some(start_s),
            Self::All | Self::Centre { .. } => None,
        }
    }

    /// Whether the length of the file must be known before decoding.
    pub(super) fn needs_total(self) -> bool {
        matches!(self, Self::Centre { .. })
    }

    /// The samples to keep; `total` counts only where [`Excerpt::needs_total`].
    pub(super) fn window(self, sample_rate_hz: u32, total: u64) -> Range<u64> {
        let samples = |seconds: f64| (seconds * f64::from(sample_rate_hz)).round() as u64;
        match self {
            Self::All => 0..u64::MAX,
            Self::From {
                start_s,
                duration_s,
            } => {
                let start = samples(start_s);
                start..duration_s.map_or(u64::MAX, |d| start.saturating_add(samples(d).max(1)))
            }
            Self::Centre { duration_s } => {
                let wanted = samples(duration_s).max(1);
                let start = total.saturating_sub(wanted) / 2;
                start..start.saturating_add(wanted)
            }
        }
    }
}

/// What a decoder hands on: the kept samples and how they lie in the file.
pub(super) struct Collected {
    pub channels: Vec<Vec<f32>>,
    pub sample_rate_hz: u32,
    /// First kept sample.
    pub start: u64,
    /// Samples per channel in the whole file.
    pub total: u64,
    pub notes: Vec<String>,
}

/// Keeps the samples of a window out of a stream of blocks.
pub(super) struct Collector {
    window: Range<u64>,
    channels: Vec<Vec<f32>>,
}

impl Collector {
    pub fn new(window: Range<u64>, channels: usize) -> Self {
        Self {
            window,
            channels: vec![Vec::new(); channels],
        }
    }

    /// Takes a block whose first sample is sample `at` of the file; a gap before it becomes silence.
    ///
    /// Gives the file's sample and channel of a value that is not finite.
    pub fn push(&mut self, at: u64, block: &[Vec<f32>]) -> Result<(), (u64, usize, f32)> {
        for (c, (kept, samples)) in self.channels.iter_mut().zip(block).enumerate() {
            let end = at + samples.len() as u64;
            let (from, to) = (self.window.start.max(at), self.window.end.min(end));
            if from >= to {
                continue;
            }
            let taken = &samples[(from - at) as usize..(to - at) as usize];
            if let Some(i) = taken.iter().position(|x| !x.is_finite()) {
                return Err((from + i as u64, c, taken[i]));
            }
            let place = (from - self.window.start) as usize;
            kept.resize(place.max(kept.len()), 0.0);
            kept.truncate(place);
            kept.extend_from_slice(taken);
        }
        Ok(())
    }

    pub fn window(&self) -> &Range<u64> {
        &self.window
    }

    /// Whether sample `at` and all after it are past the window.
    pub fn is_past(&self, at: u64) -> bool {
        at >= self.window.end
    }

    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    pub fn into_channels(self) -> Vec<Vec<f32>> {
        self.channels
    }
}
