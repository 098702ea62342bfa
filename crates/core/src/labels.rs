use crate::{Invalid, OutputKind};
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

/// A model's answers to `rows` inputs, and the logits behind them: class probabilities, label probabilities that do
/// not sum to 1, or predicted quantities, as [`Probabilities::output`] says.
///
/// # Shapes
/// `values` and `logits`: `[rows, classes]`, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Probabilities {
    classes: usize,
    output: OutputKind,
    values: Vec<f64>,
    logits: Vec<f64>,
}

impl Probabilities {
    /// The answers that `logits` stand for, computed in f64: the softmax of each row, the sigmoid of each element,
    /// or, for a regression, the logits themselves.
    ///
    /// # Panics
    /// If `logits.len()` is not a multiple of `classes`.
    pub fn from_logits(output: OutputKind, classes: usize, logits: Vec<f64>) -> Self {
        assert!(
            classes > 0 && logits.len().is_multiple_of(classes),
            "logits must be [rows, classes]"
        );
        let values = match output {
            OutputKind::Softmax => {
                let mut values = Vec::with_capacity(logits.len());
                for row in logits.chunks_exact(classes) {
                    let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = row.iter().map(|x| (x - max).exp()).sum();
                    values.extend(row.iter().map(|x| (x - max).exp() / sum));
                }
                values
            }
            OutputKind::Sigmoid => logits.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
            OutputKind::Regression => logits.clone(),
        };
        Self {
            classes,
            output,
            values,
            logits,
        }
    }

    /// The softmax of each row of `logits`, computed in f64.
    ///
    /// # Panics
    /// If `logits.len()` is not a multiple of `classes`.
    pub fn softmax(classes: usize, logits: Vec<f64>) -> Self {
        Self::from_logits(OutputKind::Softmax, classes, logits)
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
            output: OutputKind::Softmax,
            values,
            logits,
        }
    }

    /// The same answers, said to mean something else.
    pub fn with_output(mut self, output: OutputKind) -> Self {
        self.output = output;
        self
    }

    /// What the answers mean.
    pub fn output(&self) -> OutputKind {
        self.output
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

    /// The class indices of row `i`, most probable first; ties keep class order. Quantities have no such order and
    /// stay in the order of the outputs.
    pub fn ranking(&self, i: usize) -> Vec<usize> {
        let row = self.row(i);
        let mut order: Vec<usize> = (0..self.classes).collect();
        if self.output.is_probability() {
            order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_output_reads_its_logits() {
        let logits = vec![0.0, 3f64.ln(), -1.0, 2.0];
        let of = |kind| Probabilities::from_logits(kind, 2, logits.clone());
        let close = |got: &[f64], expected: [f64; 2]| {
            let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
            assert!(
                worst.fold(0.0, f64::max) < 1e-12,
                "{got:?} and {expected:?}"
            );
        };
        close(of(OutputKind::Softmax).row(0), [0.25, 0.75]);
        close(of(OutputKind::Sigmoid).row(0), [0.5, 0.75]);
        close(of(OutputKind::Regression).row(1), [-1.0, 2.0]);
        assert_eq!(of(OutputKind::Sigmoid).ranking(0), [1, 0]);
        assert_eq!(of(OutputKind::Regression).ranking(1), [0, 1]);
        // Far logits neither overflow nor leave 0 to 1.
        let far = Probabilities::from_logits(OutputKind::Sigmoid, 2, vec![-800.0, 800.0]);
        close(far.row(0), [0.0, 1.0]);
    }
}
