//! The distortion filters: which filtered versions of the true stems come nearest to an estimate.

use super::correlation::correlations;
use super::solve::solve_in_place;
use musiclime_core::Waveform;
use nalgebra::DMatrix;
use rayon::prelude::*;

/// Taps of a distortion filter.
pub const FILTER_TAPS: usize = 512;

/// The filters of one estimate.
///
/// # Shapes
/// `own`: `[channel of the true stem][channel of the estimate][tap]`; `all`: the same for the channels of all true
/// stems, stem after stem.
pub(super) struct Filters {
    pub own: Vec<Vec<Vec<f64>>>,
    pub all: Vec<Vec<Vec<f64>>>,
}

/// Fits the filters of every estimate by least squares over the whole recording.
///
/// # Source
/// `_compute_reference_correlations` and `_compute_projection_filters` of museval: the normal equations of all delayed
/// channels, with `f64::EPSILON` on the diagonal.
pub(super) fn fit(references: &[&Waveform], estimates: &[&Waveform]) -> Vec<Filters> {
    let true_channels = channels(references);
    let estimated_channels = channels(estimates);
    let between = correlations(&true_channels, &true_channels, FILTER_TAPS);
    let with_estimates = correlations(&true_channels, &estimated_channels, FILTER_TAPS);
    let count = references[0].channels().len();

    let system = |sources: std::ops::Range<usize>, targets: std::ops::Range<usize>| {
        let n = sources.len() * FILTER_TAPS;
        let mut matrix = DMatrix::zeros(n, n);
        matrix
            .as_mut_slice()
            .par_chunks_mut(n)
            .enumerate()
            .for_each(|(column, values)| {
                let (q, b) = (sources.start + column / FILTER_TAPS, column % FILTER_TAPS);
                for (row, value) in values.iter_mut().enumerate() {
                    let (p, a) = (sources.start + row / FILTER_TAPS, row % FILTER_TAPS);
                    *value = if a >= b {
                        between[p][q][a - b]
                    } else {
                        between[q][p][b - a]
                    };
                }
                values[column] += f64::EPSILON;
            });
        let mut right = DMatrix::from_fn(n, targets.len(), |row, column| {
            let p = sources.start + row / FILTER_TAPS;
            with_estimates[p][targets.start + column][row % FILTER_TAPS]
        });
        solve_in_place(&mut matrix, &mut right);
        right
    };
    let taps = |solution: &DMatrix<f64>, sources: usize, columns: std::ops::Range<usize>| {
        (0..sources)
            .map(|p| {
                let filter = |c: usize| {
                    solution.column(c).as_slice()[p * FILTER_TAPS..(p + 1) * FILTER_TAPS].to_vec()
                };
                columns.clone().map(filter).collect()
            })
            .collect()
    };
    let total = true_channels.len();
    let all = system(0..total, 0..estimated_channels.len());
    (0..references.len())
        .map(|j| {
            let range = j * count..(j + 1) * count;
            let own = system(range.clone(), range.clone());
            Filters {
                own: taps(&own, count, 0..count),
                all: taps(&all, total, range),
            }
        })
        .collect()
}

/// Every channel of every waveform, one waveform after the other.
pub(super) fn channels<'a>(waveforms: &[&'a Waveform]) -> Vec<&'a [f32]> {
    waveforms
        .iter()
        .flat_map(|w| w.channels())
        .map(Vec::as_slice)
        .collect()
}
