use crate::Invalid;
use serde::{Deserialize, Serialize};

/// The classes of a classifier, in the order of its outputs; no name twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet(Vec<String>);

impl LabelSet {
    /// Wraps names.
    ///
    /// # Errors
    /// No name, or a name twice.
    pub fn new(names: Vec<String>) -> Result<Self, Invalid> {
        if names.is_empty() {
            return Err(Invalid::new("label set", "at least 1 label", 0));
        }
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(Invalid::new(
                    "label set",
                    "distinct names",
                    format!("\"{name}\" twice"),
                ));
            }
        }
        Ok(Self(names))
    }

    /// The names, in output order.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// How many classes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true: a label set has at least one label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The output index of `name`.
    ///
    /// # Errors
    /// A name that is not in the set; the error lists the names that are.
    pub fn index_of(&self, name: &str) -> Result<usize, Invalid> {
        self.0
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| Invalid::new("label", format!("one of {}", self.0.join(", ")), name))
    }
}

impl TryFrom<Vec<String>> for LabelSet {
    type Error = Invalid;
    fn try_from(names: Vec<String>) -> Result<Self, Invalid> {
        Self::new(names)
    }
}

impl From<LabelSet> for Vec<String> {
    fn from(set: LabelSet) -> Self {
        set.0
    }
}

/// Class probabilities (and the logits behind them) of `rows` inputs.
///
/// # Shapes
/// `values` and `logits`: `[rows, classes]`, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Probabilities {
    classes: usize,
    values: Vec<f64>,
    logits: Vec<f64>,
}

impl Probabilities {
    /// The softmax of each row of `logits`, computed in f64.
    ///
    /// # Panics
    /// If `logits.len()` is not a multiple of `classes`.
    pub fn softmax(classes: usize, logits: Vec<f64>) -> Self {
        assert!(
            classes > 0 && logits.len().is_multiple_of(classes),
            "logits must be [rows, classes]"
        );
        let mut values = Vec::with_capacity(logits.len());
        for row in logits.chunks_exact(classes) {
            let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|x| (x - max).exp()).sum();
            values.extend(row.iter().map(|x| (x - max).exp() / sum));
        }
        Self {
            classes,
            values,
            logits,
        }
    }

    /// Probabilities that did not come from logits; the logits are their logarithms.
    ///
    /// # Panics
    /// If `values.len()` is not a multiple of `classes`.
    pub fn from_values(classes: usize, values: Vec<f64>) -> Self {
        assert!(
            classes > 0 && values.len().is_multiple_of(classes),
            "values must be [rows, classes]"
        );
        let logits = values
            .iter()
            .map(|p| p.max(f64::MIN_POSITIVE).ln())
            .collect();
        Self {
            classes,
            values,
            logits,
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.classes).unwrap_or(0)
    }

    /// The probabilities of row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.classes..(i + 1) * self.classes]
    }

    /// The logits of row `i`.
    pub fn logits_row(&self, i: usize) -> &[f64] {
        &self.logits[i * self.classes..(i + 1) * self.classes]
    }

    /// All probabilities, row-major `[rows, classes]`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All logits, row-major `[rows, classes]`.
    pub fn logits(&self) -> &[f64] {
        &self.logits
    }

    /// The class indices of row `i`, most probable first; ties keep class order.
    pub fn ranking(&self, i: usize) -> Vec<usize> {
        let row = self.row(i);
        let mut order: Vec<usize> = (0..self.classes).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        order
    }
}
