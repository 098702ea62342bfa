use crate::interval::Intervals;
use crate::surrogate::{SurrogateOptions, fit};
use crate::{ExplanationError, Neighborhood, Selection};
use serde::{Deserialize, Serialize};

/// How to fit a saved neighborhood again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RefitOptions {
    /// Factor on the cosine distance.
    pub distance_scale: f64,
    /// Width of the kernel, in scaled distances.
    pub kernel_width: f64,
    /// How components are selected.
    pub selection: Selection,
    /// How many; `None` for all.
    pub features: Option<usize>,
    /// The class to explain.
    pub label_index: usize,
}

/// One selected component of a refit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureWeight {
    /// The component's name.
    pub feature: String,
    /// Its weight.
    pub weight: f64,
    /// The weight's 95 % confidence interval, `null` where none can be given.
    pub interval: Option<[f64; 2]>,
}

/// A refit of one class; only the selected components, by falling absolute weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalFit {
    /// The class.
    pub label: String,
    /// Its index.
    pub index: usize,
    /// The model's probability for the unperturbed song, `null` when no mask row is all ones.
    pub probability: Option<f64>,
    /// The surrogate's value with every selected component off.
    pub intercept: f64,
    /// The weighted coefficient of determination.
    pub r2: f64,
    /// The surrogate's value for the unperturbed song.
    pub local_prediction: f64,
    /// Where the intervals come from, or why there are none.
    pub intervals: Intervals,
    /// The weights.
    pub weights: Vec<FeatureWeight>,
}

/// Fits a saved neighborhood again, without the model.
///
/// # Errors
/// A class that does not exist, or settings that cannot work.
pub fn refit(
    neighborhood: &Neighborhood,
    options: RefitOptions,
) -> Result<LocalFit, ExplanationError> {
    let index = options.label_index;
    let target = neighborhood.target_values(index)?;
    let surrogate = fit(
        &neighborhood.masks,
        &target,
        &SurrogateOptions {
            distance_scale: options.distance_scale,
            kernel_width: options.kernel_width,
            selection: options.selection,
            features: options.features,
        },
    )?;
    Ok(LocalFit {
        label: neighborhood.labels[index].clone(),
        index,
        probability: neighborhood
            .masks
            .iter()
            .position(|row| row.iter().all(|&b| b == 1))
            .map(|row| neighborhood.probabilities.row(row)[index]),
        intercept: surrogate.intercept,
        r2: surrogate.r2,
        local_prediction: surrogate.local_prediction,
        intervals: surrogate.intervals,
        weights: surrogate
            .weights
            .iter()
            .map(|w| FeatureWeight {
                feature: neighborhood.features[w.column].clone(),
                weight: w.weight,
                interval: w.interval,
            })
            .collect(),
    })
}
