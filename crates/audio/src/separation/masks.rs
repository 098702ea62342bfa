use super::median::{median_along_rows, transposed};
use crate::stft::Spectrogram;

/// Root mean square magnitude over the channels.
///
/// # Shapes
/// Channels of `[frames, bins]` to `[frames, bins]`.
fn magnitude(channels: &[Spectrogram]) -> Vec<f32> {
    let scale = 1.0 / channels.len() as f32;
    let mut power: Vec<f32> = channels[0].values.iter().map(|x| x.norm_sqr()).collect();
    for channel in &channels[1..] {
        for (p, x) in power.iter_mut().zip(&channel.values) {
            *p += x.norm_sqr();
        }
    }
    power.iter().map(|p| (p * scale).sqrt()).collect()
}

/// How much of each cell is sustained rather than struck, 0 to 1.
///
/// `frame_radius` and `bin_radius` are half the median windows; `percussive_margin` above 1 asks more of a cell before
/// it counts as sustained.
///
/// # Shapes
/// Channels of `[frames, bins]` to `[frames, bins]`.
///
/// # Source
/// Fitzgerald, DAFx 2010 (medians, Wiener-like mask); the margin is Driedger, Mueller and Disch, ISMIR 2014, kept soft.
pub(super) fn sustained(
    channels: &[Spectrogram],
    frame_radius: usize,
    bin_radius: usize,
    percussive_margin: f32,
) -> Vec<f32> {
    let (frames, bins) = (channels[0].frames, channels[0].bins);
    let magnitude = magnitude(channels);
    let percussive = median_along_rows(&magnitude, bins, bin_radius);
    let harmonic = transposed(
        &median_along_rows(&transposed(&magnitude, frames, bins), frames, frame_radius),
        bins,
        frames,
    );
    harmonic
        .iter()
        .zip(&percussive)
        .map(|(h, p)| {
            let (h, p) = (h * h, p * p * percussive_margin * percussive_margin);
            // Where both are 0 there is nothing to share out.
            if h + p > f32::MIN_POSITIVE {
                h / (h + p)
            } else {
                0.0
            }
        })
        .collect()
}

/// How much of each cell is steady, 0 to 1: the part that its median over time explains, against what rises above it.
///
/// For low frequencies, where bins are too wide apart for a median over frequency to see a stroke.
///
/// # Shapes
/// Channels of `[frames, bins]` to `[frames, bins]`.
pub(super) fn steady(channels: &[Spectrogram], frame_radius: usize) -> Vec<f32> {
    let (frames, bins) = (channels[0].frames, channels[0].bins);
    let magnitude = magnitude(channels);
    let median = transposed(
        &median_along_rows(&transposed(&magnitude, frames, bins), frames, frame_radius),
        bins,
        frames,
    );
    median
        .iter()
        .zip(&magnitude)
        .map(|(h, x)| {
            let rise = (x - h).max(0.0);
            let (h, rise) = (h * h, rise * rise);
            if h + rise > f32::MIN_POSITIVE {
                h / (h + rise)
            } else {
                0.0
            }
        })
        .collect()
}

/// How far each cell lies in the middle between left and right, 0 to 1: the similarity of the two channels, smoothed
/// over three frames and raised to `sharpness`. One channel, or more than two, has no middle: 1 everywhere.
///
/// # Shapes
/// Channels of `[frames, bins]` to `[frames, bins]`.
///
/// # Source
/// The similarity measure of Avendano and Jot, JAES 2004, with its phase (opposite phases are not the middle).
pub(super) fn centred(channels: &[Spectrogram], sharpness: f32) -> Vec<f32> {
    let (frames, bins) = (channels[0].frames, channels[0].bins);
    let [left, right] = channels else {
        return vec![1.0; frames * bins];
    };
    let cross: Vec<f32> = left
        .values
        .iter()
        .zip(&right.values)
        .map(|(l, r)| l.re * r.re + l.im * r.im)
        .collect();
    let power: Vec<f32> = left
        .values
        .iter()
        .zip(&right.values)
        .map(|(l, r)| l.norm_sqr() + r.norm_sqr())
        .collect();
    let mut out = vec![0.0; frames * bins];
    for t in 0..frames {
        let near = t.saturating_sub(1)..(t + 2).min(frames);
        for k in 0..bins {
            let (mut c, mut p) = (0.0, f32::MIN_POSITIVE);
            for s in near.clone() {
                c += cross[s * bins + k];
                p += power[s * bins + k];
            }
            out[t * bins + k] = (2.0 * c / p).clamp(0.0, 1.0).powf(sharpness);
        }
    }
    out
}

/// A smooth step from 0 to 1 over the octave around `edge_hz`, one value a bin.
pub(super) fn above(edge_hz: f32, bins: usize, bin_width_hz: f32) -> Vec<f32> {
    (0..bins)
        .map(|k| {
            let ratio = (k as f32 * bin_width_hz / edge_hz).powi(4);
            ratio / (1.0 + ratio)
        })
        .collect()
}
