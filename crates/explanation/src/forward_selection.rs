use crate::design::Design;

/// A column that keeps less than this share of its variance beside the chosen ones adds nothing that f64 can tell.
const INDEPENDENT_SHARE: f64 = 1e-10;

/// Chooses `count` columns one at a time, each time the one that lowers the weighted residual of an unpenalised fit
/// the most; ties go to the first.
///
/// Instead of fitting every candidate, every column is kept orthogonal to the chosen ones: the gain of a candidate
/// is its squared product with the residual over its remaining squared length.
///
/// # Source
/// `LimeBase.forward_selection` (Ridge with alpha 0, scored by the weighted R²). Deliberate difference: once the
/// fit is perfect, lime goes on by rounding noise and this by column order.
pub(crate) fn forward_selection(design: &Design<'_>, count: usize) -> Vec<usize> {
    let columns = design.columns();
    let count = count.min(columns);
    let mut residual = design.weighted_target();
    let target_length = squared_length(&residual);
    let mut with_residual = design.correlations(&residual);
    let lengths: Vec<f64> = (0..columns)
        .map(|c| {
            // Σ w (x - m)² over binary x with weighted mean m.
            let mean = design.column_means[c];
            design.weight_sum * mean * (1.0 - mean)
        })
        .collect();
    let mut remaining = lengths.clone();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut chosen = Vec::with_capacity(count);
    let mut is_chosen = vec![false; columns];
    // Rounding of the residual's length: what is below is a perfect fit already.
    let noise = target_length * 1e-24;
    while chosen.len() < count {
        let mut best: Option<(usize, f64)> = None;
        for column in (0..columns).filter(|&c| !is_chosen[c]) {
            let independent = remaining[column] > INDEPENDENT_SHARE * lengths[column];
            let gain = if independent {
                with_residual[column].powi(2) / remaining[column]
            } else {
                0.0
            };
            let gain = if gain > noise { gain } else { 0.0 };
            if best.is_none_or(|(_, most)| gain > most) {
                best = Some((column, gain));
            }
        }
        let Some((column, gain)) = best else { break };
        chosen.push(column);
        is_chosen[column] = true;
        if gain == 0.0 {
            // Nothing left adds to the fit, so nothing changes for the next choice either.
            continue;
        }
        let mut direction = design.weighted_column(column);
        // Twice, because one pass of Gram-Schmidt loses orthogonality.
        for _ in 0..2 {
            for axis in &basis {
                let product = dot(axis, &direction);
                subtract(&mut direction, product, axis);
            }
        }
        let length = squared_length(&direction).sqrt();
        if length <= 0.0 {
            continue;
        }
        for x in &mut direction {
            *x /= length;
        }
        let product = dot(&direction, &residual);
        subtract(&mut residual, product, &direction);
        for (left, along) in remaining.iter_mut().zip(design.correlations(&direction)) {
            *left -= along * along;
        }
        with_residual = design.correlations(&residual);
        basis.push(direction);
    }
    chosen
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn squared_length(a: &[f64]) -> f64 {
    dot(a, a)
}

fn subtract(a: &mut [f64], factor: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= factor * b;
    }
}
