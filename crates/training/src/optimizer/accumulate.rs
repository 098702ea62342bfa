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
    loss_scale: f64,
}

impl<M: Module> Default for GradientAccumulator<M> {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl<M: Module> GradientAccumulator<M> {
    /// One that multiplies losses by `loss_scale` before it goes back through them, and divides the gradients by it.
    pub fn new(loss_scale: f64) -> Self {
        Self {
            gradients: GradientsAccumulator::new(),
            sum: None,
            weight: 0.0,
            loss_scale,
        }
    }

    /// Goes back through the loss of one micro-batch.
    pub fn add(&mut self, module: &M, loss: LossSum) {
        let scaled = match self.loss_scale {
            1.0 => loss.sum.clone(),
            scale => loss.sum.clone().mul_scalar(scale),
        };
        let gradients = GradientsParams::from_grads(scaled.backward(), module);
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
        scale(module, &mut gradients, 1.0 / (weight * self.loss_scale));
        Some((gradients, sum.div_scalar(weight)))
    }
}
