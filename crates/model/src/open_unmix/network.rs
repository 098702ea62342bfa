use super::OpenUnmixConfig;
use super::lstm::StackedLstm;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, FloatDType, Tensor, TensorData};

/// The networks of all targets, stacked.
///
/// The official module's fixed maps are folded at load: the input's shift and scale and the first batch
/// normalisation into the first linear map, the second into the second, the third with the output's scale and shift
/// into the last. What is left is linear, tanh, LSTM layers, linear, ReLU, linear, ReLU, and the product with
/// the mixture.
///
/// # Source
/// `OpenUnmix` of openunmix 1.3.0 (Stoter, Uhlich, Liutkus and Mitsufuji, JOSS 2019), in evaluation mode.
#[derive(Module, Debug)]
pub struct OpenUnmix {
    pub(super) encode: Affine,
    pub(super) lstm: Vec<StackedLstm>,
    pub(super) squeeze: Affine,
    pub(super) decode: Affine,
    #[module(skip)]
    shape: Shape,
}

/// The sizes that a forward pass needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    targets: usize,
    channels: usize,
    bins: usize,
    max_bin: usize,
}

/// A linear map with a bias for every target.
#[derive(Module, Debug)]
pub(super) struct Affine {
    /// `[targets, input, output]`.
    pub(super) weight: Param<Tensor<3>>,
    /// `[targets, 1, output]`.
    pub(super) bias: Param<Tensor<3>>,
}

/// A stacked affine map as plain numbers: `[targets, input, output]` and `[targets, output]`.
pub(super) struct AffineWeights {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub input: usize,
    pub output: usize,
}

impl Affine {
    fn new(weights: AffineWeights, targets: usize, device: &Device) -> Self {
        let AffineWeights {
            weight,
            bias,
            input,
            output,
        } = weights;
        Self {
            weight: Param::from_data(TensorData::new(weight, [targets, input, output]), device),
            bias: Param::from_data(TensorData::new(bias, [targets, 1, output]), device),
        }
    }

    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        x.matmul(self.weight.val()) + self.bias.val()
    }

    /// The map of one target.
    ///
    /// # Shapes
    /// `x`: `[targets, rows, input]`; the result: `[rows, output]`.
    fn forward_one(&self, x: &Tensor<3>, target: usize) -> Tensor<2> {
        let x: Tensor<2> = x.clone().narrow(0, target, 1).squeeze_dim(0);
        let weight: Tensor<2> = self.weight.val().narrow(0, target, 1).squeeze_dim(0);
        let bias: Tensor<2> = self.bias.val().narrow(0, target, 1).squeeze_dim(0);
        x.matmul(weight) + bias
    }
}

impl OpenUnmix {
    pub(super) fn new(
        config: &OpenUnmixConfig,
        [encode, squeeze, decode]: [AffineWeights; 3],
        lstm: Vec<StackedLstm>,
        device: &Device,
    ) -> Self {
        let targets = config.targets.len();
        Self {
            encode: Affine::new(encode, targets, device),
            lstm,
            squeeze: Affine::new(squeeze, targets, device),
            decode: Affine::new(decode, targets, device),
            shape: Shape {
                targets,
                channels: config.channels,
                bins: config.bins(),
                max_bin: config.max_bin,
            },
        }
    }

    /// The same network in double precision, for comparisons: a second round of the Wiener filter magnifies what a
    /// network in single precision rounds.
    ///
    /// # Panics
    /// Later, on a device without double precision.
    pub fn in_double_precision(self) -> Self {
        struct Double;
        impl ModuleMapper for Double {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                param.map(|values| values.cast(FloatDType::F64))
            }
        }
        self.map(&mut Double)
    }

    /// The type of its numbers.
    pub(super) fn dtype(&self) -> DType {
        self.encode.weight.val().dtype()
    }

    /// Every target's magnitudes, one target after the other, so that only one of these largest tensors is held.
    ///
    /// # Shapes
    /// `mixture`: magnitudes `[windows, frames, channels, bins]`; each result: the same.
    pub fn estimates(&self, mixture: Tensor<4>) -> impl Iterator<Item = Tensor<4>> + '_ {
        let Shape {
            targets,
            channels,
            bins,
            max_bin,
        } = self.shape;
        let [windows, frames, _, _] = mixture.dims();
        assert_eq!(
            mixture.dims(),
            [windows, frames, channels, bins],
            "the mixture must be [windows, frames, channels, bins]"
        );
        let rows = windows * frames;
        let heard = mixture
            .clone()
            .narrow(3, 0, max_bin)
            .reshape([1, rows, channels * max_bin]);
        let x = self.features(heard, windows);
        (0..targets).map(move |target| {
            let scale = relu(self.decode.forward_one(&x, target));
            scale.reshape([windows, frames, channels, bins]) * mixture.clone()
        })
    }

    /// What the last map makes its scales from.
    ///
    /// # Shapes
    /// `heard`: `[1, windows * frames, channels * max_bin]`; the result: `[targets, windows * frames, hidden]`.
    pub(super) fn features(&self, heard: Tensor<3>, windows: usize) -> Tensor<3> {
        let x = self.encode.forward(heard).tanh();
        let mut remembered = x.clone();
        for layer in &self.lstm {
            remembered = layer.forward(remembered, windows);
        }
        let x = Tensor::cat(vec![x, remembered], 2);
        relu(self.squeeze.forward(x))
    }
}
