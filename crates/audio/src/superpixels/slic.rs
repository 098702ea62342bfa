//! Simple linear iterative clustering.

use super::grid::{Grid, Sets, merged};

/// How much a whole region's width counts beside the whole range of levels: scikit-image's compactness 10 of Lab's 100.
const COMPACTNESS: f32 = 0.1;
/// Rounds of assigning and averaging; the paper's number.
const ROUNDS: usize = 10;
/// Pieces smaller than this share of a region are joined to a neighbour, as in the authors' code.
const LEAST_SHARE: f64 = 0.25;

/// The middle of one region.
#[derive(Clone, Copy, Default)]
struct Centre {
    column: f32,
    row: f32,
    level: f32,
}

/// The region of each cell: at most `wanted` connected regions.
///
/// # Source
/// Achanta et al., IEEE TPAMI 34(11), 2012; levels in place of Lab colours. Pieces that are cut off from their region
/// become regions, or join a neighbour when they are small.
pub(super) fn regions(grid: Grid, levels: &[f32], wanted: usize) -> Vec<u32> {
    let step = (grid.len() as f32 / wanted as f32).sqrt().max(1.0);
    let along = |length: usize| ((length as f32 / step).round() as usize).max(1);
    let mut columns = along(grid.columns);
    let rows = along(grid.rows);
    while columns > 1 && columns * rows > wanted {
        columns -= 1;
    }
    let mut centres: Vec<Centre> = (0..columns * rows)
        .map(|i| {
            let at =
                |i: usize, of: usize, length: usize| (i as f32 + 0.5) * length as f32 / of as f32;
            let (column, row) = (
                at(i / rows, columns, grid.columns),
                at(i % rows, rows, grid.rows),
            );
            let cell = (column as usize).min(grid.columns - 1) * grid.rows
                + (row as usize).min(grid.rows - 1);
            Centre {
                column,
                row,
                level: levels[cell],
            }
        })
        .collect();
    // A region is looked for within one region's width around its middle, wider where the grid is stretched.
    let reach_columns = grid.columns as f32 / columns as f32;
    let reach_rows = grid.rows as f32 / rows as f32;
    let mut labels = vec![0u32; grid.len()];
    for _ in 0..ROUNDS {
        let mut nearest = vec![f32::INFINITY; grid.len()];
        for (index, centre) in centres.iter().enumerate() {
            let range = |at: f32, reach: f32, length: usize| {
                (at - reach).floor().max(0.0) as usize
                    ..((at + reach).ceil() as usize + 1).min(length)
            };
            for column in range(centre.column, reach_columns, grid.columns) {
                for row in range(centre.row, reach_rows, grid.rows) {
                    let cell = column * grid.rows + row;
                    let (dx, dy) = (
                        (column as f32 + 0.5 - centre.column) / step,
                        (row as f32 + 0.5 - centre.row) / step,
                    );
                    let apart = levels[cell] - centre.level;
                    let distance = apart * apart + COMPACTNESS * COMPACTNESS * (dx * dx + dy * dy);
                    if distance < nearest[cell] {
                        nearest[cell] = distance;
                        labels[cell] = index as u32;
                    }
                }
            }
        }
        let mut sums = vec![(Centre::default(), 0.0f32); centres.len()];
        for (cell, label) in labels.iter().enumerate() {
            let (sum, count) = &mut sums[*label as usize];
            sum.column += (cell / grid.rows) as f32 + 0.5;
            sum.row += (cell % grid.rows) as f32 + 0.5;
            sum.level += levels[cell];
            *count += 1.0;
        }
        for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
            if count > 0.0 {
                *centre = Centre {
                    column: sum.column / count,
                    row: sum.row / count,
                    level: sum.level / count,
                };
            }
        }
    }
    let mut sets = Sets::new(grid.len());
    for (a, b) in grid.pairs() {
        if labels[a] == labels[b] {
            let (a, b) = (sets.root(a), sets.root(b));
            if a != b {
                sets.join(a, b);
            }
        }
    }
    let least = ((f64::from(step).powi(2) * LEAST_SHARE) as usize).max(1);
    merged(grid, levels, sets, least, wanted)
}
