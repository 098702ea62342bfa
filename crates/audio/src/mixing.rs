//! Sums of stems with some of them switched off in some segments.

use musiclime_core::{Stems, Waveform};
use std::ops::Range;

/// How a gain changes at the edge of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fade {
    /// At once: what a model gets.
    Hard,
    /// Along a raised cosine of this many milliseconds, centred on the edge: what a person hears.
    RaisedCosine {
        /// Length of the fade.
        duration_ms: f32,
    },
}

/// The sum of what `keep` leaves on, with raised-cosine fades at every change of a gain; for listening only.
///
/// # Shapes
/// `keep`: `[segments * stems]`, segment-major. What no segment covers is silent.
///
/// # Panics
/// If `keep` has another length.
pub fn masked_mix(
    stems: &Stems,
    keep: &[bool],
    segments: &[Range<usize>],
    fade_ms: f32,
) -> Waveform {
    keep_segments(
        stems,
        keep,
        segments,
        Fade::RaisedCosine {
            duration_ms: fade_ms,
        },
    )
}

/// The sum of what `keep` leaves on, cut hard at the edges of the segments.
///
/// # Shapes
/// `keep`: `[segments * stems]`, segment-major. What no segment covers is silent.
///
/// # Panics
/// If `keep` has another length.
pub fn hard_mix(stems: &Stems, keep: &[bool], segments: &[Range<usize>]) -> Waveform {
    keep_segments(stems, keep, segments, Fade::Hard)
}

/// The sum of what `keep` leaves on, with the given fade.
///
/// # Shapes
/// `keep`: `[segments * stems]`, segment-major; `segments` in order and without overlap, their ends cut to the
/// stems' length. What no segment covers is silent.
///
/// # Panics
/// If `keep` has another length.
pub fn keep_segments(
    stems: &Stems,
    keep: &[bool],
    segments: &[Range<usize>],
    fade: Fade,
) -> Waveform {
    assert_eq!(
        keep.len(),
        segments.len() * stems.len(),
        "keep must be [segments * stems]"
    );
    let first = &stems.waveforms()[0];
    let (len, rate) = (first.len(), first.sample_rate_hz());
    let mut channels = vec![vec![0.0f32; len]; first.channels().len()];
    for (stem, waveform) in stems.waveforms().iter().enumerate() {
        let stretches = stretches(segments, len, |segment| keep[segment * stems.len() + stem]);
        let fade_samples = match fade {
            Fade::Hard => 0,
            Fade::RaisedCosine { duration_ms } => {
                (duration_ms.max(0.0) * 0.001 * rate as f32).round() as usize
            }
        };
        let gain = gain_curve(&stretches, len, fade_samples);
        for (out, channel) in channels.iter_mut().zip(waveform.channels()) {
            for ((y, x), g) in out.iter_mut().zip(channel).zip(&gain) {
                // Adding nothing, not 0 * x, keeps the sum of kept stems exact.
                if *g != 0.0 {
                    *y += if *g == 1.0 { *x } else { x * g };
                }
            }
        }
    }
    for x in channels.iter_mut().flatten() {
        *x = x.clamp(f32::MIN, f32::MAX);
    }
    Waveform::new(channels, rate)
        .unwrap_or_else(|e| unreachable!("made in the shape of a checked waveform: {e}"))
}

/// The whole time line as stretches of constant gain, neighbours always different.
fn stretches(
    segments: &[Range<usize>],
    len: usize,
    on: impl Fn(usize) -> bool,
) -> Vec<(Range<usize>, bool)> {
    let mut list: Vec<(Range<usize>, bool)> = Vec::new();
    let mut push = |range: Range<usize>, on: bool| {
        if range.is_empty() {
            return;
        }
        match list.last_mut() {
            Some((last, last_on)) if *last_on == on => last.end = range.end,
            _ => list.push((range, on)),
        }
    };
    let mut at = 0;
    for (segment, range) in segments.iter().enumerate() {
        let start = range.start.clamp(at, len);
        let end = range.end.clamp(start, len);
        push(at..start, false);
        push(start..end, on(segment));
        at = end;
    }
    push(at..len, false);
    list
}

/// One gain a sample: 0 or 1, with fades of at most `fade_samples` centred on the changes.
fn gain_curve(stretches: &[(Range<usize>, bool)], len: usize, fade_samples: usize) -> Vec<f32> {
    let mut gain = vec![0.0f32; len];
    for (range, on) in stretches {
        if *on {
            gain[range.clone()].fill(1.0);
        }
    }
    for pair in stretches.windows(2) {
        let (before, after) = (&pair[0].0, &pair[1].0);
        // Half a fade on each side, never past the middle of a stretch, so that two fades do not meet.
        let half = (fade_samples / 2)
            .min(before.len() / 2)
            .min(after.len() / 2);
        for n in 0..2 * half {
            let rise =
                0.5 - 0.5 * (std::f32::consts::PI * (n as f32 + 0.5) / (2 * half) as f32).cos();
            gain[before.end - half + n] = if pair[1].1 { rise } else { 1.0 - rise };
        }
    }
    gain
}
