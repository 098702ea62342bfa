use crate::design::Design;
use crate::forward_selection::forward_selection;
use crate::lasso_path::lasso_path_selection;
use crate::ridge::Ridge;
use crate::{ExplanationError, Selection};

/// The penalty of the ridge that ranks columns by their weight.
const RANKING_ALPHA: f64 = 0.01;
/// Up to this many components, `auto` means forward selection.
const AUTO_FORWARD_LIMIT: usize = 6;

/// Chooses at most `count` columns, in the order that the method found them.
///
/// # Errors
/// A ridge that cannot be solved.
///
/// # Source
/// `LimeBase.feature_selection`. It multiplies weights by row 0 before it ranks them; row 0 is the row of ones.
pub(crate) fn select(
    design: &Design<'_>,
    selection: Selection,
    count: usize,
) -> Result<Vec<usize>, ExplanationError> {
    let all: Vec<usize> = (0..design.columns()).collect();
    match selection {
        Selection::None => Ok(all),
        Selection::HighestWeights => {
            let ridge = Ridge::fit(design, &all, RANKING_ALPHA)?;
            let mut ranked = all;
            ranked.sort_by(|&a, &b| {
                ridge.coefficients[b]
                    .abs()
                    .total_cmp(&ridge.coefficients[a].abs())
            });
            ranked.truncate(count);
            Ok(ranked)
        }
        Selection::ForwardSelection => Ok(forward_selection(design, count)),
        Selection::LassoPath => Ok(lasso_path_selection(design, count)),
        Selection::Auto if count <= AUTO_FORWARD_LIMIT => {
            select(design, Selection::ForwardSelection, count)
        }
        Selection::Auto => select(design, Selection::HighestWeights, count),
    }
}
