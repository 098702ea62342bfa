//! Cutting time: every segmentation covers all samples, in order, without overlap.

use crate::onsets::Onset;
use std::ops::Range;

/// A segment that is shorter than this is joined to its neighbour: five steps of a model's frames.
pub const MIN_SEGMENT_S: f64 = 0.05;

/// Segments of `seconds` each; a rest of less than half of that goes to the last one.
///
/// # Panics
/// If `seconds` is not above 0.
pub fn every(seconds: f64, len: usize, sample_rate_hz: u32) -> Vec<Range<usize>> {
    assert!(seconds > 0.0, "a length above 0");
    let step = seconds * f64::from(sample_rate_hz);
    let count = ((len as f64 / step).round() as usize).max(1);
    let cuts = (1..count).map(|i| (i as f64 * step).round() as usize);
    between(cuts, len)
}

/// Segments from beat to beat. As many beats as needed are joined for at most `most` segments; what lies before the
/// first beat and after the last belongs to the first and the last segment.
pub fn on_beats(
    beats_s: &[f64],
    most: usize,
    len: usize,
    sample_rate_hz: u32,
) -> Vec<Range<usize>> {
    let inner: Vec<usize> = cuts(beats_s.iter().copied(), len, sample_rate_hz);
    // n beats bound n - 1 intervals; the first and the last beat are no cuts.
    let intervals = inner.len().saturating_sub(1).max(1);
    let joined = intervals.div_ceil(most.max(1));
    let last = inner.len().saturating_sub(1);
    between(
        inner[..last].iter().copied().skip(joined).step_by(joined),
        len,
    )
}

/// Segments from onset to onset, cut at the strongest ones, for at most `most` segments of at least `gap_s`.
pub fn on_onsets(
    onsets: &[Onset],
    most: usize,
    gap_s: f64,
    len: usize,
    sample_rate_hz: u32,
) -> Vec<Range<usize>> {
    let end_s = len as f64 / f64::from(sample_rate_hz);
    let mut strongest: Vec<&Onset> = onsets.iter().collect();
    strongest.sort_by(|a, b| {
        b.strength
            .total_cmp(&a.strength)
            .then(a.time_s.total_cmp(&b.time_s))
    });
    let mut taken: Vec<f64> = Vec::new();
    for onset in strongest {
        if taken.len() + 1 >= most {
            break;
        }
        let t = onset.time_s;
        if t >= gap_s && end_s - t >= gap_s && taken.iter().all(|x| (x - t).abs() >= gap_s) {
            taken.push(t);
        }
    }
    taken.sort_by(f64::total_cmp);
    between(
        cuts(taken.into_iter(), len, sample_rate_hz).into_iter(),
        len,
    )
}

/// Times as samples within the recording, at least [`MIN_SEGMENT_S`] from each other and from both ends.
fn cuts(times_s: impl Iterator<Item = f64>, len: usize, sample_rate_hz: u32) -> Vec<usize> {
    let rate = f64::from(sample_rate_hz);
    let least = (MIN_SEGMENT_S * rate).ceil() as usize;
    let mut list: Vec<usize> = Vec::new();
    for time in times_s {
        let at = (time * rate).round().max(0.0) as usize;
        if at >= list.last().copied().unwrap_or(0) + least && at + least <= len {
            list.push(at);
        }
    }
    list
}

/// The stretches between ascending cuts.
fn between(cuts: impl Iterator<Item = usize>, len: usize) -> Vec<Range<usize>> {
    let mut list = Vec::new();
    let mut at = 0;
    for cut in cuts.chain(std::iter::once(len)) {
        if cut > at {
            list.push(at..cut);
            at = cut;
        }
    }
    list
}
