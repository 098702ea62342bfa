use crate::{EvaluationError, weighted_r2};
use serde::Serialize;

/// How near predicted numbers, such as valence and energy, are to the true ones.
///
/// Category: accuracy; errors are in the target's unit and lower is better, for R2 and Pearson higher is better.
///
/// # Source
/// `sklearn.metrics`: `mean_absolute_error`, `root_mean_squared_error`, `r2_score`; `scipy.stats.pearsonr`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RegressionReport {
    /// Songs.
    pub songs: usize,
    /// Mean absolute error.
    pub mean_absolute_error: f64,
    /// Root of the mean squared error.
    pub root_mean_squared_error: f64,
    /// Coefficient of determination: 1 is perfect, 0 is no better than the mean.
    pub r2: f64,
    /// Pearson's correlation; none where either side does not vary.
    pub pearson: Option<f64>,
}

impl RegressionReport {
    /// Compares predictions with the truth.
    ///
    /// # Shapes
    /// Both `[songs]`.
    ///
    /// # Errors
    /// Vectors of unequal length or without a song, or numbers that are not finite.
    pub fn new(truth: &[f64], predicted: &[f64]) -> Result<Self, EvaluationError> {
        let r2 = weighted_r2(truth, predicted, &vec![1.0; truth.len()])?;
        let songs = truth.len() as f64;
        let errors = || truth.iter().zip(predicted).map(|(t, p)| p - t);
        Ok(Self {
            songs: truth.len(),
            mean_absolute_error: errors().map(f64::abs).sum::<f64>() / songs,
            root_mean_squared_error: (errors().map(|e| e * e).sum::<f64>() / songs).sqrt(),
            r2,
            pearson: pearson(truth, predicted),
        })
    }
}

fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    let varies = |x: &[f64]| x.iter().any(|v| *v != x[0]);
    (varies(a) && varies(b)).then(|| (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0))
}
