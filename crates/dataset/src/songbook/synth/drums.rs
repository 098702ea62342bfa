//! One-shot drum sounds.

use super::filter::StateVariable;
use super::oscillator::sine;
use super::{RATE, decay_60db, fade, samples};
use crate::songbook::dice::{Dice, Noise};

/// The drums of one song, rendered once and played often.
#[derive(Debug, Clone)]
pub(in crate::songbook) struct Kit {
    pub kick: Vec<f32>,
    pub snare: Vec<f32>,
    pub hat: Vec<f32>,
    pub open_hat: Vec<f32>,
    pub toms: [Vec<f32>; 3],
    /// Where the hats stand.
    pub hat_pan: f32,
}

impl Kit {
    /// A kit with random tuning.
    pub(in crate::songbook) fn draw(dice: &mut Dice) -> Self {
        let mut noise = dice.noise();
        let tom_hz = dice.uniform(85.0, 110.0);
        Self {
            kick: sweep(
                dice.uniform(110.0, 190.0),
                dice.uniform(42.0, 58.0),
                dice.uniform(0.18, 0.35),
                0.06,
            ),
            snare: snare(
                dice.uniform(160.0, 220.0),
                dice.uniform(0.12, 0.22),
                1_400.0,
                &mut noise,
            ),
            hat: hat(dice.uniform(0.04, 0.08), &mut noise),
            open_hat: hat(dice.uniform(0.2, 0.3), &mut noise),
            toms: [1.0, 1.35, 1.8].map(|r| sweep(1.4 * r * tom_hz, r * tom_hz, 0.3, 0.15)),
            hat_pan: if dice.chance(0.5) { 0.4 } else { -0.4 },
        }
    }
}

/// A sine whose pitch falls from `from_hz` to `to_hz`: kick drums and toms.
pub(in crate::songbook) fn sweep(from_hz: f32, to_hz: f32, ring_s: f32, fall_s: f32) -> Vec<f32> {
    let (decay, fall) = (decay_60db(1.6 * ring_s), decay_60db(3.0 * fall_s));
    let (mut phase, mut amplitude, mut extra) = (0.0, 1.0, from_hz - to_hz);
    let mut hit: Vec<f32> = (0..samples(1.4 * ring_s))
        .map(|_| {
            phase = (phase + (to_hz + extra) / RATE).fract();
            extra *= fall;
            amplitude *= decay;
            amplitude * sine(phase)
        })
        .collect();
    fade(&mut hit, 8, samples(0.02));
    hit
}

/// Noise above `edge_hz` over a short tone.
pub(in crate::songbook) fn snare(
    tone_hz: f32,
    ring_s: f32,
    edge_hz: f32,
    noise: &mut Noise,
) -> Vec<f32> {
    let mut filter = StateVariable::new(edge_hz, 0.7);
    let (decay, tone_decay) = (decay_60db(1.4 * ring_s), decay_60db(0.5 * ring_s));
    let (mut amplitude, mut tone, mut phase) = (1.0, 1.0, 0.0);
    let mut hit: Vec<f32> = (0..samples(1.2 * ring_s))
        .map(|_| {
            phase = (phase + tone_hz / RATE).fract();
            amplitude *= decay;
            tone *= tone_decay;
            0.6 * amplitude * filter.next(noise.next()).high + 0.6 * tone * sine(phase)
        })
        .collect();
    fade(&mut hit, 4, samples(0.01));
    hit
}

/// A burst of high noise.
pub(in crate::songbook) fn hat(ring_s: f32, noise: &mut Noise) -> Vec<f32> {
    let mut filter = StateVariable::new(6_000.0, 0.8);
    let decay = decay_60db(1.3 * ring_s);
    let mut amplitude = 0.35;
    let mut hit: Vec<f32> = (0..samples(ring_s))
        .map(|_| {
            amplitude *= decay;
            amplitude * filter.next(noise.next()).high
        })
        .collect();
    fade(&mut hit, 4, samples(0.005));
    hit
}
