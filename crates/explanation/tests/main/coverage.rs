//! The intervals cover what they say.

use musiclime_explanation::{Intervals, Sampler, Selection, SurrogateOptions, fit};

/// How often the intervals of 8 weights cover their true values, over 300 seeded simulations.
fn coverage(rows: usize, distance_scale: f64, noise: impl Fn(&[u8], f64) -> f64) -> f64 {
    let columns = 8;
    let beta = [0.2, -0.1, 0.05, 0.0, 0.0, 0.1, -0.2, 0.0];
    let (mut covered, mut total) = (0usize, 0usize);
    for seed in 0..300u64 {
        let masks = Sampler::new(seed).draw(rows, columns).expect("masks");
        // Sums of 48 fair bits, standardised, are normal for this purpose.
        let bits = Sampler::new(seed + 10_000)
            .draw(rows + 1, 48)
            .expect("bits");
        let target: Vec<f64> = masks
            .iter()
            .zip(bits.iter().skip(1))
            .map(|(row, bits)| {
                let sum: f64 = bits.iter().map(|&b| f64::from(b)).sum();
                let linear: f64 = row.iter().zip(beta).map(|(&x, b)| f64::from(x) * b).sum();
                linear + noise(row, (sum - 24.0) / 12f64.sqrt())
            })
            .collect();
        let options = SurrogateOptions {
            distance_scale,
            kernel_width: 25.0,
            selection: Selection::None,
            features: None,
        };
        let surrogate = fit(&masks, &target, &options).expect("a fit");
        assert_eq!(surrogate.intervals, Intervals::Hc3);
        for weight in &surrogate.weights {
            let [low, high] = weight.interval.expect("an interval");
            covered += usize::from(low <= beta[weight.column] && beta[weight.column] <= high);
            total += 1;
        }
    }
    covered as f64 / total as f64
}

/// 2,400 weights: the standard error of an observed 95 % is 0.45 points; the band is five of them.
fn assert_nominal(observed: f64, what: &str) {
    println!(
        "{what}: {:.2} % of the 95 % intervals cover",
        observed * 100.0
    );
    assert!((0.927..=0.973).contains(&observed), "{what}: {observed}");
}

#[test]
fn intervals_cover_with_even_noise() {
    assert_nominal(
        coverage(400, 1.0, |_, z| 0.1 * z),
        "flat kernel, even noise",
    );
}

#[test]
fn intervals_cover_with_noise_that_depends_on_the_mask() {
    let noise = |row: &[u8], z: f64| if row[0] == 1 { 0.25 * z } else { 0.02 * z };
    assert_nominal(coverage(400, 1.0, noise), "flat kernel, uneven noise");
}

#[test]
fn intervals_cover_with_the_default_kernel() {
    assert_nominal(coverage(400, 100.0, |_, z| 0.1 * z), "default kernel");
}

#[test]
fn intervals_cover_with_few_rows() {
    assert_nominal(coverage(60, 1.0, |_, z| 0.4 * z), "60 rows");
}
