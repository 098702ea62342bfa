//! Keyboards: FM keys and bells, a drawbar organ, a string pad.

use super::filter::StateVariable;
use super::oscillator::{Saw, sine};
use super::{RATE, decay_60db, fade, samples};

/// Two-operator frequency modulation.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct FmKeys {
    /// Modulator frequency over carrier frequency.
    pub ratio: f32,
    /// Modulation at the start, in radians over 2 pi.
    pub index: f32,
    /// Time for the modulation to fall by 60 dB, in seconds.
    pub index_decay_s: f32,
    /// Time for the loudness to fall by 60 dB, in seconds.
    pub decay_s: f32,
}

impl FmKeys {
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize) -> Vec<f32> {
        let (carrier_step, modulator_step) = (hz / RATE, hz * self.ratio / RATE);
        let (amplitude_decay, index_decay) =
            (decay_60db(self.decay_s), decay_60db(self.index_decay_s));
        let (mut carrier, mut modulator, mut amplitude, mut index) = (0.0, 0.0, 1.0, self.index);
        let mut note: Vec<f32> = (0..len)
            .map(|_| {
                let x = amplitude * sine(carrier + index * sine(modulator));
                carrier = (carrier + carrier_step).fract();
                modulator = (modulator + modulator_step).fract();
                amplitude *= amplitude_decay;
                index *= index_decay;
                x
            })
            .collect();
        fade(&mut note, 32, 320);
        note
    }
}

/// Sines at the harmonics of a drawbar organ, without any vibrato or chorus.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Organ {
    /// Loudness of harmonics 1, 2, 3 and 4.
    pub drawbars: [f32; 4],
}

impl Organ {
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize) -> Vec<f32> {
        let step = hz / RATE;
        let mut phase = 0.0;
        let mut note: Vec<f32> = (0..len)
            .map(|_| {
                phase = (phase + step).fract();
                self.drawbars
                    .iter()
                    .zip(1..)
                    .map(|(level, h)| level * sine(phase * h as f32))
                    .sum()
            })
            .collect();
        fade(&mut note, samples(0.012), samples(0.05));
        note
    }
}

/// A slow, dark string sound.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Pad {
    pub cutoff_hz: f32,
    pub attack_s: f32,
}

impl Pad {
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize, phase: f32) -> Vec<f32> {
        let mut saw = Saw::new(phase);
        let mut filter = StateVariable::new(self.cutoff_hz, 0.7);
        let mut note: Vec<f32> = (0..len).map(|_| filter.next(saw.next(hz)).low).collect();
        fade(&mut note, samples(self.attack_s), samples(0.12));
        note
    }
}
