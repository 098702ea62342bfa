use super::groups::{ParameterGroups, Rule};
use super::weights::{Place, WeightVisitor, visit_weights};
use crate::TrainingError;
use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use musiclime_model::Parameters;
use std::collections::BTreeMap;

/// The numbers of AdamW; the learning rate is given step by step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWConfig {
    /// How much of the mean gradient is kept a step.
    pub beta_1: f64,
    /// How much of the mean squared gradient is kept a step.
    pub beta_2: f64,
    /// Added to the root of the mean squared gradient after its bias is corrected.
    pub epsilon: f64,
    /// Decoupled weight decay: a step takes this share times the rate off a weight.
    pub weight_decay: f64,
}

/// PyTorch's defaults.
impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
        }
    }
}

impl AdamWConfig {
    fn validate(&self) -> Result<(), TrainingError> {
        let settings = [
            ("beta_1", self.beta_1, (0.0..1.0).contains(&self.beta_1)),
            ("beta_2", self.beta_2, (0.0..1.0).contains(&self.beta_2)),
            ("epsilon", self.epsilon, self.epsilon > 0.0),
            (
                "weight_decay",
                self.weight_decay,
                self.weight_decay >= 0.0 && self.weight_decay.is_finite(),
            ),
        ];
        match settings.into_iter().find(|(_, _, fine)| !fine) {
            Some((what, got, _)) => Err(TrainingError::Setting {
                what,
                expected: "betas from 0 to below 1, an epsilon above 0, a decay of at least 0",
                got: got.to_string(),
            }),
            None => Ok(()),
        }
    }
}

/// AdamW over the weights of one network.
///
/// # Source
/// `torch.optim.AdamW`, operation by operation (its single-tensor path). Burn's own computes the bias corrections in
/// f32 and keeps its state by ids that differ from run to run; this one uses f64 and the weights' file keys.
#[derive(Debug, Clone)]
pub struct AdamW {
    pub(super) config: AdamWConfig,
    /// By file key; weights that are frozen are not here.
    pub(super) weights: BTreeMap<String, Weight>,
}

#[derive(Debug, Clone)]
pub(super) struct Weight {
    pub(super) place: Place,
    rate_factor: f64,
    decay: f64,
    /// None before the first gradient.
    pub(super) moments: Option<Moments>,
}

/// The running means of one weight, as long vectors in the device's order.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) steps: u32,
    pub(super) first: Tensor<1>,
    pub(super) second: Tensor<1>,
}

impl AdamW {
    /// An optimizer without state for `network`, whose frozen weights it stops from tracking gradients.
    ///
    /// # Errors
    /// Numbers that cannot work, or a group that fits no weight.
    pub fn new(
        config: AdamWConfig,
        groups: &ParameterGroups,
        network: &mut impl Parameters,
    ) -> Result<Self, TrainingError> {
        config.validate()?;
        let mut listing = Listing(Vec::new());
        visit_weights(network, &mut listing);
        let rules = groups.rules(&listing.0)?;
        let mut weights = BTreeMap::new();
        for (place, rule) in listing.0.into_iter().zip(rules) {
            if let Rule::Trained {
                rate_factor,
                decays,
            } = rule
            {
                let weight = Weight {
                    rate_factor,
                    decay: if decays { config.weight_decay } else { 0.0 },
                    moments: None,
                    place,
                };
                weights.insert(weight.place.key.clone(), weight);
            }
        }
        if weights.is_empty() {
            return Err(TrainingError::Setting {
                what: "frozen",
                expected: "at least one weight left to train",
                got: format!("{:?}", groups.frozen),
            });
        }
        let optimizer = Self { config, weights };
        optimizer.freeze(network);
        Ok(optimizer)
    }

    /// Stops the frozen weights from tracking gradients; for a network whose weights were loaded anew.
    pub(crate) fn freeze(&self, network: &mut impl Parameters) {
        visit_weights(network, &mut Freeze(&self.weights));
    }

    /// Moves every weight that has a gradient; the others stay, without decay, as in PyTorch.
    ///
    /// `rate` is the learning rate of this step before the groups' factors.
    ///
    /// # Panics
    /// If `network` is not the one that this optimizer was made for.
    pub fn step(
        &mut self,
        rate: f64,
        network: &mut impl Parameters,
        mut gradients: GradientsParams,
    ) {
        let mut step = Step {
            optimizer: self,
            rate,
            gradients: &mut gradients,
        };
        visit_weights(network, &mut step);
    }

    /// The file keys of the weights that are trained and never had a gradient.
    pub fn untouched(&self) -> impl Iterator<Item = &str> {
        let untouched = self.weights.iter().filter(|(_, w)| w.moments.is_none());
        untouched.map(|(key, _)| key.as_str())
    }

    /// The file keys of the weights that are trained, sorted.
    pub fn trained(&self) -> impl Iterator<Item = &str> {
        self.weights.keys().map(String::as_str)
    }
}

struct Listing(Vec<Place>);

impl WeightVisitor for Listing {
    fn visit<const D: usize>(&mut self, place: Place, _: &mut Param<Tensor<D>>) {
        self.0.push(place);
    }
}

struct Freeze<'a>(&'a BTreeMap<String, Weight>);

impl WeightVisitor for Freeze<'_> {
    fn visit<const D: usize>(&mut self, place: Place, param: &mut Param<Tensor<D>>) {
        if !self.0.contains_key(&place.key) {
            *param = param.clone().set_require_grad(false);
        }
    }
}

struct Step<'a> {
    optimizer: &'a mut AdamW,
    rate: f64,
    gradients: &'a mut GradientsParams,
}

impl WeightVisitor for Step<'_> {
    fn visit<const D: usize>(&mut self, place: Place, param: &mut Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return;
        };
        let config = self.optimizer.config;
        let Some(weight) = self.optimizer.weights.get_mut(&place.key) else {
            panic!("{}: a gradient for a weight that is not trained", place.key);
        };
        assert_eq!(weight.place, place, "the optimizer is another network's");
        let gradient = gradient.inner().reshape([place.count()]);
        let moments = weight.moments.take();
        let moments = Moments::advance(moments, gradient, &config);
        let rate = self.rate * weight.rate_factor;
        let delta = moments.delta(rate, &config);
        weight.moments = Some(moments);

        let decay = 1.0 - rate * weight.decay;
        *param = param.clone().map(|tensor| {
            let strategy = tensor.gradient_checkpointing_strategy();
            let shape = tensor.shape();
            let decayed = match weight.decay {
                0.0 => tensor.inner(),
                _ => tensor.inner().mul_scalar(decay),
            };
            let moved = Tensor::from_inner(decayed - delta.reshape(shape));
            let moved = match strategy {
                Some(strategy) => moved.with_gradient_checkpointing_strategy(strategy),
                None => moved,
            };
            moved.require_grad()
        });
    }
}

impl Moments {
    /// The running means with one gradient more.
    fn advance(before: Option<Self>, gradient: Tensor<1>, config: &AdamWConfig) -> Self {
        let before = before.unwrap_or_else(|| Self {
            steps: 0,
            first: gradient.zeros_like(),
            second: gradient.zeros_like(),
        });
        let towards = gradient.clone() - before.first.clone();
        let square = gradient.clone().mul_scalar(1.0 - config.beta_2) * gradient;
        Self {
            steps: before.steps + 1,
            first: before.first + towards.mul_scalar(1.0 - config.beta_1),
            second: before.second.mul_scalar(config.beta_2) + square,
        }
    }

    /// What is taken off the weight.
    fn delta(&self, rate: f64, config: &AdamWConfig) -> Tensor<1> {
        let correction = |beta: f64| 1.0 - beta.powf(f64::from(self.steps));
        let root = self.second.clone().sqrt();
        let root = root.div_scalar(correction(config.beta_2).sqrt());
        let first = self.first.clone();
        first.mul_scalar(rate / correction(config.beta_1)) / root.add_scalar(config.epsilon)
    }
}
