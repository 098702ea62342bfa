use super::RATE;
use std::f32::consts::PI;

/// A two-pole state-variable filter whose cutoff may move at any time (trapezoidal integration).
#[derive(Debug, Clone, Default)]
pub(in crate::songbook) struct StateVariable {
    g: f32,
    damping: f32,
    a1: f32,
    state: [f32; 2],
}

/// The three outputs of a [`StateVariable`] filter.
#[derive(Debug, Clone, Copy)]
pub(in crate::songbook) struct Outputs {
    pub low: f32,
    /// Gain 1 at the cutoff.
    pub band: f32,
    pub high: f32,
}

impl StateVariable {
    pub(in crate::songbook) fn new(cutoff_hz: f32, q: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(cutoff_hz, q);
        filter
    }

    pub(in crate::songbook) fn tune(&mut self, cutoff_hz: f32, q: f32) {
        self.g = (PI * cutoff_hz.clamp(10.0, 0.47 * RATE) / RATE).tan();
        self.damping = 1.0 / q;
        self.a1 = 1.0 / (1.0 + self.g * (self.g + self.damping));
    }

    pub(in crate::songbook) fn next(&mut self, x: f32) -> Outputs {
        let [s1, s2] = self.state;
        let band = self.a1 * (s1 + self.g * (x - s2));
        let low = s2 + self.g * band;
        self.state = [2.0 * band - s1, 2.0 * low - s2];
        Outputs {
            low,
            band: self.damping * band,
            high: x - self.damping * band - low,
        }
    }
}

/// One pole, for gentle slopes.
#[derive(Debug, Clone)]
pub(in crate::songbook) struct OnePole {
    mix: f32,
    state: f32,
}

impl OnePole {
    pub(in crate::songbook) fn new(cutoff_hz: f32) -> Self {
        Self {
            mix: 1.0 - (-2.0 * PI * cutoff_hz / RATE).exp(),
            state: 0.0,
        }
    }

    pub(in crate::songbook) fn low(&mut self, x: f32) -> f32 {
        self.state += self.mix * (x - self.state);
        self.state
    }

    pub(in crate::songbook) fn high(&mut self, x: f32) -> f32 {
        x - self.low(x)
    }
}
