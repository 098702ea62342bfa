//! Instruments: each renders one note, one hit or one line as mono samples at [`SAMPLE_RATE_HZ`].

pub(super) mod drums;
pub(super) mod filter;
pub(super) mod keys;
pub(super) mod oscillator;
pub(super) mod reed;
pub(super) mod string;
pub(super) mod subtractive;
pub(super) mod track;
pub(super) mod voice;

/// The rate of everything in the songbook.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// [`SAMPLE_RATE_HZ`] for arithmetic.
pub(super) const RATE: f32 = SAMPLE_RATE_HZ as f32;

/// Seconds to samples.
pub(super) fn samples(seconds: f32) -> usize {
    (seconds * RATE).round().max(0.0) as usize
}

/// The factor per sample of an exponential decay that falls by 60 dB in `seconds`.
pub(super) fn decay_60db(seconds: f32) -> f32 {
    (-6.907_755 / (seconds * RATE)).exp()
}

/// Straight fades over the first and the last samples of a note, against clicks.
pub(super) fn fade(note: &mut [f32], in_samples: usize, out_samples: usize) {
    let len = note.len();
    let (fade_in, fade_out) = (in_samples.min(len / 2), out_samples.min(len / 2));
    for (i, x) in note[..fade_in].iter_mut().enumerate() {
        *x *= i as f32 / fade_in as f32;
    }
    for (i, x) in note[len - fade_out..].iter_mut().rev().enumerate() {
        *x *= i as f32 / fade_out as f32;
    }
}
