/// The running median of one row; the window is cut at both ends.
///
/// `window` is scratch space; `radius` values on each side belong to the window.
pub(super) fn running_median(row: &[f32], radius: usize, window: &mut Vec<f32>, out: &mut [f32]) {
    window.clear();
    for &x in &row[..row.len().min(radius)] {
        insert(window, x);
    }
    for (i, y) in out.iter_mut().enumerate() {
        if let Some(&x) = row.get(i + radius) {
            insert(window, x);
        }
        if i > radius {
            remove(window, row[i - radius - 1]);
        }
        *y = window[window.len() / 2];
    }
}

fn insert(window: &mut Vec<f32>, x: f32) {
    let at = window.partition_point(|&w| w < x);
    window.insert(at, x);
}

fn remove(window: &mut Vec<f32>, x: f32) {
    let at = window.partition_point(|&w| w < x);
    window.remove(at);
}

/// Rows become columns.
///
/// # Shapes
/// `[rows, columns]` to `[columns, rows]`.
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for row_tile in (0..rows).step_by(TILE) {
        for column_tile in (0..columns).step_by(TILE) {
            for r in row_tile..(row_tile + TILE).min(rows) {
                for c in column_tile..(column_tile + TILE).min(columns) {
                    out[c * rows + r] = values[r * columns + c];
                }
            }
        }
    }
    out
}

/// The running median along each row.
///
/// # Shapes
/// `[rows, columns]` to the same.
pub(super) fn median_along_rows(values: &[f32], columns: usize, radius: usize) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    let mut window = Vec::with_capacity(2 * radius + 2);
    for (row, out) in values
        .chunks_exact(columns)
        .zip(out.chunks_exact_mut(columns))
    {
        running_median(row, radius, &mut window, out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sorting_each_window() {
        let row: Vec<f32> = (0..57).map(|i| ((i * 37) % 23) as f32).collect();
        for radius in [0, 1, 4, 30, 100] {
            let mut out = vec![0.0; row.len()];
            running_median(&row, radius, &mut Vec::new(), &mut out);
            for (i, &y) in out.iter().enumerate() {
                let mut sorted =
                    row[i.saturating_sub(radius)..(i + radius + 1).min(row.len())].to_vec();
                sorted.sort_by(f32::total_cmp);
                assert_eq!(y, sorted[sorted.len() / 2], "radius {radius}, place {i}");
            }
        }
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let values: Vec<f32> = (0..35 * 70).map(|i| i as f32).collect();
        let once = transposed(&values, 35, 70);
        assert_eq!(once[1], 70.0);
        assert_eq!(transposed(&once, 70, 35), values);
    }
}
