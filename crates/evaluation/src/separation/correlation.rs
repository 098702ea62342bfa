//! Correlations of long signals over a few lags, block by block: memory does not grow with the signals.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// Size of the transforms: large beside the lags, small enough for the cache.
const FFT_SIZE: usize = 8192;

/// `sum over t of first[t] * second[t + lag]` for every pair and the lags `0..lags`.
///
/// # Shapes
/// `firsts`, `seconds`: signals of one length; the result: `[first][second][lag]`.
pub(super) fn correlations(
    firsts: &[&[f32]],
    seconds: &[&[f32]],
    lags: usize,
) -> Vec<Vec<Vec<f64>>> {
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(FFT_SIZE),
        planner.plan_fft_inverse(FFT_SIZE),
    );
    let bins = FFT_SIZE / 2 + 1;
    let hop = FFT_SIZE - lags + 1;
    let len = firsts.first().map_or(0, |s| s.len());
    let mut sums = vec![vec![vec![Complex::default(); bins]; seconds.len()]; firsts.len()];
    let mut block = forward.make_input_vec();
    let mut scratch = forward.make_scratch_vec();
    for start in (0..len).step_by(hop) {
        let mut spectrum = |signal: &[f32], size: usize| {
            let part = &signal[start..(start + size).min(len)];
            block.fill(0.0);
            for (a, b) in block.iter_mut().zip(part) {
                *a = f64::from(*b);
            }
            let mut spectrum = forward.make_output_vec();
            forward
                .process_with_scratch(&mut block, &mut spectrum, &mut scratch)
                .unwrap_or_else(|e| unreachable!("all buffers are the plan's own: {e}"));
            spectrum
        };
        let first: Vec<_> = firsts.iter().map(|s| spectrum(s, hop)).collect();
        let second: Vec<_> = seconds.iter().map(|s| spectrum(s, FFT_SIZE)).collect();
        for (sums, a) in sums.iter_mut().zip(&first) {
            for (sum, b) in sums.iter_mut().zip(&second) {
                for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
                    *sum += a.conj() * b;
                }
            }
        }
    }
    let scale = 1.0 / FFT_SIZE as f64;
    let back = |mut sum: Vec<Complex<f64>>| {
        // Exactly real, but for rounding.
        sum[0].im = 0.0;
        sum[bins - 1].im = 0.0;
        let mut signal = inverse.make_output_vec();
        inverse
            .process(&mut sum, &mut signal)
            .unwrap_or_else(|e| unreachable!("all buffers are the plan's own: {e}"));
        signal[..lags].iter().map(|x| x * scale).collect()
    };
    sums.into_iter()
        .map(|row| row.into_iter().map(back).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FFT_SIZE, correlations};

    #[test]
    fn blocks_miss_nothing() {
        let len = 2 * FFT_SIZE + 777;
        let signal = |k: usize| {
            (0..len)
                .map(|t| ((t * k) % 29) as f32 - 14.0)
                .collect::<Vec<_>>()
        };
        let (a, b) = (signal(7), signal(11));
        let got = correlations(&[&a, &b], &[&b], 40);
        for (first, got) in [&a, &b].into_iter().zip(&got) {
            for lag in [0, 1, 17, 39] {
                let sum: f64 = (0..len - lag)
                    .map(|t| f64::from(first[t] * b[t + lag]))
                    .sum();
                // Sums of integers below 4e6, in double precision.
                assert!(
                    (got[0][lag] - sum).abs() < 1e-6,
                    "lag {lag}: {} and {sum}",
                    got[0][lag]
                );
            }
        }
    }
}
