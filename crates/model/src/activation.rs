use crate::cpu_kernels;
use crate::precision::single;
use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

/// The non-linearity between the two linear maps of an encoder layer (`hidden_act` in HF's configurations).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Activation {
    /// `x * Phi(x)` with the error function, not its tanh approximation.
    #[default]
    #[serde(rename = "gelu")]
    Gelu,
    /// The tanh approximation of GELU.
    #[serde(rename = "gelu_pytorch_tanh", alias = "gelu_new")]
    GeluTanh,
    /// `max(x, 0)`.
    #[serde(rename = "relu")]
    Relu,
}

impl Activation {
    /// Applies the non-linearity to every element; of half-precision numbers, in 32 bit between two roundings.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        let dtype = x.dtype();
        self.in_single(single(x)).cast(dtype)
    }

    fn in_single<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu if cpu_kernels::applies(&x) => cpu_kernels::gelu(x),
            Self::Gelu => gelu(x),
            Self::GeluTanh => activation::gelu_approximate(x),
            Self::Relu => activation::relu(x),
        }
    }
}

/// Written out where gradients are wanted: off the CPU backend, Burn 0.22 goes back through a GELU as if it were the
/// tanh approximation, which puts gradients off by 5e-4.
fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !x.is_autodiff() || x.device().without_autodiff() == Device::flex() {
        return activation::gelu(x);
    }
    let erf = x.clone().div_scalar(std::f64::consts::SQRT_2).erf();
    x * erf.add_scalar(1.0).mul_scalar(0.5)
}
