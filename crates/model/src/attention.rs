use crate::ModelError;
use crate::parameters::{Parameters, Visit, linear};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Bool, Device, Tensor, activation, module};

/// What a padded key's score becomes before the softmax: small enough that its weight is exactly 0, and finite,
/// since WGSL has no infinity literal.
const MASKED_SCORE: f32 = -1e30;

/// Multi-head attention without its output projection.
///
/// # Source
/// `ASTSelfAttention` and `RobertaSelfAttention` of transformers 4.57.1 (dropout left out).
#[derive(Module, Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    heads: usize,
}

impl Attention {
    /// Three maps of `width` to `width`, split into `heads`.
    pub fn new(width: usize, heads: usize, bias: bool, device: &Device) -> Self {
        Self {
            query: linear(width, width, bias, device),
            key: linear(width, width, bias, device),
            value: linear(width, width, bias, device),
            heads,
        }
    }

    /// Attends from every token to every token that is not padding.
    ///
    /// # Shapes
    /// `x` and the result: `[batch, tokens, width]`; `padding`: `[batch, tokens]`, true where a token is padding.
    pub fn forward(&self, x: Tensor<3>, padding: Option<&Tensor<2, Bool>>) -> Tensor<3> {
        self.attend(x.clone(), x, padding)
    }

    /// Attends from every token of `x` to every token of `memory` that is not padding.
    ///
    /// # Shapes
    /// `x` and the result: `[batch, tokens, width]`; `memory`: `[batch, keys, width]`; `padding`: `[batch, keys]`,
    /// true where a token of `memory` is padding.
    pub fn attend(
        &self,
        x: Tensor<3>,
        memory: Tensor<3>,
        padding: Option<&Tensor<2, Bool>>,
    ) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let keys = memory.dims()[1];
        let split = |y: Tensor<3>, tokens| {
            y.reshape([batch, tokens, self.heads, width / self.heads])
                .swap_dims(1, 2)
        };
        let q = split(self.query.forward(x), tokens);
        let k = split(self.key.forward(memory.clone()), keys);
        let v = split(self.value.forward(memory), keys);
        let mask = padding.map(|p| {
            p.clone()
                .reshape([batch, 1, 1, keys])
                .expand([batch, 1, tokens, keys])
        });
        scaled_dot_product(q, k, v, mask)
            .swap_dims(1, 2)
            .reshape([batch, tokens, width])
    }
}

/// `softmax(q k^T / sqrt(head width)) v`.
///
/// On the CPU backend without autodiff this is Burn's fused attention. Elsewhere it is written out: the fused
/// GPU kernels may round their tiles to f16, and tuning may pick another kernel from run to run.
///
/// # Shapes
/// `q` and the result: `[batch, heads, tokens, head width]`; `k`, `v`: `[batch, heads, keys, head width]`; `masked`:
/// `[batch, 1, tokens, keys]`, true where a key must not be seen.
pub(crate) fn scaled_dot_product(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    masked: Option<Tensor<4, Bool>>,
) -> Tensor<4> {
    let device = q.device();
    if device == Device::flex() && !q.is_autodiff() {
        return module::attention(q, k, v, masked, None, AttentionModuleOptions::default());
    }
    let [batch, heads, tokens, head_width] = q.dims();
    let keys = k.dims()[2];
    let scores = q.matmul(k.swap_dims(2, 3)) * (head_width as f64).powf(-0.5);
    let scores = match masked {
        Some(masked) => scores.mask_fill(masked.expand([batch, heads, tokens, keys]), MASKED_SCORE),
        None => scores,
    };
    activation::softmax(scores, 3).matmul(v)
}

impl Parameters for Attention {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.query.parameters(&format!("{prefix}query."), visit)?;
        self.key.parameters(&format!("{prefix}key."), visit)?;
        self.value.parameters(&format!("{prefix}value."), visit)
    }
}
