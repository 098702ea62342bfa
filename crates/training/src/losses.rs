use crate::TrainingError;
use burn::tensor::activation::{log_softmax, softplus};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// A loss before it is divided: micro-batches are joined by adding both parts.
#[derive(Debug, Clone)]
pub struct LossSum {
    /// The sum over everything that is judged, `[1]`.
    pub sum: Tensor<1>,
    /// What to divide it by.
    pub weight: f64,
}

impl LossSum {
    /// The mean, `[1]`.
    pub fn mean(self) -> Tensor<1> {
        self.sum.div_scalar(self.weight)
    }
}

/// How much the songs of each class count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// All songs alike.
    #[default]
    Equal,
    /// All classes alike: songs / (classes x songs of the class).
    ///
    /// # Source
    /// `sklearn.utils.class_weight.compute_class_weight("balanced")`.
    Balanced,
    /// One weight a class.
    Given(Vec<f64>),
}

impl ClassWeights {
    /// One weight a class, from the labels of the training songs.
    ///
    /// # Errors
    /// `Balanced` with a class that has no song, or given weights that are not as many positive numbers as classes.
    pub fn resolve(&self, labels: &[usize], classes: usize) -> Result<Vec<f64>, TrainingError> {
        match self {
            Self::Equal => Ok(vec![1.0; classes]),
            Self::Balanced => {
                let mut counts = vec![0usize; classes];
                for &label in labels {
                    counts[label] += 1;
                }
                if let Some(class) = counts.iter().position(|n| *n == 0) {
                    return Err(TrainingError::Setting {
                        what: "class_weights",
                        expected: "a training song of every class, to balance them",
                        got: format!("none of class {class}"),
                    });
                }
                let weight = |n: &usize| labels.len() as f64 / (classes * n) as f64;
                Ok(counts.iter().map(weight).collect())
            }
            Self::Given(weights) => {
                let fine = |w: &f64| w.is_finite() && *w > 0.0;
                if weights.len() != classes || !weights.iter().all(fine) {
                    return Err(TrainingError::Setting {
                        what: "class_weights",
                        expected: "a number above 0 for each class",
                        got: format!("{weights:?} for {classes} classes"),
                    });
                }
                Ok(weights.clone())
            }
        }
    }
}

/// Cross-entropy with class weights and label smoothing.
///
/// # Source
/// `torch.nn.functional.cross_entropy`: the mean divides by the summed weights of the labels, and smoothing gives
/// every class, weighted by its own weight, an equal share.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossEntropy {
    class_weights: Vec<f64>,
    smoothing: f64,
}

impl CrossEntropy {
    /// A loss over `class_weights.len()` classes; `smoothing` is the share that is spread over all classes.
    ///
    /// # Errors
    /// A smoothing that is not from 0 to below 1.
    pub fn new(class_weights: Vec<f64>, smoothing: f64) -> Result<Self, TrainingError> {
        if !(0.0..1.0).contains(&smoothing) {
            return Err(TrainingError::Setting {
                what: "label_smoothing",
                expected: "from 0 to below 1",
                got: smoothing.to_string(),
            });
        }
        Ok(Self {
            class_weights,
            smoothing,
        })
    }

    /// The loss of a batch.
    ///
    /// # Shapes
    /// `logits`: `[batch, classes]`, `labels`: `[batch]`.
    ///
    /// # Panics
    /// If the labels are not as many as the rows, or name a class that there is not.
    pub fn forward(&self, logits: Tensor<2>, labels: &[usize]) -> LossSum {
        let [rows, classes] = logits.dims();
        assert_eq!([labels.len(), self.class_weights.len()], [rows, classes]);
        let spread = self.smoothing / classes as f64;
        let mut factors = Vec::with_capacity(rows * classes);
        for &label in labels {
            for (class, weight) in self.class_weights.iter().enumerate() {
                let hit = if class == label {
                    1.0 - self.smoothing
                } else {
                    0.0
                };
                factors.push(((hit + spread) * weight) as f32);
            }
        }
        let factors = TensorData::new(factors, [rows, classes]);
        let factors = Tensor::from_data(factors, &logits.device());
        LossSum {
            sum: (log_softmax(logits, 1) * factors).sum().neg(),
            weight: labels.iter().map(|&label| self.class_weights[label]).sum(),
        }
    }
}

/// Binary cross-entropy of every tag on its own, from logits.
///
/// # Source
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BinaryCrossEntropy {
    /// How much more a tag that is there counts than one that is not, one a tag; `None` for 1.
    pub positive_weights: Option<Vec<f64>>,
}

impl BinaryCrossEntropy {
    /// The loss of a batch.
    ///
    /// # Shapes
    /// `logits`, `targets`: `[batch, tags]`, targets from 0 to 1.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward(&self, logits: Tensor<2>, targets: Tensor<2>) -> LossSum {
        let [rows, tags] = logits.dims();
        assert_eq!(targets.dims(), [rows, tags]);
        let surprise = softplus(logits.clone().neg(), 1.0);
        let surprise = match &self.positive_weights {
            Some(weights) => {
                assert_eq!(weights.len(), tags);
                let extra: Vec<f32> = weights.iter().map(|w| (w - 1.0) as f32).collect();
                let extra = TensorData::new(extra, [1, tags]);
                let extra = Tensor::<2>::from_data(extra, &logits.device());
                surprise * (targets.clone() * extra).add_scalar(1.0)
            }
            None => surprise,
        };
        let absent = targets.neg().add_scalar(1.0);
        LossSum {
            sum: (absent * logits + surprise).sum(),
            weight: (rows * tags) as f64,
        }
    }
}

/// How far numbers such as valence and energy are off.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regression {
    /// The squared difference.
    #[default]
    SquaredError,
    /// Half the squared difference up to `delta`, a straight line beyond it.
    Huber {
        /// Where the line starts.
        delta: f64,
    },
}

impl Regression {
    /// Refuses a `delta` that is not above 0.
    ///
    /// # Errors
    /// Exactly that.
    pub fn validate(&self) -> Result<(), TrainingError> {
        match self {
            Self::Huber { delta } if !(delta.is_finite() && *delta > 0.0) => {
                Err(TrainingError::Setting {
                    what: "delta",
                    expected: "above 0",
                    got: delta.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The loss of one difference.
    pub fn of(&self, off: f64) -> f64 {
        match self {
            Self::SquaredError => off * off,
            Self::Huber { delta } => {
                let bent = off.abs().min(*delta);
                0.5 * bent * bent + delta * (off.abs() - bent)
            }
        }
    }

    /// The loss of a batch.
    ///
    /// # Shapes
    /// `predictions`, `targets`: `[batch, values]`.
    ///
    /// # Source
    /// `torch.nn.functional.mse_loss` and `huber_loss`.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward(&self, predictions: Tensor<2>, targets: Tensor<2>) -> LossSum {
        let [rows, values] = predictions.dims();
        assert_eq!(targets.dims(), [rows, values]);
        let off = predictions - targets;
        let sum = match self {
            Self::SquaredError => off.square().sum(),
            Self::Huber { delta } => {
                let off = off.abs();
                let bent = off.clone().clamp_max(*delta);
                let line = (off - bent.clone()).mul_scalar(*delta);
                (bent.square().mul_scalar(0.5) + line).sum()
            }
        };
        LossSum {
            sum,
            weight: (rows * values) as f64,
        }
    }
}
