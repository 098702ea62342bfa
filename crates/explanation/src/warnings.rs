use crate::interval::effective_rows;
use crate::{Intervals, LocalExplanation, Locality, Neighborhood, Recipe};
use musiclime_core::Components;
use std::fmt;

/// Below this R² the surrogate misses most of what the model does.
const LOW_R2: f64 = 0.3;
/// A probability spread below this is rounding, not a reaction.
const CONSTANT_SPREAD: f64 = 1e-6;
/// From this probability on, the softmax or sigmoid hardly moves.
const SATURATED: f64 = 0.999;
/// -80 dBFS: nobody hears a stem below it.
const SILENT_RMS: f64 = 1e-4;

/// A reason to distrust an explanation.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// The surrogate explains too little of the model's behaviour.
    LowFit {
        /// Its R².
        r2: f64,
    },
    /// No perturbation changed the prediction.
    ConstantPrediction {
        /// The spread between the largest and the smallest probability.
        spread: f64,
    },
    /// The largest weight's confidence interval contains 0.
    UncertainTopWeight {
        /// The component.
        feature: String,
        /// Its interval.
        interval: [f64; 2],
    },
    /// The probability is so close to 1 that single components cannot move it.
    SaturatedProbability {
        /// The probability.
        probability: f64,
    },
    /// Too few perturbations for confidence intervals.
    TooFewSamples {
        /// Effective number of perturbations, after the kernel.
        effective: f64,
        /// Number of components.
        components: usize,
    },
    /// Stems without sound: their weights mean nothing.
    SilentStems {
        /// Their names.
        stems: Vec<String>,
    },
    /// Words behind the model's token limit: their weights mean nothing.
    UnreadWords {
        /// How many.
        words: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LowFit { r2 } => write!(
                f,
                "Low fit: the linear surrogate explains {:.0} % of what the model does around this song (R² {r2:.2}). Take more samples or fewer segments.",
                r2.max(0.0) * 100.0
            ),
            Self::ConstantPrediction { spread } => write!(
                f,
                "Constant prediction: no perturbation changed the answer by more than {spread:.1e}, so the weights are noise."
            ),
            Self::UncertainTopWeight {
                feature,
                interval: [low, high],
            } => write!(
                f,
                "Uncertain top weight: the 95 % interval of \"{feature}\" is {low:.4} to {high:.4} and contains 0. Take more samples."
            ),
            Self::SaturatedProbability { probability } => write!(
                f,
                "Saturated probability: at {probability:.5} single components hardly move it. Explain the logit instead (--target logit)."
            ),
            Self::TooFewSamples {
                effective,
                components,
            } => write!(
                f,
                "Too few samples: {effective:.0} effective perturbations for {components} components; there are no confidence intervals. Take more samples, fewer segments or a wider kernel."
            ),
            Self::SilentStems { stems } => {
                write!(
                    f,
                    "Silent stems: {}. Their weights mean nothing.",
                    stems.join(", ")
                )
            }
            Self::UnreadWords { words } => write!(
                f,
                "Unread words: {words} words stand behind the model's token limit. Their weights mean nothing."
            ),
        }
    }
}

/// What to distrust in an explanation, gravest first.
pub fn warnings(
    explanation: &LocalExplanation,
    neighborhood: &Neighborhood,
    components: &Components,
    recipe: &Recipe,
) -> Vec<Warning> {
    let mut found = Vec::new();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for row in 0..neighborhood.probabilities.rows() {
        let p = neighborhood.probabilities.row(row)[explanation.index];
        (low, high) = (low.min(p), high.max(p));
    }
    let spread = high - low;
    let constant = spread < CONSTANT_SPREAD;
    if constant {
        found.push(Warning::ConstantPrediction {
            spread: spread.max(0.0),
        });
    }
    if explanation.r2 < LOW_R2 {
        found.push(Warning::LowFit { r2: explanation.r2 });
    }
    if explanation.intervals == Intervals::TooFewSamples {
        let locality = Locality {
            distance_scale: recipe.distance_scale,
            kernel_width: recipe.kernel_width,
        };
        found.push(Warning::TooFewSamples {
            effective: effective_rows(&locality.weights(&neighborhood.masks)),
            components: components.len(),
        });
    }
    if let Some(top) = explanation.weights.first()
        && let Some(interval) = top.interval
        && interval[0] <= 0.0
        && interval[1] >= 0.0
        && !constant
    {
        found.push(Warning::UncertainTopWeight {
            feature: top.feature.clone(),
            interval,
        });
    }
    let probable = neighborhood.probabilities.output().is_probability();
    if probable && explanation.probability >= SATURATED {
        found.push(Warning::SaturatedProbability {
            probability: explanation.probability,
        });
    }
    let silent: Vec<String> = components
        .stems
        .iter()
        .flat_map(|stems| stems.names().iter().zip(stems.waveforms()))
        .filter(|(_, wave)| wave.rms() < SILENT_RMS)
        .map(|(name, _)| name.clone())
        .collect();
    if !silent.is_empty() {
        found.push(Warning::SilentStems { stems: silent });
    }
    let unread = components.words.iter().filter(|w| w.unread).count();
    if unread > 0 {
        found.push(Warning::UnreadWords { words: unread });
    }
    found
}
