//! A recording as the sum of bands of frequency.

use crate::AudioError;
use crate::mel::{hertz, mel};
use crate::stft::Stft;
use musiclime_core::Waveform;
use rayon::prelude::*;

/// Seconds of one frame of the transform that recordings are taken apart with: 1,024 samples at 16 kHz.
pub(crate) const FRAME_S: f64 = 0.064;

/// The transform for a rate: frames of [`FRAME_S`], four of them over every sample.
pub(crate) fn transform(sample_rate_hz: u32) -> Result<Stft, AudioError> {
    let quarter = (f64::from(sample_rate_hz) * FRAME_S / 4.0).round() as usize;
    Stft::new(4 * quarter, quarter)
}

/// The edges of `bands` bands of equal width in mel from 0 Hz to half the rate, rounded to 10 Hz inside.
///
/// # Shapes
/// `bands` pairs of lowest and highest frequency, each band ending where the next begins.
pub fn mel_bands(bands: usize, sample_rate_hz: u32) -> Vec<[f64; 2]> {
    let top = f64::from(sample_rate_hz) / 2.0;
    let edge = |i: usize| match i {
        i if i == bands => top,
        i => (hertz(mel(top) * i as f64 / bands as f64) / 10.0).round() * 10.0,
    };
    (0..bands).map(|i| [edge(i), edge(i + 1)]).collect()
}

/// Takes a recording apart into bands whose sum is the recording; the highest has everything above its lower edge.
///
/// Every channel's spectrogram is cut between bins, and what the other bands leave of the samples is the highest one, so
/// that the sum differs from the recording by rounding alone.
///
/// # Errors
/// A rate that is too low for a transform.
pub fn split_bands(waveform: &Waveform, bands: &[[f64; 2]]) -> Result<Vec<Waveform>, AudioError> {
    let rate = waveform.sample_rate_hz();
    let stft = transform(rate)?;
    let bin_hz = f64::from(rate) / stft.fft_size() as f64;
    let bin = |hz: f64| ((hz / bin_hz).round() as usize).min(stft.bins());
    let mut of_band: Vec<Vec<Vec<f32>>> = vec![Vec::new(); bands.len()];
    for channel in waveform.channels() {
        let spectrogram = stft.transform(channel);
        let lower = &bands[..bands.len().saturating_sub(1)];
        let mut parts: Vec<Vec<f32>> = lower
            .par_iter()
            .map(|[low, high]| {
                let mut part = spectrogram.clone();
                for row in part.values.chunks_exact_mut(stft.bins()) {
                    row[..bin(*low)].fill(Default::default());
                    row[bin(*high)..].fill(Default::default());
                }
                stft.restore(part, channel.len())
            })
            .collect();
        let mut rest = channel.clone();
        for part in &parts {
            for (x, y) in rest.iter_mut().zip(part) {
                *x -= y;
            }
        }
        parts.push(rest);
        for (band, part) in of_band.iter_mut().zip(parts) {
            band.push(part);
        }
    }
    of_band
        .into_iter()
        .map(|channels| Ok(Waveform::new(channels, rate)?))
        .collect()
}
