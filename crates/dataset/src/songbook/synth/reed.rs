//! A musette accordion: two reeds a note, slightly apart, under the tremolo of a shaken bellows.

use super::filter::OnePole;
use super::oscillator::{Saw, sine};
use super::{RATE, fade, samples};

/// How far the two reeds of a note are apart, in hertz, at every pitch.
const REEDS_APART_HZ: f32 = 2.0;

/// How far the bellows' tremolo takes the loudness down, as a share of it.
const TREMOLO_DEPTH: f32 = 0.75;

/// An accordion with its bellows shaken.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Accordion {
    /// The rate of the tremolo, common to all notes of a chord.
    pub tremolo_hz: f32,
}

impl Accordion {
    /// One note.
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize) -> Vec<f32> {
        let (mut low, mut high) = (Saw::new(0.5), Saw::new(0.6));
        let (mut bass_cut, mut edge) = (OnePole::new(500.0), OnePole::new(4_000.0));
        let mut note: Vec<f32> = (0..len)
            .map(|i| {
                let reeds =
                    low.next(hz - 0.5 * REEDS_APART_HZ) + high.next(hz + 0.5 * REEDS_APART_HZ);
                let swing = 0.5 - 0.5 * sine(0.25 + self.tremolo_hz * i as f32 / RATE);
                (1.0 - TREMOLO_DEPTH * swing) * edge.low(bass_cut.high(reeds))
            })
            .collect();
        fade(&mut note, samples(0.015), samples(0.015));
        note
    }
}
