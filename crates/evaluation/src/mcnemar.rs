use serde::Serialize;

/// McNemar's test between two classifiers on the same songs.
///
/// # Source
/// McNemar, "Note on the sampling error of the difference between correlated proportions", 1947. The exact form is a
/// two-sided binomial test with probability 1/2 on the songs on which exactly one of the two is right
/// (`scipy.stats.binomtest(min(b, c), b + c)`); the other one is Edwards' 1948 chi-square with correction for continuity
/// (`statsmodels.stats.contingency_tables.mcnemar(exact=False, correction=True)`), for comparison with papers that use it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Songs that only the first classifier gets right.
    pub only_first: usize,
    /// Songs that only the second gets right.
    pub only_second: usize,
    /// Probability of a split at least as uneven if both were equally good; exact.
    pub p_value: f64,
    /// `(|b - c| - 1)² / (b + c)`; 0 where the two never differ.
    pub chi_square: f64,
    /// Probability of at least this chi-square, with one degree of freedom.
    pub chi_square_p_value: f64,
}

/// Compares two vectors of predictions.
///
/// # Panics
/// If the three vectors differ in length.
pub fn mcnemar(truth: &[usize], first: &[usize], second: &[usize]) -> McNemar {
    assert!(
        truth.len() == first.len() && truth.len() == second.len(),
        "one prediction a song"
    );
    let (mut only_first, mut only_second) = (0usize, 0usize);
    for ((t, a), b) in truth.iter().zip(first).zip(second) {
        match (t == a, t == b) {
            (true, false) => only_first += 1,
            (false, true) => only_second += 1,
            _ => {}
        }
    }
    let n = only_first + only_second;
    // Binomial probabilities in logarithms, so that thousands of songs do not underflow.
    let mut log_choose = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=only_first.min(only_second) {
        tail += log_choose.exp();
        log_choose += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    let chi_square = if n == 0 {
        0.0
    } else {
        (only_first.abs_diff(only_second) as f64 - 1.0).powi(2) / n as f64
    };
    McNemar {
        only_first,
        only_second,
        p_value: (2.0 * tail).min(1.0),
        chi_square,
        // The upper tail of a squared standard normal.
        chi_square_p_value: libm::erfc((chi_square / 2.0).sqrt()),
    }
}
