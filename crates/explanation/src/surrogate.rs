use crate::design::Design;
use crate::interval::{Intervals, half_widths};
use crate::recipe::validate_regression;
use crate::ridge::Ridge;
use crate::selection::select;
use crate::{ExplanationError, Locality, Selection};
use musiclime_core::MaskSet;

/// The penalty of the final ridge, as in `LimeBase.explain_instance_with_data`.
const ALPHA: f64 = 1.0;

/// How a surrogate is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurrogateOptions {
    /// Factor on the cosine distance.
    pub distance_scale: f64,
    /// Width of the kernel, in scaled distances.
    pub kernel_width: f64,
    /// How components are selected.
    pub selection: Selection,
    /// How many; `None` for all.
    pub features: Option<usize>,
}

/// The weight of one selected component.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedWeight {
    /// Its column in the masks.
    pub column: usize,
    /// The weight.
    pub weight: f64,
    /// Its 95 % confidence interval, where one can be given.
    pub interval: Option<[f64; 2]>,
}

/// A linear model that imitates one class around one song.
#[derive(Debug, Clone, PartialEq)]
pub struct Surrogate {
    /// The value with every selected component off.
    pub intercept: f64,
    /// The weighted coefficient of determination on the perturbations.
    pub r2: f64,
    /// The value with every component on.
    pub local_prediction: f64,
    /// The selected components by falling absolute weight; ties keep the order of the selection.
    pub weights: Vec<FittedWeight>,
    /// Where the intervals come from, or why there are none.
    pub intervals: Intervals,
}

/// Fits the surrogate of one class.
///
/// # Shapes
/// `masks`: `[rows, columns]`; `target`: `[rows]`.
///
/// # Errors
/// No row, a setting that cannot work, a target that is not finite or of another length than the masks, or a kernel
/// that gives every row weight 0.
///
/// # Source
/// `lime.lime_base.LimeBase.explain_instance_with_data` with its default regressor. Deliberate difference: the
/// local prediction is that of the row of ones, also where row 0 of given masks is another.
pub fn fit(
    masks: &MaskSet,
    target: &[f64],
    options: &SurrogateOptions,
) -> Result<Surrogate, ExplanationError> {
    validate_regression(
        options.distance_scale,
        options.kernel_width,
        options.features,
    )?;
    if masks.rows() == 0 {
        return Err(ExplanationError::NoMasks);
    }
    if target.len() != masks.rows() {
        return Err(ExplanationError::Answer {
            what: "rows",
            expected: masks.rows(),
            got: target.len(),
        });
    }
    if let Some(row) = target.iter().position(|y| !y.is_finite()) {
        return Err(ExplanationError::NotFinite {
            row,
            class: 0,
            value: target[row],
        });
    }
    let locality = Locality {
        distance_scale: options.distance_scale,
        kernel_width: options.kernel_width,
    };
    let kernel = locality.weights(masks);
    let design = Design::new(masks, target, &kernel).ok_or(ExplanationError::ZeroWeights {
        rows: masks.rows(),
        kernel_width: options.kernel_width,
        distance_scale: options.distance_scale,
    })?;
    let columns = select(
        &design,
        options.selection,
        options.features.unwrap_or(masks.columns()),
    )?;
    let ridge = Ridge::fit(&design, &columns, ALPHA)?;
    let (half_widths, intervals) = match half_widths(&design, &ridge) {
        Ok(widths) => (Some(widths), Intervals::Hc3),
        Err(reason) => (None, reason),
    };
    let mut weights: Vec<FittedWeight> = columns
        .iter()
        .zip(&ridge.coefficients)
        .enumerate()
        .map(|(i, (&column, &weight))| FittedWeight {
            column,
            weight,
            interval: half_widths
                .as_ref()
                .map(|half| [weight - half[i], weight + half[i]]),
        })
        .collect();
    weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    Ok(Surrogate {
        intercept: ridge.intercept,
        r2: ridge.r2(&design),
        local_prediction: ridge.intercept + ridge.coefficients.iter().sum::<f64>(),
        weights,
        intervals,
    })
}
