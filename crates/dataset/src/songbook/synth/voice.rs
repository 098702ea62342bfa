//! A singer: a glottal source with vibrato through the formants of vowels.

use super::filter::StateVariable;
use super::oscillator::{Saw, midi_to_hz, sine};
use super::{RATE, samples};
use crate::songbook::dice::Noise;

/// What the mouth does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::songbook) enum Vowel {
    A,
    E,
    I,
    O,
    U,
    /// Lips closed: a hum.
    M,
}

impl Vowel {
    /// Centre (Hz) and gain of four formants.
    fn formants(self) -> [(f32, f32); 4] {
        match self {
            Self::A => [
                (760.0, 1.0),
                (1_220.0, 0.65),
                (2_600.0, 0.25),
                (3_500.0, 0.12),
            ],
            Self::E => [
                (500.0, 1.0),
                (1_850.0, 0.5),
                (2_550.0, 0.3),
                (3_500.0, 0.12),
            ],
            Self::I => [
                (310.0, 1.0),
                (2_200.0, 0.4),
                (2_950.0, 0.3),
                (3_600.0, 0.14),
            ],
            Self::O => [(480.0, 1.0), (880.0, 0.6), (2_500.0, 0.12), (3_400.0, 0.06)],
            Self::U => [(340.0, 1.0), (780.0, 0.4), (2_350.0, 0.08), (3_300.0, 0.04)],
            Self::M => [(250.0, 1.0), (520.0, 0.05), (2_200.0, 0.0), (3_300.0, 0.0)],
        }
    }
}

/// One sung syllable.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Syllable {
    pub start: usize,
    pub len: usize,
    pub midi: f32,
    pub vowel: Vowel,
    /// Whether it begins with a hiss.
    pub hiss: bool,
}

/// How a singer sings.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Singer {
    /// Formants times this: above 1 is a smaller head.
    pub tract: f32,
    pub vibrato_hz: f32,
    /// To each side of the note.
    pub vibrato_semitones: f32,
    /// When the vibrato sets in after the start of a note.
    pub vibrato_delay_s: f32,
    pub breath: f32,
    /// Gain of the cluster of formants near 3 kHz that trained voices have.
    pub ring: f32,
}

/// Samples between two settings of the filters (2 ms).
const BLOCK: usize = 32;

impl Singer {
    /// Sings syllables in order of time into `len` samples.
    pub(in crate::songbook) fn sing(
        &self,
        syllables: &[Syllable],
        len: usize,
        noise: &mut Noise,
    ) -> Vec<f32> {
        let mut out = vec![0.0; len];
        let mut source = Saw::new(0.0);
        let mut tract: [_; 4] = std::array::from_fn(|_| StateVariable::new(500.0, 5.0));
        let mut hiss = StateVariable::new(4_500.0, 1.2);
        let mut mouth = syllables.first().map_or(Vowel::A, |s| s.vowel).formants();
        let mut pitch = syllables.first().map_or(60.0, |s| s.midi);
        let (attack, release) = (samples(0.035), samples(0.06));
        for syllable in syllables {
            let target = syllable.vowel.formants();
            let end = (syllable.start + syllable.len).min(len);
            let mut hz = midi_to_hz(pitch);
            for i in syllable.start..end {
                let t = i - syllable.start;
                if t.is_multiple_of(BLOCK) {
                    // The mouth moves in about 30 ms, the pitch in about 15 ms.
                    for (at, to) in mouth.iter_mut().zip(target) {
                        at.0 += 0.07 * (to.0 - at.0);
                        at.1 += 0.07 * (to.1 - at.1);
                    }
                    pitch += 0.13 * (syllable.midi - pitch);
                    let time_s = t as f32 / RATE;
                    let set_in = ((time_s - self.vibrato_delay_s) / 0.15).clamp(0.0, 1.0);
                    let bend = set_in * self.vibrato_semitones * sine(self.vibrato_hz * time_s);
                    hz = midi_to_hz(pitch + bend);
                    for (k, (filter, (centre_hz, _))) in tract.iter_mut().zip(mouth).enumerate() {
                        // A formant never lies below the note that it carries.
                        let centre_hz = (centre_hz * self.tract).max(if k == 0 { hz } else { 0.0 });
                        filter.tune(centre_hz, centre_hz / (70.0 + 25.0 * k as f32));
                    }
                }
                let air = noise.next();
                let glottis = source.next(hz) + self.breath * air;
                let mut x = 0.06 * glottis;
                for (k, (filter, (_, gain))) in tract.iter_mut().zip(mouth).enumerate() {
                    let gain = if k >= 2 { gain * self.ring } else { gain };
                    let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
                    x += sign * gain * filter.next(glottis).band;
                }
                if syllable.vowel == Vowel::M {
                    x -= 0.06 * glottis;
                }
                let envelope = (t as f32 / attack as f32)
                    .min((end - i) as f32 / release as f32)
                    .min(1.0);
                out[i] += envelope * x;
                if syllable.hiss && t < 960 {
                    // 60 ms, up and down.
                    let swell = (t as f32 / 480.0).min(2.0 - t as f32 / 480.0);
                    out[i] += 0.15 * swell * hiss.next(air).high;
                }
            }
        }
        out
    }
}
