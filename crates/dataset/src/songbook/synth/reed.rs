//! A musette accordion: two reeds a note, a few hertz apart, so that they beat.

use super::filter::OnePole;
use super::oscillator::Saw;
use super::{fade, samples};

/// The two reeds of every note.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Accordion {
    /// How far apart the reeds are, in hertz, at every pitch: the rate of the beating.
    pub beat_hz: f32,
}

impl Accordion {
    /// One note.
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize) -> Vec<f32> {
        // Both reeds start in step, so that all notes of a chord beat together.
        let (mut low, mut high) = (Saw::new(0.5), Saw::new(0.5));
        let (mut bass_cut, mut edge) = (OnePole::new(500.0), OnePole::new(4_000.0));
        let mut note: Vec<f32> = (0..len)
            .map(|_| {
                let reeds = low.next(hz - 0.5 * self.beat_hz) + high.next(hz + 0.5 * self.beat_hz);
                edge.low(bass_cut.high(reeds))
            })
            .collect();
        fade(&mut note, samples(0.015), samples(0.015));
        note
    }
}
