use super::clip::scale;
use crate::LossSum;
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;

/// Adds up the gradients of micro-batches to those of the one large batch that they make.
///
/// Means of means would weigh the songs of a small or light micro-batch more; this divides once, by the weight of all.
pub struct GradientAccumulator<M> {
    gradients: GradientsAccumulator<M>,
    sum: Option<Tensor<1>>,
    weight: f64,
}

impl<M: Module> Default for GradientAccumulator<M> {
    fn default() -> Self {
        Self {
            gradients: GradientsAccumulator::new(),
            sum: None,
            weight: 0.0,
        }
    }
}

impl<M: Module> GradientAccumulator<M> {
    /// Goes back through the loss of one micro-batch.
    pub fn add(&mut self, module: &M, loss: LossSum) {
        let gradients = GradientsParams::from_grads(loss.sum.backward(), module);
        self.gradients.accumulate(module, gradients);
        let sum = loss.sum.inner();
        self.sum = Some(match self.sum.take() {
            Some(before) => before + sum,
            None => sum,
        });
        self.weight += loss.weight;
    }

    /// The gradients and the mean loss (`[1]`, on the device still) of all micro-batches since the last call; `None`
    /// if there was none, or if they weigh nothing.
    pub fn finish(&mut self, module: &M) -> Option<(GradientsParams, Tensor<1>)> {
        let weight = std::mem::take(&mut self.weight);
        let mut gradients = self.gradients.grads();
        let sum = self.sum.take().filter(|_| weight > 0.0)?;
        scale(module, &mut gradients, 1.0 / weight);
        Some((gradients, sum.div_scalar(weight)))
    }
}
