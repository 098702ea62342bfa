//! Normal equations of some thousand unknowns.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use rayon::prelude::*;

/// Columns that are eliminated at once: a panel of 4,096 rows of them is 2 MiB, which stays in the cache.
const PANEL_COLUMNS: usize = 64;

/// Solves `matrix * x = right` for a symmetric matrix without negative eigenvalues; both are overwritten, `right` by
/// the solution. Only the lower triangle of `matrix` is read.
///
/// An unknown that those before it explain to within rounding gets 0: two equal channels, say, are one.
/// `numpy.linalg.solve`, which museval calls, divides rounding noise by rounding noise there.
///
/// # Shapes
/// `matrix`: `[n, n]`; `right`: `[n, k]`.
///
/// # Source
/// Cholesky's factorisation, right-looking, by panels, as LAPACK's `dpotrf`.
pub(super) fn solve_in_place(matrix: &mut DMatrix<f64>, right: &mut DMatrix<f64>) {
    let n = matrix.nrows();
    // What rounding can leave of a pivot that should be 0.
    let noise: Vec<f64> = matrix
        .diagonal()
        .iter()
        .map(|d| n as f64 * f64::EPSILON * d)
        .collect();
    for start in (0..n).step_by(PANEL_COLUMNS) {
        let end = (start + PANEL_COLUMNS).min(n);
        factor_panel(
            &mut matrix.as_mut_slice()[start * n..end * n],
            n,
            start,
            &noise,
        );
        let (left, rest) = matrix.as_mut_slice().split_at_mut(end * n);
        let panel = DMatrixView::from_slice(&left[start * n..], n, end - start);
        rest.par_chunks_mut(PANEL_COLUMNS * n)
            .enumerate()
            .for_each(|(i, columns)| {
                let first = end + i * PANEL_COLUMNS;
                let count = columns.len() / n;
                let factors = panel.rows(first, count).transpose();
                DMatrixViewMut::from_slice(columns, n, count)
                    .rows_mut(first, n - first)
                    .gemm(-1.0, &panel.rows(first, n - first), &factors, 1.0);
            });
    }
    let lower = matrix.as_slice();
    right
        .as_mut_slice()
        .par_chunks_mut(n)
        .for_each(|x| substitute(lower, x));
}

/// Factors the columns of a panel from row `start` on; a dependent column becomes 0.
fn factor_panel(panel: &mut [f64], n: usize, start: usize, noise: &[f64]) {
    for k in 0..panel.len() / n {
        let (done, rest) = panel.split_at_mut((k + 1) * n);
        let column = &mut done[k * n..][start + k..];
        if column[0] <= noise[start + k] {
            column.fill(0.0);
            continue;
        }
        let pivot = column[0].sqrt();
        column.iter_mut().for_each(|x| *x /= pivot);
        for (j, other) in rest.chunks_exact_mut(n).enumerate() {
            let column = &column[j + 1..];
            let factor = column[0];
            for (x, l) in other[start + k + j + 1..].iter_mut().zip(column) {
                *x -= factor * l;
            }
        }
    }
}

/// Solves one right side, down and up again.
fn substitute(lower: &[f64], x: &mut [f64]) {
    let n = x.len();
    for k in 0..n {
        let column = &lower[k * n + k..(k + 1) * n];
        x[k] = if column[0] == 0.0 {
            0.0
        } else {
            x[k] / column[0]
        };
        let (done, below) = x.split_at_mut(k + 1);
        for (x, l) in below.iter_mut().zip(&column[1..]) {
            *x -= done[k] * l;
        }
    }
    for k in (0..n).rev() {
        let column = &lower[k * n + k..(k + 1) * n];
        let below: f64 = column[1..]
            .iter()
            .zip(&x[k + 1..])
            .map(|(l, x)| l * x)
            .sum();
        x[k] = if column[0] == 0.0 {
            0.0
        } else {
            (x[k] - below) / column[0]
        };
    }
}

#[cfg(test)]
mod tests {
    use super::solve_in_place;
    use nalgebra::DMatrix;

    /// Numbers without a pattern in -0.5..0.5.
    fn scrambled(rows: usize, columns: usize) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| {
            let x = (i * columns + j + 1) as f64;
            (x * 12.9898).sin() * 43_758.545 % 1.0 / 2.0
        })
    }

    #[test]
    fn solutions_solve() {
        // Below, at and above whole panels.
        for n in [1, 5, 64, 65, 150] {
            let rows = scrambled(2 * n, n);
            let mut matrix = rows.transpose() * &rows;
            let x = scrambled(n, 3);
            let mut right = &matrix * &x;
            solve_in_place(&mut matrix, &mut right);
            let worst = (right - x).amax();
            assert!(worst < 1e-9, "{n} unknowns: {worst:e}");
        }
    }

    #[test]
    fn dependent_unknowns_are_0() {
        // Twice the same 100 columns: the first take all.
        let rows = scrambled(300, 100);
        let twice = DMatrix::from_fn(300, 200, |i, j| rows[(i, j % 100)]);
        let x = scrambled(100, 1);
        let mut right = twice.transpose() * (&rows * &x);
        solve_in_place(&mut (twice.transpose() * &twice), &mut right);
        assert!((right.rows(0, 100) - x).amax() < 1e-9);
        assert!(right.rows(100, 100).iter().all(|x| *x == 0.0));
    }
}
