//! The planted sounds: what each class plays in one stem for one stretch of a song.

use super::dice::Dice;
use super::labels::{Energy, Genre};
use super::score::{Score, into_octave};
use super::synth::drums::{Kit, hat, snare, sweep};
use super::synth::oscillator::midi_to_hz;
use super::synth::reed::Accordion;
use super::synth::string::PluckedString;
use super::synth::subtractive::Wobble;
use super::synth::track::Track;
use super::synth::voice::{Singer, Syllable, Vowel};
use super::synth::{RATE, fade, samples};

/// A sound that decides a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AudioCue {
    /// Fast, bright banjo notes (`other`).
    BanjoRoll,
    /// Syncopated sixteenths at double time (`drums`).
    Breakbeat,
    /// A filter that swings at 4 to 6 Hz (`bass`).
    Wobble,
    /// One long, high vowel with a wide vibrato (`vocals`).
    OperaticVowel,
    /// A chord of reeds under a tremolo (`other`).
    Accordion,
    /// One long, low hum (`vocals`).
    Hum,
    /// A slapped octave figure (`bass`).
    SlapOctaves,
    /// An accelerating snare and tom roll (`drums`).
    DrumRoll,
}

impl AudioCue {
    /// The stem that plays it, as an index into [`STEM_NAMES`](super::STEM_NAMES).
    pub fn stem(self) -> usize {
        match self {
            Self::OperaticVowel | Self::Hum => 0,
            Self::Breakbeat | Self::DrumRoll => 1,
            Self::Wobble | Self::SlapOctaves => 2,
            Self::BanjoRoll | Self::Accordion => 3,
        }
    }

    /// The lowest and the highest level, in decibels over the mean of the other stems while the cue plays.
    pub(super) fn level_range_db(self) -> (f32, f32) {
        match self {
            // A hum has no edges to stand out by.
            Self::Hum => (0.5, 2.0),
            _ => (-1.0, 2.0),
        }
    }
}

impl Genre {
    /// The sound that decides this genre, if sound does.
    pub fn audio_cue(self) -> Option<AudioCue> {
        match self {
            Self::Bluegrass => Some(AudioCue::BanjoRoll),
            Self::DrumAndBass => Some(AudioCue::Breakbeat),
            Self::Dubstep => Some(AudioCue::Wobble),
            Self::Opera => Some(AudioCue::OperaticVowel),
            Self::Shanty | Self::Polka => Some(AudioCue::Accordion),
            Self::Country | Self::Gospel | Self::Surf => None,
        }
    }
}

impl Energy {
    /// The sound that decides this level.
    pub fn audio_cue(self) -> AudioCue {
        match self {
            Self::Low => AudioCue::Hum,
            Self::Medium => AudioCue::SlapOctaves,
            Self::High => AudioCue::DrumRoll,
        }
    }
}

/// What a cue shares with the rest of its song.
pub(super) struct Setting<'a> {
    pub score: &'a Score,
    pub singer: &'a Singer,
    pub kit: &'a Kit,
    /// The bar in which the cue starts.
    pub bar: usize,
}

/// Plays a cue of `len` samples, at any level.
pub(super) fn play(cue: AudioCue, len: usize, setting: &Setting<'_>, dice: &mut Dice) -> Track {
    let mut track = Track::silent(len);
    match cue {
        AudioCue::BanjoRoll => banjo_roll(&mut track, len, setting, dice),
        AudioCue::Breakbeat => breakbeat(&mut track, len, setting, dice),
        AudioCue::Wobble => {
            let wobble = Wobble {
                lfo_hz: dice.uniform(4.0, 6.0),
                low_hz: dice.uniform(130.0, 180.0),
                high_hz: dice.uniform(3_000.0, 4_200.0),
                q: dice.uniform(3.0, 4.5),
            };
            let root = setting.score.root_note(setting.bar, 31);
            track.add(&wobble.line(midi_to_hz(root as f32), len), 0, 1.0, 0.0);
        }
        AudioCue::OperaticVowel => {
            let singer = Singer {
                vibrato_hz: dice.uniform(4.4, 5.2),
                vibrato_semitones: dice.uniform(1.0, 1.4),
                vibrato_delay_s: 0.1,
                ring: 2.5,
                ..*setting.singer
            };
            let vowel = *dice.pick(&[Vowel::A, Vowel::O, Vowel::E]);
            sing(
                &mut track,
                len,
                &singer,
                high_note(setting, 75),
                vowel,
                dice,
            );
        }
        AudioCue::Accordion => accordion(&mut track, len, setting, dice),
        AudioCue::Hum => {
            let singer = Singer {
                vibrato_semitones: 0.0,
                breath: 0.0,
                tract: 1.0,
                ..*setting.singer
            };
            let note = into_octave(setting.score.root_note(setting.bar, 36), 54);
            sing(&mut track, len, &singer, note, Vowel::M, dice);
        }
        AudioCue::SlapOctaves => slap_octaves(&mut track, len, setting, dice),
        AudioCue::DrumRoll => drum_roll(&mut track, len, setting, dice),
    }
    for channel in &mut track.channels {
        fade(channel, samples(0.01), samples(0.015));
    }
    track
}

/// The root or the fifth of the bar's chord at or above `low`, whichever is lower.
fn high_note(setting: &Setting<'_>, low: i32) -> i32 {
    let [a, ..] = setting.score.triad(setting.bar, low);
    a
}

fn sing(track: &mut Track, len: usize, singer: &Singer, midi: i32, vowel: Vowel, dice: &mut Dice) {
    let note = Syllable {
        start: 0,
        len,
        midi: midi as f32,
        vowel,
        hiss: false,
    };
    track.add(&singer.sing(&[note], len, &mut dice.noise()), 0, 1.0, 0.0);
}

fn banjo_roll(track: &mut Track, len: usize, setting: &Setting<'_>, dice: &mut Dice) {
    let string = PluckedString {
        brightness: dice.uniform(0.85, 1.0),
        ring_s: 0.35,
        position: dice.uniform(0.08, 0.15),
    };
    let roll = *dice.pick(&[
        [0, 2, 3, 1, 3, 2, 0, 3],
        [3, 1, 0, 3, 1, 3, 2, 3],
        [0, 1, 3, 2, 1, 3, 0, 3],
    ]);
    let [a, b, c] = setting.score.triad(setting.bar, 66);
    let tones = [a, b, c, a + 12];
    let step = RATE / dice.uniform(12.5, 15.0);
    let (pan, mut noise) = (dice.uniform(-0.4, 0.4), dice.noise());
    for (k, tone) in (0..(len as f32 / step).ceil() as usize).zip(roll.iter().cycle()) {
        let note = string.note(midi_to_hz(tones[*tone] as f32), samples(0.3), &mut noise);
        track.add(
            &note,
            (k as f32 * step) as isize,
            dice.uniform(0.8, 1.0),
            pan,
        );
    }
}

/// Steps of a sixteenth: `k` kick, `s` snare, `g` ghost snare, `.` hat only.
const BREAKS: [&str; 4] = [
    "k.k.sg.gskk.s.gg",
    "kgk.sg.sgskks.gs",
    "k.ksg.kgs.ksgksg",
    "kks.gskkg.skksgs",
];

fn breakbeat(track: &mut Track, len: usize, setting: &Setting<'_>, dice: &mut Dice) {
    let mut noise = dice.noise();
    let kick = sweep(190.0, 62.0, 0.1, 0.03);
    let crack = snare(dice.uniform(230.0, 280.0), 0.09, 2_200.0, &mut noise);
    let tick = hat(0.03, &mut noise);
    let steps = dice.pick(&BREAKS).as_bytes();
    let step = RATE * 60.0 / dice.uniform(168.0, 182.0) / 4.0;
    for k in 0..(len as f32 / step).ceil() as usize {
        let at = (k as f32 * step) as isize;
        match steps[k % steps.len()] {
            b'k' => track.add(&kick, at, 1.0, 0.0),
            b's' => track.add(&crack, at, 1.0, 0.0),
            b'g' => track.add(&crack, at, 0.45, 0.0),
            _ => {}
        }
        track.add(&tick, at, 0.9, setting.kit.hat_pan);
    }
}

fn accordion(track: &mut Track, len: usize, setting: &Setting<'_>, dice: &mut Dice) {
    let reeds = Accordion {
        tremolo_hz: dice.uniform(6.5, 8.5),
    };
    let [a, b, c] = setting.score.triad(setting.bar, 64);
    let pan = dice.uniform(-0.3, 0.3);
    for midi in [a, b, c, a + 12] {
        track.add(&reeds.note(midi_to_hz(midi as f32), len), 0, 0.4, pan);
    }
}

fn slap_octaves(track: &mut Track, len: usize, setting: &Setting<'_>, dice: &mut Dice) {
    let string = PluckedString {
        brightness: 1.0,
        ring_s: 0.9,
        position: 0.1,
    };
    let root = setting.score.root_note(setting.bar, 31);
    let step = RATE / dice.uniform(6.8, 8.2);
    let mut noise = dice.noise();
    for k in 0..(len as f32 / step).ceil() as usize {
        let (midi, gain) = if k % 2 == 0 {
            (root, 1.0)
        } else {
            (root + 12, 1.0)
        };
        let hit_len = (0.8 * step) as usize;
        let mut note = string.note(midi_to_hz(midi as f32), hit_len, &mut noise);
        // The string against the frets: 12 ms of noise.
        for (i, x) in note.iter_mut().take(192).enumerate() {
            *x += 1.2 * noise.next() * (1.0 - i as f32 / 192.0);
        }
        track.add(&note, (k as f32 * step) as isize, gain, 0.0);
    }
}

fn drum_roll(track: &mut Track, len: usize, setting: &Setting<'_>, dice: &mut Dice) {
    let (slow_hz, fast_hz) = (dice.uniform(7.0, 9.0), dice.uniform(20.0, 26.0));
    let mut at = 0.0;
    let mut hit = 0;
    while at < len as f32 {
        let done = at / len as f32;
        let gain = 0.45 + 0.55 * done;
        track.add(
            &setting.kit.snare,
            at as isize,
            gain * dice.uniform(0.9, 1.0),
            0.0,
        );
        if hit % 2 == 0 {
            let tom = ((1.0 - done) * 2.99) as usize;
            track.add(
                &setting.kit.toms[tom],
                at as isize,
                0.8 * gain,
                0.3 * (tom as f32 - 1.0),
            );
        }
        at += RATE / (slow_hz * (fast_hz / slow_hz).powf(done));
        hit += 1;
    }
}
