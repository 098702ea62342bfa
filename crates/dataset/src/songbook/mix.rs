//! Levels, the cues' places in the stems, and the 16-bit grid.

use super::cues::AudioCue;
use super::synth::samples;
use super::synth::track::Track;
use std::ops::Range;

/// Samples per channel of every song: 10.24 s.
pub const SONG_SAMPLES: usize = 163_840;

/// The stems in component order.
pub const STEM_NAMES: [&str; 4] = ["vocals", "drums", "bass", "other"];

/// RMS of a stem while it plays, before its random level.
const NOMINAL_RMS: f32 = 0.05;

/// The largest sample of each stem. They sum to less than 1, so a mixture never clips, and each is fixed, so no
/// stem's level depends on what another plays.
const CEILINGS: [f32; 4] = [0.24, 0.31, 0.21, 0.22];

/// Brings a stem to the nominal level plus `level_db`, measured where it plays; silence stays silence.
pub(super) fn level(track: &mut Track, level_db: f32) {
    // 64 ms: about a note.
    const WINDOW: usize = 1_024;
    let powers: Vec<f32> = (0..SONG_SAMPLES / WINDOW)
        .map(|w| track.power(w * WINDOW..(w + 1) * WINDOW))
        .collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    // Windows within 30 dB of the loudest count as playing.
    let playing: Vec<f32> = powers.into_iter().filter(|p| *p > 1e-3 * loudest).collect();
    if loudest > 0.0 {
        let rms = (playing.iter().sum::<f32>() / playing.len() as f32).sqrt();
        track.scale(NOMINAL_RMS * decibels(level_db) / rms);
    }
}

/// The level of a cue that replaces `range` of its stem: the stem's own (`level_db`), kept near the mean of the other
/// stems there.
pub(super) fn cue_rms(
    stems: &[Track; 4],
    cue: AudioCue,
    level_db: f32,
    range: Range<usize>,
) -> f32 {
    let stem = cue.stem();
    let (low_db, high_db) = cue.level_range_db();
    let others: f32 = (0..4)
        .filter(|&s| s != stem)
        .map(|s| stems[s].power(range.clone()))
        .sum();
    let mean = (others / 3.0).sqrt().max(0.6 * NOMINAL_RMS);
    (NOMINAL_RMS * decibels(level_db)).clamp(mean * decibels(low_db), mean * decibels(high_db))
}

/// Replaces what `stem` plays from `start` on by `cue`, brought to `rms`; the joints fade within the stretch.
pub(super) fn replace(stem: &mut Track, start: usize, cue: &mut Track, rms: f32) {
    let len = cue.channels[0].len();
    let own = cue.power(0..len).sqrt();
    if own > 0.0 {
        cue.scale(rms / own);
    }
    let joint = samples(0.01);
    for (channel, cue) in stem.channels.iter_mut().zip(&cue.channels) {
        for (i, (x, y)) in channel[start..start + len].iter_mut().zip(cue).enumerate() {
            let away = i.min(len - 1 - i);
            let keep = if away < joint {
                1.0 - away as f32 / joint as f32
            } else {
                0.0
            };
            *x = *x * keep + y;
        }
    }
}

/// Bends a stem's peaks below its ceiling and rounds it to 16 bits, so that a file holds the same samples.
pub(super) fn finish(track: &mut Track, stem: usize) {
    let ceiling = CEILINGS[stem];
    let knee = 0.6 * ceiling;
    for x in track.channels.iter_mut().flatten() {
        let over = x.abs() - knee;
        if over > 0.0 {
            let room = ceiling - knee;
            *x = (knee + room * over / (over + room)).copysign(*x);
        }
        *x = (*x * 32_768.0).round() / 32_768.0;
    }
}

/// A level difference as a factor.
fn decibels(db: f32) -> f32 {
    10.0_f32.powf(db / 20.0)
}
