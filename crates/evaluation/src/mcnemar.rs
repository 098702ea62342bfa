use serde::Serialize;

/// McNemar's exact test between two classifiers on the same songs.
///
/// # Source
/// McNemar, 1947; the exact form is a two-sided binomial test with probability 1/2 on the songs on which exactly one of
/// the two is right (`scipy.stats.binomtest(min(b, c), b + c)`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Songs that only the first classifier gets right.
    pub only_first: usize,
    /// Songs that only the second gets right.
    pub only_second: usize,
    /// Probability of a split at least as uneven if both were equally good.
    pub p_value: f64,
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
    let (mut only_first, mut only_second) = (0, 0);
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
    McNemar {
        only_first,
        only_second,
        p_value: (2.0 * tail).min(1.0),
    }
}
