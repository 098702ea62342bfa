use crate::EvaluationError;
use musiclime_explanation::{
    ComponentWeight, LocalExplanation, Locality, Neighborhood, WeightedComponent,
};
use std::collections::BTreeSet;

/// The weighted coefficient of determination of `predicted` for `target`: 1 for a perfect fit, 0 for one no better
/// than the weighted mean, below 0 for worse.
///
/// Direction: higher is better. Category: faithfulness.
///
/// # Shapes
/// All of `[rows]`.
///
/// # Errors
/// Vectors of unequal length, numbers that are not finite, weights below 0 or all 0.
///
/// # Source
/// `sklearn.metrics.r2_score` with `sample_weight`: where the target does not vary, 1 for a perfect fit and else 0.
pub fn weighted_r2(
    target: &[f64],
    predicted: &[f64],
    weights: &[f64],
) -> Result<f64, EvaluationError> {
    let rows = target.len();
    for (what, values) in [("predictions", predicted), ("weights", weights)] {
        if values.len() != rows {
            return Err(EvaluationError::Mismatch {
                what: what.to_string(),
                expected: format!("{rows}, one for each target"),
                got: values.len().to_string(),
            });
        }
    }
    for (what, values, least, expected) in [
        ("target", target, f64::MIN, "a finite number"),
        ("prediction", predicted, f64::MIN, "a finite number"),
        ("weight", weights, 0.0, "a finite number of at least 0"),
    ] {
        if let Some(row) = values.iter().position(|x| !x.is_finite() || *x < least) {
            return Err(EvaluationError::Number {
                what,
                row,
                expected,
                value: values[row],
            });
        }
    }
    let total_weight: f64 = weights.iter().sum();
    if total_weight == 0.0 {
        return Err(EvaluationError::ZeroWeights { rows });
    }
    let mean = target.iter().zip(weights).map(|(y, w)| w * y).sum::<f64>() / total_weight;
    let (mut residual, mut total) = (0.0, 0.0);
    for ((y, p), w) in target.iter().zip(predicted).zip(weights) {
        residual += w * (y - p).powi(2);
        total += w * (y - mean).powi(2);
    }
    Ok(if total != 0.0 {
        1.0 - residual / total
    } else if residual == 0.0 {
        1.0
    } else {
        0.0
    })
}

/// How well an explanation's weights give back the model's answers on a neighborhood, by [`weighted_r2`].
///
/// On the neighborhood that the explanation was fitted to this is its own `r2`; on another one of the same song it
/// says whether the explanation holds for perturbations that it has not seen.
///
/// Direction: higher is better. Category: faithfulness.
///
/// # Errors
/// A neighborhood of other components or another class, or as [`weighted_r2`].
///
/// # Source
/// Local fidelity: Ribeiro, Singh, Guestrin, "Why should I trust you?", arXiv 1602.04938, section 3.2.
pub fn fidelity(
    explanation: &LocalExplanation,
    neighborhood: &Neighborhood,
    locality: Locality,
) -> Result<f64, EvaluationError> {
    let mismatch = |what: &str, expected: String, got: String| EvaluationError::Mismatch {
        what: what.to_string(),
        expected,
        got,
    };
    let label = neighborhood.labels.get(explanation.index);
    if label != Some(&explanation.label) {
        return Err(mismatch(
            &format!("class {} of the neighborhood", explanation.index),
            format!("\"{}\"", explanation.label),
            label.map_or("no such class".to_string(), |l| format!("\"{l}\"")),
        ));
    }
    let columns = neighborhood.features.len();
    if explanation.weights.len() != columns {
        return Err(mismatch(
            "weights of the explanation",
            format!("{columns}, one for each component of the neighborhood"),
            explanation.weights.len().to_string(),
        ));
    }
    let mut coefficients = vec![0.0; columns];
    for weight in &explanation.weights {
        let column = column_of(weight, &neighborhood.features).ok_or_else(|| {
            mismatch(
                "components of the neighborhood",
                format!("\"{}\" among them", weight.feature),
                format!("{columns} others"),
            )
        })?;
        coefficients[column] = weight.weight;
    }
    let target = neighborhood.target_values(explanation.index).map_err(|e| {
        mismatch(
            "classes of the neighborhood",
            explanation.label.clone(),
            e.to_string(),
        )
    })?;
    let predicted: Vec<f64> = neighborhood
        .masks
        .iter()
        .map(|row| {
            let on: f64 = row
                .iter()
                .zip(&coefficients)
                .map(|(&x, c)| f64::from(x) * c)
                .sum();
            explanation.intercept + on
        })
        .collect();
    weighted_r2(&target, &predicted, &locality.weights(&neighborhood.masks))
}

/// A word may be spelt as a stem-segment is named; audio columns come first.
fn column_of(weight: &ComponentWeight, features: &[String]) -> Option<usize> {
    if is_audio(weight) {
        features.iter().position(|f| *f == weight.feature)
    } else {
        features.iter().rposition(|f| *f == weight.feature)
    }
}

/// How much two explanations agree on the `k` components of the largest absolute weight: common ones over all ones
/// (Jaccard). Components of weight 0 were not selected and do not count; two empty lists agree.
///
/// Direction: higher is better. Category: stability.
///
/// # Source
/// The variables stability index of Visani et al., "Statistical stability indices for LIME", arXiv 2001.11757, with
/// Jaccard's index over two explanations in place of its concordance over all pairs.
pub fn rank_stability(a: &LocalExplanation, b: &LocalExplanation, k: usize) -> f64 {
    let (a, b) = (strongest(a, k), strongest(b, k));
    let all = a.union(&b).count();
    if all == 0 {
        return 1.0;
    }
    a.intersection(&b).count() as f64 / all as f64
}

fn strongest(explanation: &LocalExplanation, k: usize) -> BTreeSet<(bool, &str)> {
    let mut weights: Vec<&ComponentWeight> = explanation
        .weights
        .iter()
        .filter(|w| w.weight != 0.0)
        .collect();
    weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    weights
        .into_iter()
        .take(k)
        .map(|w| (is_audio(w), w.feature.as_str()))
        .collect()
}

fn is_audio(weight: &ComponentWeight) -> bool {
    matches!(weight.component, WeightedComponent::Audio { .. })
}
