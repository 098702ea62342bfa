//! The transformers' large products in half precision.

use crate::ModelError;
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, FloatDType, Tensor};
use serde::{Deserialize, Serialize};

/// The numbers that AST, RoBERTa and BERT compute their layers' matrix products in.
///
/// # Source
/// `torch.autocast`: linear maps, attention's products and what stands between them are in half precision;
/// embeddings, normalisations, softmaxes, sums over layers, and the head are in 32 bit. Recurrent encoders and
/// convolutions stay in 32 bit here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bit everywhere.
    #[default]
    F32,
    /// bfloat16: the range of 32 bit, 8 bits of precision.
    Bf16,
    /// IEEE half precision: 11 bits of precision, nothing above 65,504.
    F16,
}

impl Precision {
    /// The name that files and commands use.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        }
    }

    /// Refuses a device that does not compute in it.
    ///
    /// # Errors
    /// A device without such arithmetic.
    pub fn check(self, device: &Device) -> Result<(), ModelError> {
        if device.supports_dtype(burn::tensor::DType::from(self.dtype())) {
            return Ok(());
        }
        Err(ModelError::invalid(
            "precision",
            "numbers that the device computes in (f32 always is)",
            self.name(),
        ))
    }

    pub(crate) fn dtype(self) -> FloatDType {
        match self {
            Self::F32 => FloatDType::F32,
            Self::Bf16 => FloatDType::BF16,
            Self::F16 => FloatDType::F16,
        }
    }
}

/// Casts a map's weights; gradients go back to those that they were cast from.
pub(crate) fn cast_linear(map: &mut Linear, precision: Precision) {
    fn cast<const D: usize>(param: &Param<Tensor<D>>, precision: Precision) -> Param<Tensor<D>> {
        param.clone().map(|values| values.cast(precision.dtype()))
    }
    map.weight = cast(&map.weight, precision);
    map.bias = map.bias.as_ref().map(|bias| cast(bias, precision));
}

/// A linear map in the numbers of its weights.
pub(crate) fn apply<const D: usize>(map: &Linear, x: Tensor<D>) -> Tensor<D> {
    let dtype = map.weight.val().dtype();
    map.forward(x.cast(dtype))
}

/// The same numbers in 32 bit.
pub(crate) fn single<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.cast(FloatDType::F32)
}
