//! How much an explanation depends on what stands in for what is switched off.

use serde::{Deserialize, Serialize};

/// How many of the largest weights are compared as a set.
const TOP: usize = 10;

/// The weights of one class that one filler led to, in column order.
#[derive(Debug, Clone, PartialEq)]
pub struct FillerRun {
    /// The filler's name.
    pub filler: String,
    /// One weight a component.
    pub weights: Vec<f64>,
}

/// How alike the weights of two fillers are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FillerPair {
    /// One filler.
    pub first: String,
    /// The other.
    pub second: String,
    /// Spearman's rank correlation of the weights; `null` where all weights of one are equal.
    pub rank_correlation: Option<f64>,
    /// The share of the components with the largest absolute weights that both have.
    pub top_overlap: f64,
}

/// How much the filler moves the explanation of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FillerSensitivity {
    /// The class.
    pub label: String,
    /// How many components the overlap looks at.
    pub top: usize,
    /// Every pair of fillers.
    pub pairs: Vec<FillerPair>,
}

/// Compares the runs of one class, every pair of them.
///
/// # Panics
/// If the runs have different numbers of weights.
pub fn compare_fillers(label: &str, runs: &[FillerRun]) -> FillerSensitivity {
    let columns = runs.first().map_or(0, |run| run.weights.len());
    let top = TOP.min(columns.div_ceil(2)).max(1);
    let mut pairs = Vec::new();
    for (i, a) in runs.iter().enumerate() {
        for b in &runs[i + 1..] {
            assert_eq!(a.weights.len(), b.weights.len(), "one weight a component");
            let (ours, theirs) = (largest(&a.weights, top), largest(&b.weights, top));
            let shared = ours.iter().filter(|c| theirs.contains(c)).count();
            pairs.push(FillerPair {
                first: a.filler.clone(),
                second: b.filler.clone(),
                rank_correlation: correlation(&ranks(&a.weights), &ranks(&b.weights)),
                top_overlap: shared as f64 / top as f64,
            });
        }
    }
    FillerSensitivity {
        label: label.to_owned(),
        top,
        pairs,
    }
}

/// The columns of the largest absolute weights; of equal ones the first.
fn largest(weights: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
    order.truncate(count);
    order
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let equal = order[at..]
            .iter()
            .take_while(|&&i| values[i] == values[order[at]])
            .count();
        for &i in &order[at..at + equal] {
            ranks[i] = at as f64 + (equal as f64 + 1.0) / 2.0;
        }
        at += equal;
    }
    ranks
}

/// Pearson's correlation; `None` where one side is constant.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    let (joint, va, vb) = (sum(&|x, y| x * y), sum(&|x, _| x * x), sum(&|_, y| y * y));
    (va > 0.0 && vb > 0.0).then(|| joint / (va * vb).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_and_overlap_by_hand() {
        let run = |filler: &str, weights: &[f64]| FillerRun {
            filler: filler.into(),
            weights: weights.to_vec(),
        };
        // Ranks 1 2 3 4 against 2 1 3.5 3.5: scipy.stats.spearmanr gives 0.7378647873726218.
        let found = compare_fillers(
            "polka",
            &[
                run("silence", &[-0.4, 0.1, 0.2, 0.3]),
                run("noise", &[0.0, -0.3, 0.5, 0.5]),
                run("none", &[0.0; 4]),
            ],
        );
        assert_eq!(found.top, 2);
        let first = &found.pairs[0];
        assert!(
            (first.rank_correlation.expect("a number") - 0.737_864_787_372_621_8).abs() < 1e-12
        );
        // {0, 3} against {2, 3}.
        assert_eq!(first.top_overlap, 0.5);
        assert_eq!(found.pairs[1].rank_correlation, None);
        assert_eq!(found.pairs.len(), 3);
    }
}
