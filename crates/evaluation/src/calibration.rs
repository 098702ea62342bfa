use crate::EvaluationError;
use musiclime_core::Probabilities;
use serde::Serialize;

/// What a probability is at least counted as in a logarithm: the rounding of an f64 at 1, as scikit-learn has it.
const LEAST_PROBABILITY: f64 = f64::EPSILON;

/// Whether a classifier is right as often as it says it is.
///
/// Category: calibration; for every figure lower is better.
///
/// # Source
/// Bins: `sklearn.calibration.calibration_curve` of "is the first choice right" on its probability, uniform strategy.
/// Expected calibration error: Guo et al., "On calibration of modern neural networks", arXiv 1706.04599, equation 3.
/// Brier score: Brier 1950, the sum over classes (`sklearn.metrics.brier_score_loss` with `scale_by_half=False`).
/// Negative log-likelihood: `sklearn.metrics.log_loss`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Equal parts of 0 to 1 by the probability of the first choice, empty ones included.
    pub bins: Vec<ReliabilityBin>,
    /// Mean distance of accuracy and confidence over the bins, weighted by their songs; 0 to 1.
    pub expected_calibration_error: f64,
    /// Mean squared distance of the probabilities from the truth, summed over the classes; 0 to 2.
    pub brier_score: f64,
    /// Mean negative natural logarithm of the true class's probability.
    pub negative_log_likelihood: f64,
}

/// The songs whose first choice has a probability within (`low`, `high`]; 0 is in the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Songs in it.
    pub songs: usize,
    /// Mean probability of the first choice; 0 without songs.
    pub confidence: f64,
    /// Share of right first choices; 0 without songs.
    pub accuracy: f64,
}

impl Calibration {
    /// Measures probabilities against the truth.
    ///
    /// # Shapes
    /// `truth`: `[songs]`, class indices; `probabilities`: `[songs, classes]`.
    ///
    /// # Errors
    /// A probability that is not a number from 0 to 1.
    ///
    /// # Panics
    /// If there is not one row a song, an index is no class, or there are no bins.
    pub fn new(
        truth: &[usize],
        probabilities: &Probabilities,
        bins: usize,
    ) -> Result<Self, EvaluationError> {
        assert_eq!(truth.len(), probabilities.rows(), "one row a song");
        assert!(bins > 0, "at least one bin");
        check_probabilities(probabilities)?;
        let edge = |i: usize| i as f64 / bins as f64;
        let inner: Vec<f64> = (1..bins).map(edge).collect();
        let mut counts = vec![(0usize, 0.0f64, 0usize); bins];
        let (mut brier, mut nll) = (0.0, 0.0);
        for (song, &class) in truth.iter().enumerate() {
            let row = probabilities.row(song);
            let first = probabilities.ranking(song)[0];
            let bin = inner.iter().take_while(|e| row[first] > **e).count();
            counts[bin].0 += 1;
            counts[bin].1 += row[first];
            counts[bin].2 += usize::from(first == class);
            nll -= row[class].max(LEAST_PROBABILITY).ln();
            brier += row
                .iter()
                .enumerate()
                .map(|(c, p)| (p - f64::from(u8::from(c == class))).powi(2))
                .sum::<f64>();
        }
        let songs = truth.len().max(1) as f64;
        let bins: Vec<ReliabilityBin> = counts
            .iter()
            .enumerate()
            .map(|(i, &(count, confidence, hits))| {
                let share = |x: f64| if count == 0 { 0.0 } else { x / count as f64 };
                ReliabilityBin {
                    low: edge(i),
                    high: edge(i + 1),
                    songs: count,
                    confidence: share(confidence),
                    accuracy: share(hits as f64),
                }
            })
            .collect();
        Ok(Self {
            expected_calibration_error: bins
                .iter()
                .map(|b| b.songs as f64 / songs * (b.accuracy - b.confidence).abs())
                .sum(),
            bins,
            brier_score: brier / songs,
            negative_log_likelihood: nll / songs,
        })
    }
}

/// Refuses anything that is no probability.
pub(crate) fn check_probabilities(probabilities: &Probabilities) -> Result<(), EvaluationError> {
    let classes = probabilities.classes().max(1);
    match probabilities
        .values()
        .iter()
        .position(|p| !(0.0..=1.0).contains(p))
    {
        Some(at) => Err(EvaluationError::Number {
            what: "probability",
            row: at / classes,
            expected: "a number from 0 to 1",
            value: probabilities.values()[at],
        }),
        None => Ok(()),
    }
}
