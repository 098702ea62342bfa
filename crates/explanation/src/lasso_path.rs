use crate::design::Design;

/// Steps after which the path stops.
const MAX_STEPS: usize = 500;
/// A correlation per row that counts as zero: the f32 rounding unit, as in scikit-learn.
const ALPHA_TOLERANCE: f64 = f32::EPSILON as f64;
/// Keeps divisions finite; the smallest normal f32, as in scikit-learn.
const TINY: f64 = f32::MIN_POSITIVE as f64;
/// A column whose part outside the active ones is shorter than this is a combination of them.
const DEGENERATE_LENGTH: f64 = 1e-7;

/// The columns of the longest stretch of the lasso path that uses no more than `count` of them.
///
/// # Source
/// `LimeBase.feature_selection` with `lasso_path`: it walks the path back from its end to the first point with few
/// enough non-zero coefficients.
pub(crate) fn lasso_path_selection(design: &Design<'_>, count: usize) -> Vec<usize> {
    let path = lasso_path(design);
    let mut selected: Vec<usize> = (0..design.columns()).collect();
    for coefficients in path.iter().skip(1).rev() {
        selected = coefficients.clone();
        if selected.len() <= count {
            break;
        }
    }
    selected
}

/// The active columns, growing and shrinking along the path.
struct Active {
    columns: Vec<usize>,
    signs: Vec<f64>,
    /// Weighted, centred columns.
    vectors: Vec<Vec<f64>>,
    /// Lower Cholesky factor of their products, by rows.
    factor: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
}

impl Active {
    fn len(&self) -> usize {
        self.columns.len()
    }

    /// Adds a column; `false` when it is a combination of those that are in.
    fn push(&mut self, column: usize, vector: Vec<f64>, sign: f64) -> bool {
        let mut row: Vec<f64> = Vec::with_capacity(self.len() + 1);
        for (known, factors) in self.vectors.iter().zip(&self.factor) {
            let solved: f64 = row.iter().zip(factors).map(|(a, b)| a * b).sum();
            row.push((dot(known, &vector) - solved) / factors[row.len()]);
        }
        let length = (dot(&vector, &vector) - dot(&row, &row)).abs().sqrt();
        if length < DEGENERATE_LENGTH {
            return false;
        }
        row.push(length);
        self.factor.push(row);
        self.vectors.push(vector);
        self.columns.push(column);
        self.signs.push(sign);
        self.coefficients.push(0.0);
        true
    }

    /// Removes the column at `at` and turns the factor back to a triangle with Givens rotations.
    fn remove(&mut self, at: usize) {
        self.columns.remove(at);
        self.signs.remove(at);
        self.vectors.remove(at);
        self.coefficients.remove(at);
        self.factor.remove(at);
        for i in at..self.factor.len() {
            let (a, b) = (self.factor[i][i], self.factor[i][i + 1]);
            let length = a.hypot(b);
            let (cos, sin) = (a / length, b / length);
            for row in &mut self.factor[i..] {
                let (a, b) = (row[i], row[i + 1]);
                row[i] = cos * a + sin * b;
                row[i + 1] = cos * b - sin * a;
            }
            self.factor[i].truncate(i + 1);
        }
    }

    /// The equiangular direction: coefficients whose fit has the same product with every signed active column, and
    /// that product.
    fn direction(&self) -> Option<(Vec<f64>, f64)> {
        let n = self.len();
        let mut solved = self.signs.clone();
        for i in 0..n {
            let known: f64 = (0..i).map(|j| self.factor[i][j] * solved[j]).sum();
            solved[i] = (solved[i] - known) / self.factor[i][i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| self.factor[j][i] * solved[j]).sum();
            solved[i] = (solved[i] - known) / self.factor[i][i];
        }
        let product = 1.0 / dot(&solved, &self.signs).sqrt();
        product
            .is_finite()
            .then(|| (solved.iter().map(|x| x * product).collect(), product))
    }
}

/// The non-zero columns, in ascending order, at each step of the lasso path by least-angle regression.
///
/// # Source
/// Efron et al. 2004 (Least Angle Regression), with the stopping rules and tolerances of
/// `sklearn.linear_model.lars_path(method="lasso")`. Deliberate difference: a column that is a combination of the
/// active ones stays out for good; scikit-learn mixes up its columns there.
fn lasso_path(design: &Design<'_>) -> Vec<Vec<usize>> {
    let columns = design.columns();
    let target = design.weighted_target();
    let mut correlations = design.correlations(&target);
    let mut active = Active {
        columns: vec![],
        signs: vec![],
        vectors: vec![],
        factor: vec![],
        coefficients: vec![],
    };
    // Neither active nor excluded for good.
    let mut candidate = vec![true; columns];
    let mut path = vec![Vec::new()];
    let mut previous_alpha = f64::INFINITY;
    let mut dropped = false;
    loop {
        let strongest = (0..columns).filter(|&c| candidate[c]).fold(
            None,
            |best: Option<usize>, c| match best {
                Some(b) if correlations[b].abs() >= correlations[c].abs() => Some(b),
                _ => Some(c),
            },
        );
        let correlation = strongest.map_or(0.0, |c| correlations[c]);
        let largest = correlation.abs();
        let alpha = largest / design.rows() as f64;
        if alpha <= ALPHA_TOLERANCE || path.len() > MAX_STEPS || active.len() >= columns {
            break;
        }
        if !dropped && let Some(column) = strongest {
            candidate[column] = false;
            if !active.push(column, design.weighted_column(column), correlation.signum()) {
                continue;
            }
        }
        if previous_alpha < alpha {
            // Rounding errors are larger than what is left to explain.
            break;
        }
        let Some((direction, product)) = active.direction() else {
            break;
        };
        let mut fit = vec![0.0; design.rows()];
        for (vector, step) in active.vectors.iter().zip(&direction) {
            for (fit, x) in fit.iter_mut().zip(vector) {
                *fit += step * x;
            }
        }
        let along: Vec<f64> = design
            .correlations(&fit)
            .iter()
            .map(|x| (x * 1e15).round_ties_even() / 1e15)
            .collect();
        let mut step = largest / product;
        for c in (0..columns).filter(|&c| candidate[c]) {
            for joins in [
                (largest - correlations[c]) / (product - along[c] + TINY),
                (largest + correlations[c]) / (product + along[c] + TINY),
            ] {
                if joins > 0.0 && joins < step {
                    step = joins;
                }
            }
        }
        let crossings: Vec<f64> = active
            .coefficients
            .iter()
            .zip(&direction)
            .map(|(b, d)| -b / (d + TINY))
            .collect();
        let first_crossing = crossings
            .iter()
            .copied()
            .filter(|&x| x > 0.0)
            .fold(f64::INFINITY, f64::min);
        dropped = first_crossing < step;
        if dropped {
            step = first_crossing;
        }
        for (coefficient, d) in active.coefficients.iter_mut().zip(&direction) {
            *coefficient += step * d;
        }
        previous_alpha = alpha;
        for c in (0..columns).filter(|&c| candidate[c]) {
            correlations[c] -= step * along[c];
        }
        path.push(nonzero(&active));
        if dropped {
            drop_crossed(
                &target,
                &mut active,
                &crossings,
                first_crossing,
                &mut candidate,
                &mut correlations,
            );
        }
    }
    path
}

fn nonzero(active: &Active) -> Vec<usize> {
    let mut columns: Vec<usize> = active
        .columns
        .iter()
        .zip(&active.coefficients)
        .filter(|(_, b)| **b != 0.0)
        .map(|(&c, _)| c)
        .collect();
    columns.sort_unstable();
    columns
}

/// Makes the columns whose coefficients reached zero candidates again, with fresh correlations.
fn drop_crossed(
    target: &[f64],
    active: &mut Active,
    crossings: &[f64],
    at: f64,
    candidate: &mut [bool],
    correlations: &mut [f64],
) {
    let crossed: Vec<usize> = (0..crossings.len())
        .filter(|&i| crossings[i] == at)
        .rev()
        .collect();
    for i in crossed {
        let column = active.columns[i];
        let vector = active.vectors[i].clone();
        active.remove(i);
        candidate[column] = true;
        let mut residual = target.to_vec();
        for (known, b) in active.vectors.iter().zip(&active.coefficients) {
            for (residual, x) in residual.iter_mut().zip(known) {
                *residual -= b * x;
            }
        }
        correlations[column] = dot(&vector, &residual);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
