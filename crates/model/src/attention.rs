use crate::parameters::{Parameters, Visit, linear};
use crate::precision::{Precision, apply, cast_maps, single};
use crate::{ModelError, cpu_kernels};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Bool, DType, Device, Tensor, activation};

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

    /// Casts its maps.
    pub(crate) fn set_precision(&mut self, precision: Precision) {
        cast_maps([&mut self.query, &mut self.key, &mut self.value], precision);
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
        let q = split(apply(&self.query, x), tokens);
        let k = split(apply(&self.key, memory.clone()), keys);
        let v = split(apply(&self.value, memory), keys);
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
/// Written out rather than Burn's fused attention: the fused GPU kernels may round their tiles to f16, and tuning may
/// pick another kernel from run to run; the fused CPU kernel takes one exponential at a time.
///
/// Of half-precision numbers, `q` is scaled before the product, which could overflow, and the softmax is in 32 bit.
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
    let [batch, heads, tokens, head_width] = q.dims();
    let keys = k.dims()[2];
    let scale = (head_width as f32).powf(-0.5);
    let (q, scale) = match q.dtype() {
        DType::F32 => (q, scale),
        _ => (q * scale, 1.0),
    };
    let scores = single(q.matmul(k.swap_dims(2, 3)));
    let scores = match masked {
        Some(masked) => scores.mask_fill(masked.expand([batch, heads, tokens, keys]), MASKED_SCORE),
        None => scores,
    };
    let weights = if cpu_kernels::applies(&scores) {
        cpu_kernels::softmax_last(scores, scale)
    } else {
        activation::softmax(scores * scale, 3)
    };
    let dtype = v.dtype();
    weights.cast(dtype).matmul(v)
}

impl Parameters for Attention {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.query.parameters(&format!("{prefix}query."), visit)?;
        self.key.parameters(&format!("{prefix}key."), visit)?;
        self.value.parameters(&format!("{prefix}value."), visit)
    }
}
