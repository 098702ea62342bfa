use super::weights::Place;
use crate::TrainingError;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Which weights decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecayScope {
    /// Every weight, as `torch.optim.AdamW` without groups.
    #[default]
    All,
    /// All but biases and normalisations, as HF's `Trainer`.
    NoVectors,
}

/// A factor on the learning rate of some weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateFactor {
    /// What the weights' file keys start with.
    pub prefix: String,
    /// Multiplies the rate.
    pub factor: f64,
}

/// How the weights of a network are treated, by their file keys.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParameterGroups {
    /// Which weights decay.
    pub decay: DecayScope,
    /// Layer-wise rate decay: `encoder.layer.K` of an encoder with L layers gets this to the power of L - K, the
    /// encoder's embeddings to the power of L + 1, everything else 1. 1 leaves all rates alike.
    ///
    /// # Source
    /// BEiT (arXiv 2106.08254) and ELECTRA; HF has no such option.
    pub layer_decay: Option<f64>,
    /// Further factors; the first whose prefix fits counts.
    pub rate_factors: Vec<RateFactor>,
    /// Weights whose keys start so are not trained: they get no gradient and have no state.
    pub frozen: Vec<String>,
}

/// How one weight is treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    Frozen,
    Trained { rate_factor: f64, decays: bool },
}

impl ParameterGroups {
    /// The rule of every weight, in their order.
    ///
    /// # Errors
    /// A factor that is no positive number, or a prefix that no weight has.
    pub(super) fn rules(&self, places: &[Place]) -> Result<Vec<Rule>, TrainingError> {
        let factors = self.rate_factors.iter().map(|f| f.factor);
        for factor in factors.chain(self.layer_decay) {
            if !(factor.is_finite() && factor > 0.0) {
                return Err(TrainingError::Setting {
                    what: "a factor on the learning rate",
                    expected: "above 0",
                    got: factor.to_string(),
                });
            }
        }
        let prefixes = self.rate_factors.iter().map(|f| &f.prefix);
        for prefix in prefixes.chain(&self.frozen) {
            if !places.iter().any(|p| p.key.starts_with(prefix.as_str())) {
                return Err(TrainingError::Setting {
                    what: "a parameter group",
                    expected: "what the key of some weight starts with",
                    got: format!("{prefix:?}"),
                });
            }
        }
        let mut layers: HashMap<&str, u32> = HashMap::new();
        for place in places {
            if let Some((encoder, Depth::Layer(k))) = depth(&place.key) {
                let count = layers.entry(encoder).or_default();
                *count = (*count).max(k + 1);
            }
        }
        let rule = |place: &Place| {
            if self
                .frozen
                .iter()
                .any(|f| place.key.starts_with(f.as_str()))
            {
                return Rule::Frozen;
            }
            let by_depth = match (self.layer_decay, depth(&place.key)) {
                (Some(decay), Some((encoder, depth))) => {
                    let count = layers.get(encoder).copied().unwrap_or(0);
                    let below_the_head = match depth {
                        Depth::Embeddings => count + 1,
                        Depth::Layer(k) => count - k,
                    };
                    decay.powi(below_the_head as i32)
                }
                _ => 1.0,
            };
            let by_name = self
                .rate_factors
                .iter()
                .find(|f| place.key.starts_with(f.prefix.as_str()))
                .map_or(1.0, |f| f.factor);
            Rule::Trained {
                rate_factor: by_depth * by_name,
                decays: self.decay == DecayScope::All || !place.vector,
            }
        };
        Ok(places.iter().map(rule).collect())
    }
}

enum Depth {
    Embeddings,
    Layer(u32),
}

/// The encoder that a weight belongs to, and how deep in it; `None` for heads and final normalisations.
fn depth(key: &str) -> Option<(&str, Depth)> {
    const LAYERS: &str = "encoder.layer.";
    if let Some(at) = key.find(LAYERS) {
        let layer = key[at + LAYERS.len()..].split('.').next()?.parse().ok()?;
        return Some((&key[..at], Depth::Layer(layer)));
    }
    let at = key.find("embeddings.")?;
    Some((&key[..at], Depth::Embeddings))
}
