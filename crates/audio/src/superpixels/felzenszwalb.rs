//! Graph-based segmentation.

use super::grid::{Grid, Sets, merged};

/// Standard deviation of the smoothing before, in cells.
const SMOOTHING: f32 = 0.8;
/// Halvings of the range of scales that are tried.
const SEARCHES: usize = 12;
/// Regions smaller than this share of an average one are joined to a neighbour.
const LEAST_SHARE: f64 = 0.1;

/// The region of each cell: at most `wanted` connected regions.
///
/// The scale of observation is the one that gives the fewest regions of no less than `wanted` (searched by halving, the
/// smallest regions joined); then the smallest regions join the neighbour of the most similar level until there are no
/// more than `wanted`.
///
/// # Source
/// Felzenszwalb and Huttenlocher, IJCV 59(2), 2004, with four neighbours a cell, so that regions are connected by edges.
pub(super) fn regions(grid: Grid, levels: &[f32], wanted: usize) -> Vec<u32> {
    let smooth = smoothed(grid, levels);
    let mut edges: Vec<(f32, u32, u32)> = grid
        .pairs()
        .map(|(a, b)| ((smooth[a] - smooth[b]).abs(), a as u32, b as u32))
        .collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let least = ((grid.len() as f64 / wanted as f64 * LEAST_SHARE) as usize).max(1);
    // The logarithm of the scale: from single cells to one region.
    let (mut fine, mut coarse) = (-8.0f32, 12.0f32);
    for _ in 0..SEARCHES {
        let middle = (fine + coarse) / 2.0;
        let mut sets = grown(grid, &edges, middle.exp());
        let mut large: Vec<usize> = (0..grid.len()).map(|cell| sets.root(cell)).collect();
        large.sort_unstable();
        large.dedup();
        let count = large
            .iter()
            .filter(|&&root| sets.size(root) >= least)
            .count();
        if count >= wanted || large.len() > grid.len() / least.max(2) {
            fine = middle;
        } else {
            coarse = middle;
        }
    }
    merged(
        grid,
        &smooth,
        grown(grid, &edges, fine.exp()),
        least,
        wanted,
    )
}

/// Joins regions along edges that are no larger than the regions' own differences allow.
fn grown(grid: Grid, edges: &[(f32, u32, u32)], scale: f32) -> Sets {
    let mut sets = Sets::new(grid.len());
    let mut inner = vec![0.0f32; grid.len()];
    for &(weight, a, b) in edges {
        let (a, b) = (sets.root(a as usize), sets.root(b as usize));
        if a == b {
            continue;
        }
        let bound = |root: usize| inner[root] + scale / sets.size(root) as f32;
        if weight <= bound(a).min(bound(b)) {
            let joined = sets.join(a, b);
            inner[joined] = weight;
        }
    }
    sets
}

/// The image under a Gaussian, edges repeated.
fn smoothed(grid: Grid, levels: &[f32]) -> Vec<f32> {
    let taps: Vec<f32> = (-3i32..=3)
        .map(|n| (-0.5 * (n as f32 / SMOOTHING).powi(2)).exp())
        .collect();
    let sum: f32 = taps.iter().sum();
    let pass = |from: &[f32], along: usize, length: usize| -> Vec<f32> {
        (0..from.len())
            .map(|cell| {
                let at = cell / along % length;
                let base = cell - at * along;
                let tap = |(n, tap): (i32, &f32)| {
                    let near = (at as i32 + n).clamp(0, length as i32 - 1) as usize;
                    from[base + near * along] * tap
                };
                (-3..=3).zip(&taps).map(tap).sum::<f32>() / sum
            })
            .collect()
    };
    let by_row = pass(levels, 1, grid.rows);
    pass(&by_row, grid.rows, grid.columns)
}
