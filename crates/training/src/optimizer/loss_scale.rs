use serde::{Deserialize, Serialize};

/// The first factor.
const START: f64 = 65_536.0;
/// Steps without overflow after which the factor doubles.
const GROWTH_STEPS: u32 = 2000;
/// Below it, gradients that still overflow are no matter of scale.
const LEAST: f64 = 1e-4;

/// The factor on the loss that keeps small gradients above the least half-precision number.
///
/// # Source
/// `torch.amp.GradScaler` with its defaults: halved after gradients that overflowed, doubled after 2,000 steps
/// without. Deliberate difference: it gives up below 1e-4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossScale {
    factor: f64,
    steps_without_overflow: u32,
}

impl Default for LossScale {
    fn default() -> Self {
        Self {
            factor: START,
            steps_without_overflow: 0,
        }
    }
}

impl LossScale {
    /// What the next step's loss is multiplied with.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Takes note of a step, and says whether it is worth going on.
    pub fn update(&mut self, overflowed: bool) -> bool {
        if overflowed {
            self.factor /= 2.0;
            self.steps_without_overflow = 0;
        } else {
            self.steps_without_overflow += 1;
            if self.steps_without_overflow == GROWTH_STEPS {
                self.factor *= 2.0;
                self.steps_without_overflow = 0;
            }
        }
        self.factor >= LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `GradScaler` does with the same steps.
    #[test]
    fn it_halves_at_once_and_doubles_after_long() {
        let mut scale = LossScale::default();
        assert!(scale.update(true) && scale.update(true));
        assert_eq!(scale.factor(), 16_384.0);
        (1..GROWTH_STEPS).for_each(|_| assert!(scale.update(false)));
        assert_eq!(scale.factor(), 16_384.0);
        assert!(scale.update(false));
        assert_eq!(scale.factor(), 32_768.0);
        (1..GROWTH_STEPS).for_each(|_| assert!(scale.update(false)));
        assert!(scale.update(true), "an overflow starts the count anew");
        assert!(scale.update(false));
        assert_eq!(scale.factor(), 16_384.0);
    }

    #[test]
    fn it_gives_up_where_nothing_helps() {
        let mut scale = LossScale::default();
        let halvings = (0..100).take_while(|_| scale.update(true)).count();
        assert_eq!(halvings, 29, "65536 / 2^29 is the last above 1e-4");
    }
}
