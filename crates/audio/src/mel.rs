/// One triangle of a mel filter bank, without its zeros.
#[derive(Debug, Clone)]
struct Triangle {
    first_bin: usize,
    weights: Vec<f32>,
}

/// Kaldi's triangular mel filters, stored sparse.
#[derive(Debug, Clone)]
pub(crate) struct MelFilters {
    triangles: Vec<Triangle>,
}

impl MelFilters {
    /// Triangles that are linear in mel from `fmin_hz` to Nyquist; the FFT's Nyquist bin itself has no weight.
    ///
    /// Computed in f32 in the reference's order of operations, so that its rounding is ours too.
    pub(crate) fn kaldi(
        mel_bins: usize,
        fft_size: usize,
        sample_rate_hz: u32,
        fmin_hz: f64,
    ) -> Self {
        let nyquist_hz = 0.5 * f64::from(sample_rate_hz);
        let bin_width_hz = (f64::from(sample_rate_hz) / fft_size as f64) as f32;
        let low = mel(fmin_hz);
        let step = ((mel(nyquist_hz) - low) / (mel_bins as f64 + 1.0)) as f32;
        let low = low as f32;
        let bins: Vec<f32> = (0..fft_size / 2)
            .map(|k| 1127.0 * (1.0 + bin_width_hz * k as f32 / 700.0).ln())
            .collect();
        let triangles = (0..mel_bins)
            .map(|m| {
                let left = low + m as f32 * step;
                let centre = low + (m as f32 + 1.0) * step;
                let right = low + (m as f32 + 2.0) * step;
                let weight = |x: f32| {
                    ((x - left) / (centre - left))
                        .min((right - x) / (right - centre))
                        .max(0.0)
                };
                let first_bin = bins.iter().position(|&x| weight(x) > 0.0).unwrap_or(0);
                let weights = bins[first_bin..]
                    .iter()
                    .map(|&x| weight(x))
                    .take_while(|&w| w > 0.0)
                    .collect();
                Triangle { first_bin, weights }
            })
            .collect();
        Self { triangles }
    }

    /// Weighted sums of a power spectrum, one a filter.
    pub(crate) fn apply(&self, power: &[f32], out: &mut [f32]) {
        for (triangle, out) in self.triangles.iter().zip(out) {
            let bins = &power[triangle.first_bin..][..triangle.weights.len()];
            *out = triangle.weights.iter().zip(bins).map(|(w, p)| w * p).sum();
        }
    }
}

/// HTK's mel scale with Kaldi's constant.
pub(crate) fn mel(frequency_hz: f64) -> f64 {
    1127.0 * (1.0 + frequency_hz / 700.0).ln()
}

/// The frequency of a mel value: the inverse of [`mel`].
pub(crate) fn hertz(mel: f64) -> f64 {
    700.0 * (mel / 1127.0).exp_m1()
}
