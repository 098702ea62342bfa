//! The conversion itself: every output sample is a weighted sum of the input samples around its time.

use super::kernel::Kernel;
use super::lowest_terms;
use super::response::Response;

/// The largest table of weights, one row a phase.
const MAX_WEIGHTS: f64 = 4e6;
/// Values of the kernel per sample of the slower rate where it is interpolated: the error is below 1e-8.
const VALUES_PER_SAMPLE: f64 = 512.0;
/// Sums kept apart, so that the processor can add them at the same time.
const LANES: usize = 8;

/// Converts from one rate to another.
#[derive(Debug)]
pub(super) struct Converter {
    from: u64,
    to: u64,
    /// Input samples of one row start so many before the input sample at or before the output sample's time.
    before: usize,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    /// A row of `taps` weights for each of `to` phases.
    Table { taps: usize, rows: Vec<f64> },
    /// Too many phases for a table: the kernel, this many of its steps an input sample.
    Interpolated {
        kernel: Kernel,
        steps_per_input: f64,
    },
}

impl Converter {
    /// A converter between two different rates, neither of them 0.
    pub(super) fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from, to) = lowest_terms(u64::from(from_hz), u64::from(to_hz));
        let response = Response::of(from_hz, to_hz);
        // Input samples per sample of the slower rate.
        let inputs = (from as f64 / to as f64).max(1.0);
        let reach = response.main.half_width
            + response
                .interpolation
                .map_or(0.0, |filter| filter.half_width);
        if 2.0 * reach * inputs * to as f64 > MAX_WEIGHTS {
            let kernel = Kernel::new(response, 1.0 / VALUES_PER_SAMPLE);
            let steps_per_input = VALUES_PER_SAMPLE / inputs;
            return Self {
                from,
                to,
                before: (kernel.reach() as f64 / steps_per_input).ceil() as usize,
                weights: Weights::Interpolated {
                    kernel,
                    steps_per_input,
                },
            };
        }
        let phases = to as usize;
        let kernel = Kernel::new(response, 1.0 / (inputs * phases as f64));
        let before = kernel.reach().div_ceil(phases);
        let taps = (2 * before + 1).next_multiple_of(LANES);
        let rows = (0..phases)
            .flat_map(|phase| {
                let kernel = &kernel;
                (0..taps).map(move |tap| {
                    let input_offset = tap as i64 - before as i64;
                    kernel.at(phase as i64 - input_offset * phases as i64) / inputs
                })
            })
            .collect();
        Self {
            from,
            to,
            before,
            weights: Weights::Table { taps, rows },
        }
    }

    /// Input samples to either side of an output sample that may count.
    pub(super) fn reach(&self) -> usize {
        match &self.weights {
            Weights::Table { taps, .. } => self.before.max(taps - self.before),
            Weights::Interpolated { .. } => self.before + 2,
        }
    }

    /// The first `len` output samples; beyond its ends the input is 0.
    pub(super) fn convert(&self, samples: &[f32], len: usize) -> Vec<f32> {
        let position = |n: usize| {
            let time = n as u128 * u128::from(self.from);
            let to = u128::from(self.to);
            ((time / to) as usize, (time % to) as usize)
        };
        match &self.weights {
            Weights::Table { taps, rows } => {
                let mut padded = vec![0.0_f64; self.before];
                padded.extend(samples.iter().map(|x| f64::from(*x)));
                let last = position(len.saturating_sub(1)).0;
                padded.resize(padded.len().max(last + taps), 0.0);
                (0..len)
                    .map(|n| {
                        let (start, phase) = position(n);
                        finite(dot(
                            &padded[start..start + taps],
                            &rows[phase * taps..(phase + 1) * taps],
                        ))
                    })
                    .collect()
            }
            Weights::Interpolated {
                kernel,
                steps_per_input,
            } => (0..len)
                .map(|n| {
                    let (centre, phase) = position(n);
                    let fraction = phase as f64 / self.to as f64;
                    let start = centre.saturating_sub(self.before);
                    let end = samples.len().min(centre + self.before + 2);
                    let sum: f64 = (start..end)
                        .map(|m| {
                            let distance = centre as f64 - m as f64 + fraction;
                            f64::from(samples[m]) * kernel.between(distance * steps_per_input)
                        })
                        .sum();
                    finite(sum * steps_per_input / VALUES_PER_SAMPLE)
                })
                .collect(),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// Overflow becomes silence, so that no sample is infinite.
fn finite(x: f64) -> f32 {
    let x = x as f32;
    if x.is_finite() { x } else { 0.0 }
}
