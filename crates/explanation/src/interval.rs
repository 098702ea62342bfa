use crate::design::Design;
use crate::ridge::Ridge;
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The confidence level of every interval.
pub const CONFIDENCE_LEVEL: f64 = 0.95;
/// The standard normal quantile at (1 + [`CONFIDENCE_LEVEL`]) / 2.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;
/// Fewer degrees of freedom than this say next to nothing, and the quantile's series needs at least these.
const MIN_FREEDOM: f64 = 3.0;
/// Rows that one task takes; fixed, so that sums have one order.
const BLOCK_ROWS: usize = 256;
/// A row that determines its own fit up to this much has no residual to learn from.
const MIN_SLACK: f64 = 1e-6;

/// Where the weights' confidence intervals come from, or why there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervals {
    /// The HC3 sandwich covariance and Student's t.
    Hc3,
    /// The perturbations, weighted by the kernel, are too few for the number of components.
    TooFewSamples,
    /// The prediction never changed, so there is nothing to be uncertain about.
    ConstantPrediction,
}

/// Half the width of each coefficient's 95 % interval; or why it cannot be given.
///
/// With `A = XᵀWX + alpha I` over centred columns `x`, residuals `e` and leverages
/// `h = w (1 / Σw + xᵀ A⁻¹ x)`, the variance of coefficient j is `Σ ((A⁻¹ x)_j w e / (1 - h))²`, and half the width
/// is its root times Student's quantile at `n - k - 1` degrees of freedom, n being Kish's effective number of rows
/// `(Σw)² / Σw²`. Rows are taken as independent draws and the model need not be linear. The interval is about the
/// ridge's own coefficient (alpha 1 shrinks it by about `4 / rows` for fair coin masks) and takes the selection of
/// components as given.
///
/// # Source
/// White 1980 (misspecified linear models); MacKinnon and White 1985, estimator HC3; Kish 1965 (effective sample size).
pub(crate) fn half_widths(design: &Design<'_>, ridge: &Ridge) -> Result<Vec<f64>, Intervals> {
    if design.constant_target {
        return Err(Intervals::ConstantPrediction);
    }
    let freedom = effective_rows(design.weights) - ridge.columns.len() as f64 - 1.0;
    let Some(normal) = ridge.normal.as_ref().filter(|_| freedom >= MIN_FREEDOM) else {
        return Err(Intervals::TooFewSamples);
    };
    let k = ridge.columns.len();
    let starts: Vec<usize> = (0..design.rows()).step_by(BLOCK_ROWS).collect();
    let blocks: Vec<Vec<f64>> = starts
        .par_iter()
        .map(|&start| {
            let rows = BLOCK_ROWS.min(design.rows() - start);
            let centred = DMatrix::from_fn(k, rows, |j, i| {
                let column = ridge.columns[j];
                f64::from(design.masks.row(start + i)[column]) - design.column_means[column]
            });
            let solved = normal.solve(&centred);
            let mut variances = vec![0.0; k];
            for i in 0..rows {
                let weight = design.weights[start + i];
                let spread = solved.column(i).dot(&centred.column(i));
                let leverage = weight * (1.0 / design.weight_sum + spread);
                let residual =
                    design.target[start + i] - ridge.predict(design.masks.row(start + i));
                let influence = weight * residual / (1.0 - leverage).max(MIN_SLACK);
                for (variance, z) in variances.iter_mut().zip(solved.column(i).iter()) {
                    *variance += (z * influence).powi(2);
                }
            }
            variances
        })
        .collect();
    let mut variances = vec![0.0; k];
    for block in &blocks {
        for (sum, part) in variances.iter_mut().zip(block) {
            *sum += part;
        }
    }
    let quantile = student_quantile(freedom);
    Ok(variances.iter().map(|v| quantile * v.sqrt()).collect())
}

/// How many rows of weight 1 say as much as these, by Kish: `(Σw)² / Σw²`.
pub(crate) fn effective_rows(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    if squares > 0.0 {
        sum * sum / squares
    } else {
        0.0
    }
}

/// Student's two-sided 95 % quantile.
///
/// # Source
/// Abramowitz and Stegun 26.7.5; off by less than 0.01 from 3 degrees of freedom on.
fn student_quantile(freedom: f64) -> f64 {
    let z = NORMAL_QUANTILE;
    let g1 = (z.powi(3) + z) / 4.0;
    let g2 = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let g3 = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    let g4 = (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5)
        - 1920.0 * z.powi(3)
        - 945.0 * z)
        / 92_160.0;
    z + g1 / freedom + g2 / freedom.powi(2) + g3 / freedom.powi(3) + g4 / freedom.powi(4)
}

#[cfg(test)]
mod tests {
    use super::student_quantile;

    #[test]
    fn student_quantiles_match_printed_tables() {
        for (freedom, quantile) in [
            (3.0, 3.182),
            (5.0, 2.571),
            (10.0, 2.228),
            (30.0, 2.042),
            (1e9, 1.960),
        ] {
            assert!(
                (student_quantile(freedom) - quantile).abs() < 0.01,
                "{freedom}: {}",
                student_quantile(freedom)
            );
        }
    }
}
