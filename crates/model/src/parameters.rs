//! One listing of every weight by its HF key serves loading, saving, initialising and counting.

use crate::ModelError;
use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// A weight's place in the network and how the file lays it out.
pub enum Slot<'a> {
    /// A linear map, `[in, out]` here and `[out, in]` in the file.
    Linear(&'a mut Param<Tensor<2>>),
    /// A convolution over one channel as a linear map over unfolded patches, `[height * width, out]` here
    /// and `[out, 1, height, width]` in the file.
    Kernel {
        /// The weight.
        weight: &'a mut Param<Tensor<2>>,
        /// Height and width of the patch.
        patch: [usize; 2],
    },
    /// A convolution `[out, in, height, width]`, the same in the file.
    Convolution(&'a mut Param<Tensor<4>>),
    /// The stacked maps of a recurrent layer's three gates, `[in, 3 hidden]` here and `[3 hidden, in]` in the file.
    Recurrent(&'a mut Param<Tensor<2>>),
    /// The stacked biases of a recurrent layer's three gates, `[3 hidden]`.
    RecurrentBias(&'a mut Param<Tensor<1>>),
    /// A lookup table `[rows, width]`, the same in the file.
    Table(&'a mut Param<Tensor<2>>),
    /// Tokens or positions `[1, tokens, width]`, the same in the file.
    Tokens(&'a mut Param<Tensor<3>>),
    /// A bias or the shift of a normalisation.
    Zeros(&'a mut Param<Tensor<1>>),
    /// The scale of a normalisation.
    Ones(&'a mut Param<Tensor<1>>),
}

impl Slot<'_> {
    /// The shape that the file has for it.
    pub fn file_shape(&self) -> Vec<usize> {
        match self {
            Self::Linear(p) | Self::Recurrent(p) => p.lazy_shape().iter().rev().copied().collect(),
            Self::Convolution(p) => p.lazy_shape().to_vec(),
            Self::Kernel { weight, patch } => {
                vec![weight.lazy_shape()[1], 1, patch[0], patch[1]]
            }
            Self::Table(p) => p.lazy_shape().to_vec(),
            Self::Tokens(p) => p.lazy_shape().to_vec(),
            Self::Zeros(p) | Self::Ones(p) | Self::RecurrentBias(p) => p.lazy_shape().to_vec(),
        }
    }

    /// Replaces the weight by a new one of the same values on `device`, with gradients where the device keeps them.
    pub(crate) fn settle(self, device: &Device) {
        fn anew<const D: usize>(param: &mut Param<Tensor<D>>, device: &Device) {
            *param = Param::from_data(param.val().into_data(), device);
        }
        match self {
            Self::Linear(p)
            | Self::Recurrent(p)
            | Self::Kernel { weight: p, .. }
            | Self::Table(p) => anew(p, device),
            Self::Convolution(p) => anew(p, device),
            Self::Tokens(p) => anew(p, device),
            Self::Zeros(p) | Self::Ones(p) | Self::RecurrentBias(p) => anew(p, device),
        }
    }
}

/// Receives every weight with its HF key.
pub type Visit<'a> = dyn FnMut(String, Slot<'_>) -> Result<(), ModelError> + 'a;

/// A network that can list its weights by HF key, always in the same order.
pub trait Parameters {
    /// Calls `visit` for every weight; keys start with `prefix` (which ends in a dot, or is empty).
    ///
    /// # Errors
    /// Whatever `visit` returns.
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError>;
}

impl Parameters for Linear {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        visit(format!("{prefix}weight"), Slot::Linear(&mut self.weight))?;
        match &mut self.bias {
            Some(bias) => visit(format!("{prefix}bias"), Slot::Zeros(bias)),
            None => Ok(()),
        }
    }
}

impl Parameters for LayerNorm {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        visit(format!("{prefix}weight"), Slot::Ones(&mut self.gamma))?;
        match &mut self.beta {
            Some(beta) => visit(format!("{prefix}bias"), Slot::Zeros(beta)),
            None => Ok(()),
        }
    }
}

impl Parameters for Conv2d {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        visit(
            format!("{prefix}weight"),
            Slot::Convolution(&mut self.weight),
        )?;
        match &mut self.bias {
            Some(bias) => visit(format!("{prefix}bias"), Slot::Zeros(bias)),
            None => Ok(()),
        }
    }
}

impl Parameters for GroupNorm {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        if let Some(gamma) = &mut self.gamma {
            visit(format!("{prefix}weight"), Slot::Ones(gamma))?;
        }
        match &mut self.beta {
            Some(beta) => visit(format!("{prefix}bias"), Slot::Zeros(beta)),
            None => Ok(()),
        }
    }
}

/// A linear map of zeros that are not allocated before they are read: loading or initialising replaces them.
pub(crate) fn linear(input: usize, output: usize, bias: bool, device: &Device) -> Linear {
    LinearConfig::new(input, output)
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// A layer normalisation over `width` elements.
pub(crate) fn layer_norm(width: usize, eps: f64, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(eps).init(device)
}

/// A table of zeros that are not allocated before they are read.
pub(crate) fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Initializer::Zeros.init(shape, device)
}
