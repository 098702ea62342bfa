//! A response as an impulse response on a grid.

use super::response::{KaiserSinc, Response};
use std::f64::consts::PI;

/// The farthest apart that the wide filter is sampled, in samples of the slower rate; both filters are band-limited, so
/// that the sum over these samples is their convolution.
const CONVOLUTION_STEP: f64 = 0.1;

/// A symmetric impulse response at equidistant times.
#[derive(Debug)]
pub(super) struct Kernel {
    /// Values from the centre on.
    half: Vec<f64>,
}

impl Kernel {
    /// The impulse response, one value every `step` samples of the slower rate, with a level of 1 at 0 Hz when
    /// integrated over time in these samples.
    pub(super) fn new(response: Response, step: f64) -> Self {
        let on_grid = |filter: KaiserSinc, stride: usize| -> Vec<f64> {
            let len = (filter.half_width / (step * stride as f64)).ceil() as usize;
            (0..len)
                .map(|k| filter.at((k * stride) as f64 * step))
                .collect()
        };
        let main = on_grid(response.main, 1);
        let Some(interpolation) = response.interpolation else {
            return Self { half: main };
        };
        let stride = ((CONVOLUTION_STEP / step) as usize).max(1);
        let mut weights = on_grid(interpolation, stride);
        let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
        weights.iter_mut().for_each(|w| *w /= sum);
        let at = |k: usize| main.get(k).copied().unwrap_or(0.0);
        let half = (0..main.len() + (weights.len() - 1) * stride)
            .map(|k| {
                weights[0] * at(k)
                    + weights
                        .iter()
                        .enumerate()
                        .skip(1)
                        .map(|(j, w)| w * (at(k + j * stride) + at(k.abs_diff(j * stride))))
                        .sum::<f64>()
            })
            .collect();
        Self { half }
    }

    /// Steps from the centre to the first zero after the last value.
    pub(super) fn reach(&self) -> usize {
        self.half.len()
    }

    /// The value `k` steps from the centre.
    pub(super) fn at(&self, k: i64) -> f64 {
        usize::try_from(k.unsigned_abs())
            .ok()
            .and_then(|k| self.half.get(k))
            .copied()
            .unwrap_or(0.0)
    }

    /// The value `position` steps from the centre, by cubic interpolation (Catmull-Rom).
    pub(super) fn between(&self, position: f64) -> f64 {
        let floor = position.floor();
        let (k, t) = (floor as i64, position - floor);
        let (a, b, c, d) = (self.at(k - 1), self.at(k), self.at(k + 1), self.at(k + 2));
        b + 0.5
            * t
            * ((c - a) + t * ((2.0 * a - 5.0 * b + 4.0 * c - d) + t * (3.0 * (b - c) + d - a)))
    }
}

impl KaiserSinc {
    /// The impulse response at a time in samples of the slower rate.
    fn at(&self, time: f64) -> f64 {
        let inside = 1.0 - (time / self.half_width).powi(2);
        if inside <= 0.0 {
            return 0.0;
        }
        let angle = PI * self.cutoff * time;
        let sinc = if angle == 0.0 {
            1.0
        } else {
            angle.sin() / angle
        };
        self.cutoff * sinc * bessel_i0(self.beta * inside.sqrt()) / bessel_i0(self.beta)
    }
}

/// The modified Bessel function of the first kind and order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}
