use crate::ClassificationReport;
use musiclime_core::LabelSet;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Resamples that an interval is taken from: enough for the third decimal of its ends.
pub const RESAMPLES: usize = 2_000;
/// What lies within an interval.
const LEVEL: f64 = 0.95;

/// A figure with its 95 % percentile bootstrap interval.
///
/// # Source
/// Efron, "Bootstrap methods: another look at the jackknife", 1979; songs are drawn with replacement
/// (`scipy.stats.bootstrap` with `method="percentile"`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The figure on the songs as they are.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl BootstrapInterval {
    /// Draws `resamples` times as many songs as there are, and takes the interval of `statistic`, which is given the
    /// indices of the drawn songs. The same seed draws the same songs.
    ///
    /// # Panics
    /// If there is no song or no resample.
    pub fn new(
        songs: usize,
        resamples: usize,
        seed: u64,
        statistic: impl Fn(&[usize]) -> f64,
    ) -> Self {
        assert!(songs > 0 && resamples > 0, "something to draw from");
        let whole: Vec<usize> = (0..songs).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = vec![0; songs];
        let mut values: Vec<f64> = (0..resamples)
            .map(|_| {
                drawn.fill_with(|| rng.random_range(0..songs));
                statistic(&drawn)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        Self {
            value: statistic(&whole),
            low: percentile(&values, (1.0 - LEVEL) / 2.0),
            high: percentile(&values, (1.0 + LEVEL) / 2.0),
        }
    }

    /// The accuracy of `predicted`.
    ///
    /// # Panics
    /// If the vectors differ in length or are empty.
    pub fn accuracy(truth: &[usize], predicted: &[usize], seed: u64) -> Self {
        assert_eq!(truth.len(), predicted.len(), "one prediction a song");
        Self::new(truth.len(), RESAMPLES, seed, |drawn| {
            let hits = drawn.iter().filter(|&&i| truth[i] == predicted[i]).count();
            hits as f64 / drawn.len() as f64
        })
    }

    /// The macro F1 of `predicted`, as [`ClassificationReport`] has it.
    ///
    /// # Panics
    /// If the vectors differ in length or are empty, or an index is no class.
    pub fn macro_f1(labels: &LabelSet, truth: &[usize], predicted: &[usize], seed: u64) -> Self {
        assert_eq!(truth.len(), predicted.len(), "one prediction a song");
        let pick = |from: &[usize], drawn: &[usize]| -> Vec<usize> {
            drawn.iter().map(|&i| from[i]).collect()
        };
        Self::new(truth.len(), RESAMPLES, seed, |drawn| {
            ClassificationReport::new(labels, &pick(truth, drawn), &pick(predicted, drawn))
                .macro_average
                .f1
        })
    }
}

impl std::fmt::Display for BootstrapInterval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ({:.3} to {:.3})", self.value, self.low, self.high)
    }
}

/// The value at `share` of sorted numbers, on a line between the two nearest.
///
/// # Panics
/// If there is none.
///
/// # Source
/// `numpy.percentile` with `method="linear"`.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    assert!(!sorted.is_empty(), "at least one number");
    let at = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = at as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}
