use super::{Activation, Output, SpleeterConfig};
use burn::module::{Module, Param};
use burn::tensor::activation::{leaky_relu, relu, sigmoid, softmax};
use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData};

/// The U-Nets of all stems.
///
/// # Source
/// `unet.unet` and `unet.softmax_unet` of Spleeter (Hennequin, Khlif, Voituret and Moussallam, JOSS 2020; after
/// Jansson et al., ISMIR 2017). TensorFlow's "same" padding puts one row before and two behind, and its
/// transposed convolution crops likewise.
#[derive(Module, Debug)]
pub struct Spleeter {
    pub(super) networks: Vec<UNet>,
    #[module(skip)]
    output: Output,
}

/// One stem's network.
#[derive(Module, Debug)]
pub struct UNet {
    /// Strided convolutions, `[out, in, 5, 5]`.
    pub(super) down: Vec<Convolution>,
    /// The normalisation behind each convolution but the deepest, whose own the published model computes and does not use.
    pub(super) down_norms: Vec<Norm>,
    /// Strided transposed convolutions, `[in, out, 5, 5]`.
    pub(super) up: Vec<Convolution>,
    /// The normalisation behind each activation of the way up.
    pub(super) up_norms: Vec<Norm>,
    /// The dilated convolution that makes a mask for each channel, `[channels, 1, 4, 4]`.
    pub(super) last: Convolution,
    #[module(skip)]
    down_activation: Activation,
    #[module(skip)]
    up_activation: Activation,
}

/// A convolution's weight and bias.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    pub weight: Param<Tensor<4>>,
    pub bias: Param<Tensor<1>>,
}

/// A batch normalisation as the map per filter that it is after training, folded at load.
#[derive(Module, Debug)]
pub(super) struct Norm {
    pub scale: Param<Tensor<4>>,
    pub shift: Param<Tensor<4>>,
}

impl Convolution {
    pub fn new(weight: Vec<f32>, shape: [usize; 4], bias: Vec<f32>, device: &Device) -> Self {
        let filters = bias.len();
        Self {
            weight: Param::from_data(TensorData::new(weight, shape), device),
            bias: Param::from_data(TensorData::new(bias, [filters]), device),
        }
    }
}

impl Norm {
    pub fn new(scale: Vec<f32>, shift: Vec<f32>, device: &Device) -> Self {
        let shape = [1, scale.len(), 1, 1];
        Self {
            scale: Param::from_data(TensorData::new(scale, shape), device),
            shift: Param::from_data(TensorData::new(shift, shape), device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        x * self.scale.val() + self.shift.val()
    }
}

fn activate(x: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation {
        Activation::ReLU => relu(x),
        Activation::LeakyReLU => leaky_relu(x, 0.2),
        Activation::ELU => relu(x.clone()) + (x.clamp_max(0.0).exp() - 1.0),
    }
}

impl UNet {
    pub(super) fn new(
        config: &SpleeterConfig,
        down: Vec<(Convolution, Norm)>,
        up: Vec<(Convolution, Norm)>,
        last: Convolution,
    ) -> Self {
        let (down, down_norms) = down.into_iter().unzip();
        let (up, up_norms) = up.into_iter().unzip();
        Self {
            down,
            down_norms,
            up,
            up_norms,
            last,
            down_activation: config.conv_activation,
            up_activation: config.deconv_activation,
        }
    }

    /// What stands in front of the sigmoid or softmax.
    ///
    /// # Shapes
    /// `magnitudes` and the result: `[windows, channels, frames, bins]`, frames and bins multiples of 64.
    pub fn logits(&self, magnitudes: Tensor<4>) -> Tensor<4> {
        let mut skips: Vec<Tensor<4>> = Vec::with_capacity(self.down.len());
        let mut x = magnitudes;
        for layer in &self.down {
            x = self.step_down(x, layer, skips.len());
            skips.push(x.clone());
        }
        // The deepest convolution is the first input of the way up, without its normalisation.
        skips.pop();
        for (layer, norm) in self.up.iter().zip(&self.up_norms) {
            let [_, _, frames, bins] = x.dims();
            let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
            let grown = conv_transpose2d(x, layer.weight.val(), Some(layer.bias.val()), options)
                .narrow(2, 1, 2 * frames)
                .narrow(3, 1, 2 * bins);
            let grown = norm.forward(activate(grown, self.up_activation));
            x = match skips.pop() {
                Some(skip) => Tensor::cat(vec![skip, grown], 1),
                None => grown,
            };
        }
        let options = ConvOptions::new([1, 1], [3, 3], [2, 2], 1);
        conv2d(
            x,
            self.last.weight.val(),
            Some(self.last.bias.val()),
            options,
        )
    }

    /// Normalises and activates the layer before, and halves both axes.
    fn step_down(&self, x: Tensor<4>, layer: &Convolution, depth: usize) -> Tensor<4> {
        let x = match depth {
            0 => x,
            _ => activate(self.down_norms[depth - 1].forward(x), self.down_activation),
        };
        let x = x.pad((1, 2, 1, 2), 0.0);
        let options = ConvOptions::new([2, 2], [0, 0], [1, 1], 1);
        conv2d(x, layer.weight.val(), Some(layer.bias.val()), options)
    }
}

impl Spleeter {
    pub(super) fn new(networks: Vec<UNet>, output: Output) -> Self {
        Self { networks, output }
    }

    /// Every stem's estimate of the magnitudes, one stem after the other.
    ///
    /// # Shapes
    /// `magnitudes`: `[windows, channels, frames, bins]`; each result: the same.
    pub fn estimates(&self, magnitudes: Tensor<4>) -> Vec<Tensor<4>> {
        match self.output {
            Output::Sigmoid => self
                .networks
                .iter()
                .map(|net| sigmoid(net.logits(magnitudes.clone())) * magnitudes.clone())
                .collect(),
            Output::Softmax => {
                let logits = self
                    .networks
                    .iter()
                    .map(|net| net.logits(magnitudes.clone()))
                    .collect();
                let masks: Tensor<5> = softmax(Tensor::stack(logits, 0), 0);
                (0..self.networks.len())
                    .map(|s| {
                        let mask: Tensor<4> = masks.clone().narrow(0, s, 1).squeeze_dim(0);
                        mask * magnitudes.clone()
                    })
                    .collect()
            }
        }
    }
}
