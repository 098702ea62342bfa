use super::RATE;

/// Sine of a phase in cycles, by two parabolas (third harmonic below -60 dB): no library call, so the same bits
/// everywhere.
pub(in crate::songbook) fn sine(cycles: f32) -> f32 {
    let t = 2.0 * (cycles - (cycles + 0.5).floor());
    let y = 4.0 * t * (1.0 - t.abs());
    0.225 * (y * y.abs() - y) + y
}

/// The frequency of a MIDI note number (69 is 440 Hz); fractions are cents.
pub(in crate::songbook) fn midi_to_hz(midi: f32) -> f32 {
    440.0 * ((midi - 69.0) / 12.0).exp2()
}

/// A sawtooth whose corner is rounded by a two-sample polynomial, which keeps aliases low.
#[derive(Debug, Clone)]
pub(in crate::songbook) struct Saw {
    phase: f32,
}

impl Saw {
    pub(in crate::songbook) fn new(phase: f32) -> Self {
        Self {
            phase: phase.fract(),
        }
    }

    pub(in crate::songbook) fn next(&mut self, hz: f32) -> f32 {
        let step = hz / RATE;
        let p = self.phase;
        self.phase += step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        let corner = if p < step {
            let t = p / step;
            t + t - t * t - 1.0
        } else if p > 1.0 - step {
            let t = (p - 1.0) / step;
            t * t + t + t + 1.0
        } else {
            0.0
        };
        2.0 * p - 1.0 - corner
    }
}
