//! Key, tempo, chords and melody of a song: all random, none of it tied to a class.

use super::dice::Dice;
use super::synth::RATE;

/// Semitones of the seven degrees, per mode.
const MODES: [[i32; 7]; 4] = [
    [0, 2, 4, 5, 7, 9, 11], // major
    [0, 2, 3, 5, 7, 8, 10], // minor
    [0, 2, 3, 5, 7, 9, 10], // dorian
    [0, 2, 4, 5, 7, 9, 10], // mixolydian
];

/// Degrees of four chords, one a bar.
const PROGRESSIONS: [[usize; 4]; 9] = [
    [0, 4, 5, 3],
    [0, 3, 4, 3],
    [0, 5, 3, 4],
    [5, 3, 0, 4],
    [0, 3, 0, 4],
    [0, 6, 3, 0],
    [0, 5, 2, 6],
    [0, 2, 3, 4],
    [3, 0, 4, 5],
];

type Rhythm = &'static [(usize, usize)];

/// Note starts and lengths of a sung bar, in eighths. No note is longer than three eighths.
const RHYTHMS: [Rhythm; 8] = [
    &[(0, 2), (2, 2), (4, 2), (6, 2)],
    &[(0, 1), (1, 1), (2, 2), (4, 2), (6, 1)],
    &[(0, 3), (3, 1), (4, 3)],
    &[(1, 1), (2, 1), (3, 1), (4, 2), (6, 2)],
    &[(0, 2), (2, 1), (3, 2), (5, 1), (6, 2)],
    &[(0, 1), (1, 2), (3, 1), (4, 1), (5, 3)],
    &[(2, 2), (4, 1), (5, 1), (6, 2)],
    &[(0, 3), (3, 3), (6, 2)],
];

/// One note of the melody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MelodyNote {
    /// From the first bar line, in eighths.
    pub eighth: usize,
    /// In eighths.
    pub eighths: usize,
    pub midi: i32,
}

/// What is played, before any instrument plays it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub tempo_bpm: f32,
    /// Where the first bar line is, in samples; before the song's start, so that songs begin anywhere in a bar.
    pub first_bar: isize,
    pub bars: usize,
    /// MIDI note of the tonic, 36 to 47.
    pub tonic: i32,
    scale: [i32; 7],
    progression: [usize; 4],
    pub melody: Vec<MelodyNote>,
}

impl Score {
    /// Draws a score that lasts at least `len` samples.
    pub(super) fn draw(len: usize, dice: &mut Dice) -> Self {
        let tempo_bpm = dice.uniform(80.0, 150.0);
        let mut score = Self {
            tempo_bpm,
            first_bar: 0,
            bars: 0,
            tonic: 36 + dice.index(12) as i32,
            scale: *dice.pick(&MODES),
            progression: *dice.pick(&PROGRESSIONS),
            melody: Vec::new(),
        };
        let bar = 4.0 * score.beat();
        score.first_bar = -(dice.uniform(0.0, bar) as isize);
        score.bars = ((len as f32 - score.first_bar as f32) / bar).ceil() as usize;
        score.melody = score.draw_melody(dice);
        score
    }

    /// Samples of a beat.
    pub(super) fn beat(&self) -> f32 {
        60.0 / self.tempo_bpm * RATE
    }

    /// The sample at which a beat (counted from the first bar line) falls.
    pub(super) fn at_beat(&self, beat: f32) -> isize {
        self.first_bar + (beat * self.beat()).round() as isize
    }

    /// The bar that is heard at a sample.
    pub(super) fn bar_at(&self, sample: usize) -> usize {
        ((sample as isize - self.first_bar) as f32 / (4.0 * self.beat())) as usize
    }

    /// The MIDI note of a scale degree; degrees beyond 6 are octaves up, below 0 octaves down.
    pub(super) fn degree(&self, degree: i32) -> i32 {
        self.tonic + 12 * degree.div_euclid(7) + self.scale[degree.rem_euclid(7) as usize]
    }

    /// The degree of the chord of a bar.
    pub(super) fn root(&self, bar: usize) -> i32 {
        self.progression[bar % 4] as i32
    }

    /// Root, third and fifth of a bar, each moved by octaves into `low..low + 12`.
    pub(super) fn triad(&self, bar: usize, low: i32) -> [i32; 3] {
        let root = self.root(bar);
        let mut notes = [0, 2, 4].map(|step| into_octave(self.degree(root + step), low));
        notes.sort_unstable();
        notes
    }

    /// The root of a bar's chord in `low..low + 12`.
    pub(super) fn root_note(&self, bar: usize, low: i32) -> i32 {
        into_octave(self.degree(self.root(bar)), low)
    }

    /// A melody of two motifs: rhythm and contour come back, the notes follow the chords; some bars rest.
    fn draw_melody(&self, dice: &mut Dice) -> Vec<MelodyNote> {
        let low = 52 + dice.index(8) as i32;
        let motifs: Vec<(Rhythm, Vec<i32>)> = (0..2)
            .map(|_| {
                let rhythm = *dice.pick(&RHYTHMS);
                let steps = rhythm
                    .iter()
                    .map(|_| *dice.pick(&[-2, -1, -1, 0, 1, 1, 2]))
                    .collect();
                (rhythm, steps)
            })
            .collect();
        let form = *dice.pick(&[[0, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 1], [0, 1, 1, 0]]);
        let resting = dice.index(4);
        let mut melody = Vec::new();
        for bar in 0..self.bars {
            let rests = bar % 4 == resting && dice.chance(0.6);
            let (rhythm, steps) = &motifs[form[bar % 4]];
            let start_tone = dice.index(3);
            // Where the bar begins among the degrees, from a chord tone near the middle of the range.
            let mut degree = self.root(bar) + [0, 2, 4][start_tone] + 7;
            while self.degree(degree) < low + 3 {
                degree += 7;
            }
            while self.degree(degree) >= low + 12 {
                degree -= 7;
            }
            let varied = dice.chance(0.3).then(|| dice.index(rhythm.len()));
            for (i, (&(eighth, eighths), step)) in rhythm.iter().zip(steps).enumerate() {
                if i > 0 {
                    degree += step + i32::from(varied == Some(i));
                }
                while self.degree(degree) >= low + 15 {
                    degree -= 2;
                }
                while self.degree(degree) < low {
                    degree += 2;
                }
                if !rests {
                    melody.push(MelodyNote {
                        eighth: 8 * bar + eighth,
                        eighths,
                        midi: self.degree(degree),
                    });
                }
            }
        }
        melody
    }
}

/// Moves a note by octaves into `low..low + 12`.
pub(super) fn into_octave(midi: i32, low: i32) -> i32 {
    low + (midi - low).rem_euclid(12)
}
