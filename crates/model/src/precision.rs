//! The transformers' large products in half precision.

use crate::ModelError;
use crate::devices::half_precision_test;
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

    /// Refuses a device that does not compute in it what the CPU computes in single precision.
    ///
    /// # Errors
    /// A device without such arithmetic, or one that cannot be trusted with it.
    pub fn check(self, device: &Device) -> Result<(), ModelError> {
        if self == Self::F32 {
            return Ok(());
        }
        match half_precision_test(device, self) {
            Ok(_) => Ok(()),
            Err(reason) => Err(ModelError::invalid(
                "precision",
                "one that the device computes in as the CPU does in f32",
                format!("{}: {reason}", self.name()),
            )),
        }
    }

    pub(crate) fn dtype(self) -> FloatDType {
        match self {
            Self::F32 => FloatDType::F32,
            Self::Bf16 => FloatDType::BF16,
            Self::F16 => FloatDType::F16,
        }
    }
}

/// Casts the weights of linear maps; gradients go back to those that they were cast from.
pub(crate) fn cast_maps<const N: usize>(maps: [&mut Linear; N], precision: Precision) {
    fn cast<const D: usize>(param: &Param<Tensor<D>>, precision: Precision) -> Param<Tensor<D>> {
        param.clone().map(|values| values.cast(precision.dtype()))
    }
    for map in maps {
        map.weight = cast(&map.weight, precision);
        map.bias = map.bias.as_ref().map(|bias| cast(bias, precision));
    }
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
