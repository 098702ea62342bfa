//! Plucked strings after Karplus and Strong.

use super::{RATE, fade};
use crate::songbook::dice::Noise;

/// How a string is plucked and how it rings.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct PluckedString {
    /// 0 is a soft thumb, 1 a steel pick.
    pub brightness: f32,
    /// Time to fall by 60 dB, in seconds.
    pub ring_s: f32,
    /// Where it is plucked, as a fraction of its length.
    pub position: f32,
}

impl PluckedString {
    /// One note.
    pub(in crate::songbook) fn note(&self, hz: f32, len: usize, noise: &mut Noise) -> Vec<f32> {
        let stretch = 0.5 - 0.42 * self.brightness;
        let delay = (RATE / hz - stretch).max(2.0);
        let (whole, part) = (delay as usize, delay.fract());
        let loss = 0.001_f32.powf(1.0 / (self.ring_s * hz));
        // Three taps: the loop's low-pass (1 - stretch, stretch) times the fractional delay (1 - part, part).
        let taps = [
            loss * (1.0 - stretch) * (1.0 - part),
            loss * ((1.0 - stretch) * part + stretch * (1.0 - part)),
            loss * stretch * part,
        ];

        let lead = whole + 3;
        let mut line = vec![0.0_f32; lead + len];
        let mut burst = vec![0.0_f32; whole];
        let (mut smooth, mix) = (0.0, 0.15 + 0.85 * self.brightness);
        for x in &mut burst {
            smooth += mix * (noise.next() - smooth);
            *x = smooth;
        }
        let mean = burst.iter().sum::<f32>() / whole.max(1) as f32;
        let comb = ((self.position * whole as f32) as usize).max(1);
        for i in 0..whole.min(len) {
            let reflected = if i >= comb {
                burst[i - comb] - mean
            } else {
                0.0
            };
            line[lead + i] = burst[i] - mean - 0.8 * reflected;
        }
        for i in lead..line.len() {
            let at = i - whole;
            line[i] += taps[0] * line[at] + taps[1] * line[at - 1] + taps[2] * line[at - 2];
        }
        let mut note = line.split_off(lead);
        fade(&mut note, 8, 160);
        note
    }
}
