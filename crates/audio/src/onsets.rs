//! Where notes and strokes begin: spectral flux and its peaks.

use crate::AudioError;
use crate::stft::Stft;

/// Seconds from one value of the envelope to the next.
const STEP_S: f64 = 0.01;
/// Seconds of one analysis frame: short enough for a stroke, long enough for a bass note.
const FRAME_S: f64 = 0.032;
/// How far magnitudes are compressed before they are compared: `ln(1 + C |X| / max |X|)`.
const COMPRESSION: f32 = 1000.0;
/// The mean over this many seconds to each side is taken off the envelope.
const LOCAL_MEAN_S: f64 = 0.5;
/// A peak is the largest value within this many seconds to each side.
const PEAK_RADIUS_S: f64 = 0.05;
/// A peak rises above this share of the largest one.
const PEAK_SHARE: f32 = 0.1;

/// How much new sound begins, over time.
#[derive(Debug, Clone, PartialEq)]
pub struct OnsetEnvelope {
    /// One strength a step, at least 0; value `i` is centred on `i * step_s`.
    pub values: Vec<f32>,
    /// Seconds from one value to the next.
    pub step_s: f64,
}

/// One onset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Onset {
    /// When, in seconds.
    pub time_s: f64,
    /// How much begins.
    pub strength: f32,
}

/// The onset envelope of mono samples: log-compressed spectral flux less its local mean.
///
/// # Errors
/// A rate so low that a frame has no samples.
///
/// # Source
/// Spectral flux as in Bello et al. 2005, "A tutorial on onset detection in music signals", section III-B.
pub fn onset_envelope(samples: &[f32], sample_rate_hz: u32) -> Result<OnsetEnvelope, AudioError> {
    let rate = f64::from(sample_rate_hz);
    let hop = (rate * STEP_S).round() as usize;
    let stft = Stft::new(2 * (rate * FRAME_S / 2.0).round() as usize, hop)?;
    let spectrogram = stft.transform(samples);
    let magnitudes: Vec<f32> = spectrogram.values.iter().map(|x| x.norm()).collect();
    let largest = magnitudes.iter().copied().fold(0.0, f32::max);
    if largest <= 0.0 {
        return Ok(OnsetEnvelope {
            values: vec![0.0; spectrogram.frames],
            step_s: hop as f64 / rate,
        });
    }
    let compressed: Vec<f32> = magnitudes
        .iter()
        .map(|x| (COMPRESSION * x / largest).ln_1p())
        .collect();
    let bins = spectrogram.bins;
    let mut flux = vec![0.0f32];
    for pair in compressed.windows(2 * bins).step_by(bins) {
        let (before, after) = pair.split_at(bins);
        let rise: f32 = after
            .iter()
            .zip(before)
            .map(|(a, b)| (a - b).max(0.0))
            .sum();
        flux.push(rise / bins as f32);
    }
    // A frame that reaches past the start or the end sees an edge there, which is no onset.
    let half = stft.fft_size() / 2;
    for (t, rise) in flux.iter_mut().enumerate() {
        if t * hop < half || t * hop + half > samples.len() {
            *rise = 0.0;
        }
    }
    let radius = (LOCAL_MEAN_S / STEP_S) as usize;
    let mut sums = vec![0.0f64];
    for x in &flux {
        sums.push(sums[sums.len() - 1] + f64::from(*x));
    }
    let values = (0..flux.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(radius), (i + radius + 1).min(flux.len()));
            let mean = (sums[to] - sums[from]) / (to - from) as f64;
            (flux[i] - mean as f32).max(0.0)
        })
        .collect();
    Ok(OnsetEnvelope {
        values,
        step_s: hop as f64 / rate,
    })
}

impl OnsetEnvelope {
    /// The peaks, in order of time.
    pub fn peaks(&self) -> Vec<Onset> {
        let largest = self.values.iter().copied().fold(0.0, f32::max);
        let radius = (PEAK_RADIUS_S / self.step_s).round() as usize;
        let is_peak = |i: usize| {
            let x = self.values[i];
            let around = i.saturating_sub(radius)..(i + radius + 1).min(self.values.len());
            // Of equal neighbours the first is the peak.
            x > PEAK_SHARE * largest
                && around
                    .clone()
                    .all(|j| self.values[j] < x || (self.values[j] == x && j >= i))
        };
        (0..self.values.len())
            .filter(|&i| is_peak(i))
            .map(|i| Onset {
                time_s: i as f64 * self.step_s,
                strength: self.values[i],
            })
            .collect()
    }
}
