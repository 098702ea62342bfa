use crate::ExplanationError;
use crate::design::Design;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rayon::prelude::*;

/// Columns of the normal matrix that one task computes; any number gives the same bits.
const BLOCK_COLUMNS: usize = 64;

/// A weighted ridge regression with an unpenalised intercept.
pub(crate) struct Ridge {
    pub columns: Vec<usize>,
    pub coefficients: Vec<f64>,
    pub intercept: f64,
    /// The factored normal matrix; `None` where the dual form was solved.
    pub normal: Option<Cholesky<f64, Dyn>>,
}

impl Ridge {
    /// Minimises `sum w (y - b0 - x b)² + alpha |b|²` over the given columns.
    ///
    /// # Errors
    /// A normal matrix that is not positive definite, which a positive `alpha` rules out for finite input.
    ///
    /// # Source
    /// `sklearn.linear_model.Ridge(alpha, fit_intercept=True).fit(X, y, sample_weight)`: its Cholesky solver takes
    /// the dual form where there are more columns than rows, and so does this one.
    pub fn fit(
        design: &Design<'_>,
        columns: &[usize],
        alpha: f64,
    ) -> Result<Self, ExplanationError> {
        let (coefficients, normal) = if design.constant_target {
            (vec![0.0; columns.len()], None)
        } else if columns.len() <= design.rows() {
            let (coefficients, normal) = solve_primal(design, columns, alpha)?;
            (coefficients, Some(normal))
        } else {
            (solve_dual(design, columns, alpha)?, None)
        };
        let shift: f64 = columns
            .iter()
            .zip(&coefficients)
            .map(|(&c, b)| design.column_means[c] * b)
            .sum();
        Ok(Self {
            columns: columns.to_vec(),
            coefficients,
            intercept: design.target_mean - shift,
            normal,
        })
    }

    /// The fitted value of one mask row.
    pub fn predict(&self, row: &[u8]) -> f64 {
        let on: f64 = self
            .columns
            .iter()
            .zip(&self.coefficients)
            .map(|(&c, b)| f64::from(row[c]) * b)
            .sum();
        self.intercept + on
    }

    /// The weighted coefficient of determination.
    ///
    /// # Source
    /// `sklearn.metrics.r2_score`: where the target does not vary, 1 for a perfect fit and else 0.
    pub fn r2(&self, design: &Design<'_>) -> f64 {
        let mut residual = 0.0;
        let mut total = 0.0;
        for ((row, y), w) in design.masks.iter().zip(design.target).zip(design.weights) {
            residual += w * (y - self.predict(row)).powi(2);
            total += w * (y - design.target_mean).powi(2);
        }
        if total != 0.0 {
            1.0 - residual / total
        } else if residual == 0.0 {
            1.0
        } else {
            0.0
        }
    }
}

fn factor(matrix: DMatrix<f64>) -> Result<Cholesky<f64, Dyn>, ExplanationError> {
    let size = matrix.nrows();
    Cholesky::new(matrix).ok_or(ExplanationError::Singular { size })
}

/// Solves `(XᵀX + alpha I) b = Xᵀy`.
fn solve_primal(
    design: &Design<'_>,
    columns: &[usize],
    alpha: f64,
) -> Result<(Vec<f64>, Cholesky<f64, Dyn>), ExplanationError> {
    let x = design.weighted_matrix(columns);
    let y = DVector::from_vec(design.weighted_target());
    let xt = x.transpose();
    let starts: Vec<usize> = (0..columns.len()).step_by(BLOCK_COLUMNS).collect();
    let blocks: Vec<DMatrix<f64>> = starts
        .par_iter()
        .map(|&start| &xt * x.columns(start, BLOCK_COLUMNS.min(columns.len() - start)))
        .collect();
    let mut normal = DMatrix::zeros(columns.len(), columns.len());
    for (&start, block) in starts.iter().zip(&blocks) {
        normal.columns_mut(start, block.ncols()).copy_from(block);
    }
    for i in 0..columns.len() {
        normal[(i, i)] += alpha;
    }
    let normal = factor(normal)?;
    let coefficients = normal.solve(&(&xt * y));
    Ok((coefficients.as_slice().to_vec(), normal))
}

/// Solves `(XXᵀ + alpha I) a = y` and returns `Xᵀa`.
///
/// The product of two rows is a count of bits that both have on, so thousands of words cost little.
fn solve_dual(
    design: &Design<'_>,
    columns: &[usize],
    alpha: f64,
) -> Result<Vec<f64>, ExplanationError> {
    let rows = design.rows();
    let packed: Vec<Vec<u64>> = design
        .masks
        .iter()
        .map(|row| {
            columns
                .chunks(64)
                .map(|chunk| {
                    chunk
                        .iter()
                        .enumerate()
                        .fold(0, |word, (i, &c)| word | (u64::from(row[c]) << i))
                })
                .collect()
        })
        .collect();
    let with_mean: Vec<f64> = design
        .masks
        .iter()
        .map(|row| {
            columns
                .iter()
                .map(|&c| f64::from(row[c]) * design.column_means[c])
                .sum()
        })
        .collect();
    let mean_squared: f64 = columns
        .iter()
        .map(|&c| design.column_means[c].powi(2))
        .sum();
    let roots: Vec<f64> = design.weights.iter().map(|w| w.sqrt()).collect();
    let products: Vec<f64> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|i| {
            let (packed, with_mean, roots) = (&packed, &with_mean, &roots);
            (0..rows).map(move |j| {
                let both: u32 = packed[i]
                    .iter()
                    .zip(&packed[j])
                    .map(|(a, b)| (a & b).count_ones())
                    .sum();
                let centred = f64::from(both) - with_mean[i] - with_mean[j] + mean_squared;
                roots[i] * roots[j] * centred + if i == j { alpha } else { 0.0 }
            })
        })
        .collect();
    let kernel = factor(DMatrix::from_vec(rows, rows, products))?;
    let dual = kernel.solve(&DVector::from_vec(design.weighted_target()));
    let all = design.correlations(dual.as_slice());
    Ok(columns.iter().map(|&c| all[c]).collect())
}
