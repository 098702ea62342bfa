use musiclime_core::MaskSet;
use nalgebra::DMatrix;

/// The weighted least-squares problem of one class: binary masks, a target and kernel weights.
///
/// Every solver works on columns and target centred by their weighted means and scaled by the root of the weights,
/// which is how the intercept stays out of the penalty.
pub(crate) struct Design<'a> {
    pub masks: &'a MaskSet,
    pub target: &'a [f64],
    /// Kernel weights, one a row; their sum is above 0.
    pub weights: &'a [f64],
    pub weight_sum: f64,
    pub column_means: Vec<f64>,
    pub target_mean: f64,
    /// Whether the target is one number in every row that counts.
    pub constant_target: bool,
}

impl<'a> Design<'a> {
    /// Sets up the problem; `None` when the weights sum to 0.
    ///
    /// # Shapes
    /// `masks`: `[rows, columns]`; `target`, `weights`: `[rows]`.
    pub fn new(masks: &'a MaskSet, target: &'a [f64], weights: &'a [f64]) -> Option<Self> {
        assert!(
            target.len() == masks.rows() && weights.len() == masks.rows(),
            "one target and weight a row"
        );
        let weight_sum: f64 = weights.iter().sum();
        if weight_sum <= 0.0 {
            return None;
        }
        let mut column_means = transposed_times(masks, weights);
        for mean in &mut column_means {
            *mean /= weight_sum;
        }
        let mut counted = target
            .iter()
            .zip(weights)
            .filter(|(_, w)| **w > 0.0)
            .map(|(y, _)| *y);
        let first = counted.next()?;
        let constant_target = counted.all(|y| y == first);
        let target_mean = if constant_target {
            first
        } else {
            target.iter().zip(weights).map(|(y, w)| y * w).sum::<f64>() / weight_sum
        };
        Some(Self {
            masks,
            target,
            weights,
            weight_sum,
            column_means,
            target_mean,
            constant_target,
        })
    }

    pub fn rows(&self) -> usize {
        self.masks.rows()
    }

    pub fn columns(&self) -> usize {
        self.masks.columns()
    }

    /// The weighted, centred target `sqrt(w) (y - mean)`.
    pub fn weighted_target(&self) -> Vec<f64> {
        self.target
            .iter()
            .zip(self.weights)
            .map(|(y, w)| (y - self.target_mean) * w.sqrt())
            .collect()
    }

    /// The weighted, centred column `sqrt(w) (x - mean)`.
    pub fn weighted_column(&self, column: usize) -> Vec<f64> {
        let mean = self.column_means[column];
        self.masks
            .iter()
            .zip(self.weights)
            .map(|(row, w)| (f64::from(row[column]) - mean) * w.sqrt())
            .collect()
    }

    /// The weighted, centred columns `columns`, as `[rows, columns.len()]`.
    pub fn weighted_matrix(&self, columns: &[usize]) -> DMatrix<f64> {
        let mut matrix = DMatrix::zeros(self.rows(), columns.len());
        for (to, &column) in columns.iter().enumerate() {
            matrix
                .column_mut(to)
                .copy_from_slice(&self.weighted_column(column));
        }
        matrix
    }

    /// The product of every weighted, centred column with `v`.
    pub fn correlations(&self, v: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = v
            .iter()
            .zip(self.weights)
            .map(|(v, w)| v * w.sqrt())
            .collect();
        let total: f64 = scaled.iter().sum();
        let mut products = transposed_times(self.masks, &scaled);
        for (product, mean) in products.iter_mut().zip(&self.column_means) {
            *product -= mean * total;
        }
        products
    }
}

/// `masksᵀ v`, one number a column.
fn transposed_times(masks: &MaskSet, v: &[f64]) -> Vec<f64> {
    let mut products = vec![0.0; masks.columns()];
    for (row, &v) in masks.iter().zip(v) {
        if v != 0.0 {
            for (product, &bit) in products.iter_mut().zip(row) {
                *product += f64::from(bit) * v;
            }
        }
    }
    products
}
