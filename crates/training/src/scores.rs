use serde::{Deserialize, Serialize};
use std::fmt;

/// How good the answers for the validation songs, whole, are; the first figure of each kind chooses the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValidationScores {
    /// One class a song.
    Classes {
        /// Mean F1 of the classes.
        macro_f1: f64,
        /// Share of right answers.
        validation_accuracy: f64,
    },
    /// Tags.
    Tags {
        /// Mean over the tags of the average precision; tags that no validation song has are left out.
        mean_average_precision: f64,
        /// Mean over the tags of F1, given from probability 0.5 on.
        macro_f1: f64,
    },
    /// Quantities.
    Values {
        /// Mean over the quantities of the coefficient of determination.
        mean_r2: f64,
        /// Root of the mean squared error of all quantities.
        root_mean_squared_error: f64,
    },
}

impl ValidationScores {
    /// The figure that chooses the epoch, the higher the better.
    pub fn deciding(&self) -> f64 {
        self.named()[0].1
    }

    /// All figures with their names, the deciding one first.
    pub fn named(&self) -> [(&'static str, f64); 2] {
        match *self {
            Self::Classes {
                macro_f1,
                validation_accuracy,
            } => [("macro-F1", macro_f1), ("accuracy", validation_accuracy)],
            Self::Tags {
                mean_average_precision,
                macro_f1,
            } => [
                ("mean average precision", mean_average_precision),
                ("macro-F1", macro_f1),
            ],
            Self::Values {
                mean_r2,
                root_mean_squared_error,
            } => [("R²", mean_r2), ("RMSE", root_mean_squared_error)],
        }
    }
}

impl fmt::Display for ValidationScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [(a, x), (b, y)] = self.named();
        write!(f, "{a} {x:.4}, {b} {y:.4}")
    }
}
