//! The four stems of a song as they are without any cue. Nothing here knows a class.
//!
//! So that nothing here resembles a cue: no note lasts longer than a second, no part is faster than eighths, no
//! filter moves, no vibrato exceeds a quarter of a semitone, nothing beats.

use super::dice::Dice;
use super::score::Score;
use super::synth::drums::Kit;
use super::synth::keys::{FmKeys, Organ, Pad};
use super::synth::oscillator::midi_to_hz;
use super::synth::string::PluckedString;
use super::synth::subtractive::Bass;
use super::synth::track::Track;
use super::synth::voice::{Singer, Syllable, Vowel};
use super::synth::{RATE, samples};

/// The longest note of a part that no cue plays, in seconds.
const LONGEST_NOTE_S: f32 = 0.95;

/// A singer for the whole song; the same one sings the cues.
pub(super) fn draw_singer(dice: &mut Dice) -> Singer {
    Singer {
        tract: dice.uniform(0.95, 1.2),
        vibrato_hz: dice.uniform(5.2, 6.2),
        vibrato_semitones: dice.uniform(0.05, 0.2),
        vibrato_delay_s: dice.uniform(0.15, 0.3),
        breath: dice.uniform(0.02, 0.08),
        ring: 1.0,
    }
}

/// The melody, sung on the syllables of the refrain.
pub(super) fn vocals(
    score: &Score,
    refrain: &[String],
    singer: &Singer,
    len: usize,
    dice: &mut Dice,
) -> Track {
    let text = syllables_of(refrain);
    let mut words = text.iter().cycle().skip(dice.index(text.len().max(1)));
    let mut sung: Vec<Syllable> = Vec::new();
    for note in &score.melody {
        let Some(&(vowel, hiss)) = words.next() else {
            break;
        };
        let start = score.at_beat(0.5 * note.eighth as f32);
        let sounding = 0.5 * note.eighths as f32 * score.beat() * 0.94;
        let note_len = (sounding as usize).min(samples(LONGEST_NOTE_S));
        let end = start + note_len as isize;
        if end <= 800 || start >= len as isize {
            continue;
        }
        let start = start.max(0).unsigned_abs();
        sung.push(Syllable {
            start,
            len: end.unsigned_abs() - start,
            midi: note.midi as f32,
            vowel,
            hiss,
        });
    }
    let mut track = Track::silent(len);
    track.add(&singer.sing(&sung, len, &mut dice.noise()), 0, 1.0, 0.0);
    track
}

/// One vowel per group of vowel letters, and whether its word hisses at the start.
fn syllables_of(lines: &[String]) -> Vec<(Vowel, bool)> {
    let mut syllables = Vec::new();
    for word in lines.iter().flat_map(|line| line.split_whitespace()) {
        let word = word.to_lowercase();
        let mut hiss = word.starts_with(['s', 'c', 'f', 't']);
        let mut inside = false;
        for (at, letter) in word.char_indices() {
            let vowel = match letter {
                'a' => Some(Vowel::A),
                'e' => Some(Vowel::E),
                'i' => Some(Vowel::I),
                'y' if at > 0 => Some(Vowel::I),
                'o' => Some(Vowel::O),
                'u' => Some(Vowel::U),
                _ => None,
            };
            // A final e is mute after the first syllable.
            let mute = letter == 'e' && at + 1 == word.trim_end_matches([',', '.']).len() && at > 2;
            if let (Some(vowel), false, false) = (vowel, inside, mute) {
                syllables.push((vowel, hiss));
                hiss = false;
            }
            inside = vowel.is_some();
        }
    }
    syllables
}

/// Kick steps, snare steps and hat steps of a bar, in eighths.
type Beat = (&'static [usize], &'static [usize], &'static [usize]);

const BEATS: [Beat; 8] = [
    (&[0, 4], &[2, 6], &[0, 1, 2, 3, 4, 5, 6, 7]),
    (&[0, 3, 4], &[2, 6], &[0, 2, 4, 6]),
    (&[0, 5], &[2, 6], &[0, 1, 2, 3, 4, 5, 6, 7]),
    (&[0, 2, 4, 6], &[2, 6], &[1, 3, 5, 7]),
    (&[0, 3], &[4], &[0, 2, 4, 6]),
    (&[0, 4, 7], &[2, 6], &[1, 3, 5, 7]),
    (&[0, 1, 4], &[2, 6], &[0, 2, 3, 4, 6, 7]),
    (&[0], &[4], &[0, 1, 2, 3, 4, 5, 6, 7]),
];

/// A steady beat with small fills.
pub(super) fn drums(score: &Score, kit: &Kit, len: usize, dice: &mut Dice) -> Track {
    let mut track = Track::silent(len);
    let (kicks, snares, hats) = *dice.pick(&BEATS);
    let swing = if dice.chance(0.3) {
        dice.uniform(0.0, 0.12)
    } else {
        0.0
    };
    let (kick_gain, snare_gain) = (dice.uniform(0.9, 1.1), dice.uniform(0.6, 0.9));
    let hat_gain = dice.uniform(0.5, 1.0);
    let fill_every = 2 + dice.index(3);
    for bar in 0..score.bars {
        let fills = bar % fill_every == fill_every - 1 && dice.chance(0.6);
        for eighth in 0..8 {
            let late = if eighth % 2 == 1 { swing } else { 0.0 };
            let at = score.at_beat(4.0 * bar as f32 + 0.5 * eighth as f32 + late);
            let loud = dice.uniform(0.85, 1.0);
            if fills && eighth >= 6 {
                track.add(
                    &kit.toms[2 - (eighth - 6)],
                    at,
                    0.7 * loud,
                    0.3 - 0.3 * (eighth - 6) as f32,
                );
                continue;
            }
            if kicks.contains(&eighth) {
                track.add(&kit.kick, at, kick_gain * loud, 0.0);
            }
            if snares.contains(&eighth) {
                track.add(&kit.snare, at, snare_gain * loud, 0.0);
            }
            if hats.contains(&eighth) {
                let open = eighth == 7 && dice.chance(0.25);
                let hat = if open { &kit.open_hat } else { &kit.hat };
                track.add(hat, at, hat_gain * loud, kit.hat_pan);
            }
        }
    }
    track
}

/// Note starts and lengths of a bass bar, in beats, and the chord step of each note.
type BassLine = &'static [(f32, f32, i32)];

const BASS_LINES: [BassLine; 7] = [
    &[(0.0, 1.8, 0), (2.0, 1.8, 0)],
    &[(0.0, 1.4, 0), (1.5, 0.5, 0), (2.0, 1.8, 4)],
    &[(0.0, 0.9, 0), (1.0, 0.9, 2), (2.0, 0.9, 4), (3.0, 0.9, 2)],
    &[(0.0, 0.9, 0), (1.0, 0.9, 0), (2.0, 0.9, 0), (3.0, 0.9, 0)],
    &[(0.0, 1.4, 0), (1.5, 1.4, 0), (3.0, 0.9, 4)],
    &[(0.0, 0.7, 0), (2.0, 0.7, 0), (3.5, 0.4, 4)],
    &[(0.0, 1.8, 0), (2.0, 0.9, 4), (3.0, 0.9, 2)],
];

/// A round bass on the roots.
pub(super) fn bass(score: &Score, len: usize, dice: &mut Dice) -> Track {
    let mut track = Track::silent(len);
    let patch = Bass {
        cutoff_hz: dice.uniform(180.0, 450.0),
        q: dice.uniform(0.6, 1.1),
        sub: dice.uniform(0.0, 0.7),
        decay_s: dice.uniform(1.2, 4.0),
    };
    let line = *dice.pick(&BASS_LINES);
    let resting = dice.index(16);
    for bar in 0..score.bars {
        if bar == resting {
            continue;
        }
        let root = score.root_note(bar, 31);
        for &(beat, beats, step) in line {
            let midi = root + score.degree(score.root(bar) + step) - score.degree(score.root(bar));
            let note_len = ((beats * score.beat()) as usize).min(samples(LONGEST_NOTE_S));
            let note = patch.note(midi_to_hz(midi as f32), note_len);
            track.add(
                &note,
                score.at_beat(4.0 * bar as f32 + beat),
                dice.uniform(0.85, 1.0),
                0.0,
            );
        }
    }
    track
}

/// What plays the chords.
enum Patch {
    Pluck(PluckedString),
    Fm(FmKeys),
    Organ(Organ),
    Pad(Pad),
}

impl Patch {
    fn draw(dice: &mut Dice) -> Self {
        match dice.index(4) {
            0 => Self::Pluck(PluckedString {
                brightness: dice.uniform(0.15, 0.4),
                ring_s: dice.uniform(0.8, 2.0),
                position: dice.uniform(0.2, 0.45),
            }),
            1 => Self::Fm(FmKeys {
                ratio: *dice.pick(&[1.0, 2.0, 3.0, 3.5]),
                index: dice.uniform(0.1, 0.3),
                index_decay_s: dice.uniform(0.2, 0.8),
                decay_s: dice.uniform(1.0, 2.5),
            }),
            2 => Self::Organ(Organ {
                drawbars: [
                    0.5,
                    dice.uniform(0.1, 0.4),
                    dice.uniform(0.0, 0.25),
                    dice.uniform(0.0, 0.1),
                ],
            }),
            _ => Self::Pad(Pad {
                cutoff_hz: dice.uniform(500.0, 1_000.0),
                attack_s: dice.uniform(0.06, 0.15),
            }),
        }
    }

    fn note(&self, midi: i32, len: usize, dice: &mut Dice) -> Vec<f32> {
        let hz = midi_to_hz(midi as f32);
        match self {
            Self::Pluck(string) => string.note(hz, len, &mut dice.noise()),
            Self::Fm(keys) => keys.note(hz, len),
            Self::Organ(organ) => organ.note(hz, len),
            Self::Pad(pad) => pad.note(hz, len, dice.uniform(0.0, 1.0)),
        }
    }
}

/// Chord tones one after the other, in eighths; `None` rests.
const ARPEGGIOS: [[Option<usize>; 8]; 4] = [
    [
        Some(0),
        Some(1),
        Some(2),
        Some(3),
        Some(2),
        Some(1),
        Some(2),
        Some(1),
    ],
    [
        Some(0),
        None,
        Some(2),
        Some(1),
        Some(3),
        None,
        Some(2),
        None,
    ],
    [
        Some(0),
        Some(2),
        Some(1),
        Some(2),
        Some(0),
        Some(2),
        Some(1),
        Some(2),
    ],
    [
        Some(3),
        None,
        Some(2),
        None,
        Some(1),
        None,
        Some(2),
        Some(1),
    ],
];

/// Beats on which whole chords are struck.
const COMPS: [&[f32]; 5] = [
    &[0.0, 2.0],
    &[1.0, 3.0],
    &[0.0, 1.5, 3.0],
    &[0.0, 1.0, 2.0, 3.0],
    &[0.0, 1.5, 2.5],
];

/// Chords: broken or struck, on one of four instruments.
pub(super) fn other(score: &Score, len: usize, dice: &mut Dice) -> Track {
    let mut track = Track::silent(len);
    let patch = Patch::draw(dice);
    let low = 64 + dice.index(4) as i32;
    let broken = matches!(patch, Patch::Pluck(_) | Patch::Fm(_)) && dice.chance(0.6);
    let (arpeggio, comp) = (*dice.pick(&ARPEGGIOS), *dice.pick(&COMPS));
    let (pan, width) = (dice.uniform(-0.5, 0.5), dice.uniform(0.1, 0.35));
    for bar in 0..score.bars {
        let [a, b, c] = score.triad(bar, low);
        let tones = [a, b, c, a + 12];
        if broken {
            for (eighth, tone) in arpeggio.iter().enumerate() {
                let Some(tone) = *tone else { continue };
                let note = patch.note(tones[tone], samples(0.6), dice);
                let at = score.at_beat(4.0 * bar as f32 + 0.5 * eighth as f32);
                let side = if eighth % 2 == 0 { -width } else { width };
                track.add(&note, at, dice.uniform(0.8, 1.0), pan + side);
            }
            continue;
        }
        for (i, &beat) in comp.iter().enumerate() {
            let until = comp.get(i + 1).copied().unwrap_or(4.0);
            let seconds = (0.92 * (until - beat) * score.beat() / RATE).min(LONGEST_NOTE_S);
            for (k, &tone) in tones[..3].iter().enumerate() {
                let note = patch.note(tone, samples(seconds), dice);
                // A strum of 12 ms from string to string.
                let at = score.at_beat(4.0 * bar as f32 + beat) + (k * samples(0.012)) as isize;
                track.add(&note, at, 0.6, pan + width * (k as f32 - 1.0));
            }
        }
    }
    track
}
