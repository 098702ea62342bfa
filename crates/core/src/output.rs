use serde::{Deserialize, Serialize};

/// What a model's outputs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Exactly one class is right: a softmax over the classes, whose probabilities sum to 1.
    #[default]
    Softmax,
    /// Any number of labels is right (taggers): a sigmoid a label. The probabilities of one song do not sum to 1.
    Sigmoid,
    /// Quantities such as valence and energy: the network's outputs as they are, which are no probabilities.
    Regression,
}

impl OutputKind {
    /// Whether a song has one class, as [`OutputKind::Softmax`] says.
    pub fn is_softmax(&self) -> bool {
        *self == Self::Softmax
    }

    /// Whether the outputs are probabilities rather than quantities.
    pub fn is_probability(self) -> bool {
        self != Self::Regression
    }

    /// The name in configurations and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Sigmoid => "sigmoid",
            Self::Regression => "regression",
        }
    }
}
