//! Subtractive bass: a saw through a resonant low-pass.

use super::filter::StateVariable;
use super::oscillator::{Saw, sine};
use super::{RATE, decay_60db, fade, samples};

/// A bass whose filter never moves.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Bass {
    pub cutoff_hz: f32,
    pub q: f32,
    /// Share of a pure sine in the sound.
    pub sub: f32,
    /// Time to fall by 60 dB, in seconds.
    pub decay_s: f32,
}

impl Bass {
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize) -> Vec<f32> {
        let mut saw = Saw::new(0.5);
        let mut filter = StateVariable::new(self.cutoff_hz, self.q);
        let decay = decay_60db(self.decay_s);
        let (mut phase, mut amplitude) = (0.0, 1.0);
        let mut note: Vec<f32> = (0..len)
            .map(|_| {
                let x = (1.0 - self.sub) * filter.next(saw.next(hz)).low + self.sub * sine(phase);
                phase = (phase + hz / RATE).fract();
                amplitude *= decay;
                amplitude * x
            })
            .collect();
        fade(&mut note, samples(0.006), samples(0.03));
        note
    }
}

/// A bass whose resonant filter swings with a low-frequency oscillator.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Wobble {
    pub lfo_hz: f32,
    pub low_hz: f32,
    pub high_hz: f32,
    pub q: f32,
}

impl Wobble {
    pub(in crate::songbook) fn line(&self, hz: f32, len: usize) -> Vec<f32> {
        let mut saws = [Saw::new(0.1), Saw::new(0.6)];
        let mut filter = StateVariable::new(self.low_hz, self.q);
        let octaves = (self.high_hz / self.low_hz).log2();
        (0..len)
            .map(|i| {
                // The cutoff moves every 16 samples (1 ms), well above the rate of the swing.
                if i % 16 == 0 {
                    let swing = 0.5 - 0.5 * sine(0.25 + self.lfo_hz * i as f32 / RATE);
                    filter.tune(self.low_hz * (octaves * swing).exp2(), self.q);
                }
                filter.next(saws[0].next(hz) + saws[1].next(1.008 * hz)).low
            })
            .collect()
    }
}
