//! Round positions on an axis.

/// Round numbers in `low..=high`, a step of 1, 2 or 5 times a power of ten apart, at most `most` of them.
pub(super) fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || most == 0 {
        return vec![0.0];
    }
    let mut power = 10f64.powf((span / most as f64).log10().floor());
    loop {
        for factor in [1.0, 2.0, 5.0] {
            let step = power * factor;
            // The slack keeps an end that rounding moved by an ulp.
            let first = (low / step - 1e-9).ceil() as i64;
            let last = (high / step + 1e-9).floor() as i64;
            if last - first < most as i64 {
                return (first..=last).map(|i| i as f64 * step).collect();
            }
        }
        power *= 10.0;
    }
}

/// Writes ticks with just the decimals that tell them apart.
pub(super) fn tick_labels(ticks: &[f64]) -> Vec<String> {
    let step = ticks
        .windows(2)
        .map(|w| w[1] - w[0])
        .fold(f64::INFINITY, f64::min);
    let decimals = if step.is_finite() {
        (-(step + step * 1e-9).log10().floor()).clamp(0.0, 9.0) as usize
    } else {
        0
    };
    let zero = 10f64.powi(-(decimals as i32)) / 2.0;
    ticks
        .iter()
        .map(|&t| {
            let text = format!("{:.decimals$}", t.abs());
            if t < -zero {
                format!("{}{text}", crate::format::MINUS)
            } else {
                text
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0, 10.24, 6), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(tick_labels(&ticks(-0.05, 0.21, 4)), ["0.0", "0.1", "0.2"]);
        assert_eq!(
            tick_labels(&ticks(-0.2, 0.2, 5)),
            ["−0.2", "−0.1", "0.0", "0.1", "0.2"]
        );
        assert_eq!(ticks(0.0, 7200.0, 8).len(), 8);
        assert_eq!(ticks(1.0, 1.0, 5), [0.0]);
        for span in [1e-9, 3e-4, 0.7, 12.0, 1e7] {
            let n = ticks(-span, span, 7).len();
            assert!((3..=7).contains(&n), "{span}: {n}");
        }
    }
}
