use super::GruConfig;
use crate::parameters::zeros;
use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Tensor, activation, module};

/// A stack of gated recurrent units.
///
/// Padding changes nothing: a state stands still over it, so that each direction starts and ends at the true ends of
/// its row, as with `torch.nn.utils.rnn.pack_padded_sequence`.
///
/// # Source
/// `torch.nn.GRU` of PyTorch 2, `batch_first`, gates in the order reset, update, new. Cho et al. 2014
/// (arXiv 1406.1078), in the variant whose reset gate acts after the matrix product.
#[derive(Module, Debug)]
pub struct Gru {
    /// `[layers][directions]`.
    pub(super) layers: Vec<Vec<Direction>>,
}

/// The weights of one layer in one direction.
#[derive(Module, Debug)]
pub(super) struct Direction {
    /// `[in, 3 hidden]`
    pub(super) weight_ih: Param<Tensor<2>>,
    /// `[hidden, 3 hidden]`
    pub(super) weight_hh: Param<Tensor<2>>,
    /// `[3 hidden]`
    pub(super) bias_ih: Param<Tensor<1>>,
    /// `[3 hidden]`
    pub(super) bias_hh: Param<Tensor<1>>,
}

/// What a stack of recurrent layers says about its input.
#[derive(Debug, Clone)]
pub struct GruOutput {
    /// The last layer's state after every step, `[batch, steps, directions * hidden]`; 0 at padding.
    pub states: Tensor<3>,
    /// The last layer's final state, forward first, then the one that ends at the first step,
    /// `[batch, directions * hidden]`.
    pub last: Tensor<2>,
}

impl Gru {
    /// Layers of these sizes whose weights are still zero.
    pub fn new(config: &GruConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        let direction = |input| Direction {
            weight_ih: zeros([input, 3 * width], device),
            weight_hh: zeros([width, 3 * width], device),
            bias_ih: zeros([3 * width], device),
            bias_hh: zeros([3 * width], device),
        };
        let layer = |i| {
            let input = if i == 0 {
                config.input_size
            } else {
                config.output_size()
            };
            (0..config.directions()).map(|_| direction(input)).collect()
        };
        Self {
            layers: (0..config.num_layers).map(layer).collect(),
        }
    }

    /// Reads sequences.
    ///
    /// # Shapes
    /// `x`: `[batch, steps, in]`; `real`: `[batch, steps]`, true for a step and false for padding, which stands
    /// after all steps of its row; `None` when nothing is padded.
    pub fn forward(&self, x: Tensor<3>, real: Option<&Tensor<2, Bool>>) -> GruOutput {
        let mut states = x;
        let mut last = Vec::new();
        for directions in &self.layers {
            let output = layer(directions, states, real);
            states = output.states;
            last.push(output.last);
        }
        let Some(last) = last.pop() else {
            panic!("a recurrent stack has at least one layer");
        };
        GruOutput { states, last }
    }
}

/// One layer in all its directions at once: the input's part of the gates is one matrix product for all steps, and
/// each step is one batched product over the directions.
fn layer(directions: &[Direction], x: Tensor<3>, real: Option<&Tensor<2, Bool>>) -> GruOutput {
    let [batch, steps, _] = x.dims();
    let count = directions.len();
    let hidden = directions[0].weight_hh.lazy_shape()[0];
    let device = x.device();

    // Steps first, so that the slice of a step is one block of memory: [steps, directions, batch, 3 hidden].
    let steps_first = x.swap_dims(0, 1);
    let gates: Tensor<4> = in_reading_order(
        directions
            .iter()
            .map(|d| d.project(steps_first.clone()))
            .collect(),
    );
    let reset_update = gates.clone().slice_dim(3, 0..2 * hidden);
    let new = gates.slice_dim(3, 2 * hidden..3 * hidden);
    let weights: Tensor<3> =
        Tensor::stack(directions.iter().map(|d| d.weight_hh.val()).collect(), 0);
    let new_bias: Tensor<3> =
        Tensor::<2>::stack::<3>(directions.iter().map(Direction::new_bias).collect(), 0);
    // [steps, directions, batch, 1]
    let padding: Option<Tensor<4, Bool>> = real.map(|real| {
        let real = real.clone().float().swap_dims(0, 1).unsqueeze_dim(2);
        in_reading_order(vec![real; count]).lower_elem(0.5)
    });

    let mut state = Tensor::<3>::zeros([count, batch, hidden], &device);
    let mut states = Vec::with_capacity(steps);
    for step in 0..steps {
        let at = |all: &Tensor<4>| all.clone().slice_dim(0, step..step + 1).squeeze_dim::<3>(0);
        let recurrent = state.clone().matmul(weights.clone());
        let part = |k: usize| recurrent.clone().slice_dim(2, k * hidden..(k + 1) * hidden);
        let open =
            activation::sigmoid(at(&reset_update) + recurrent.clone().slice_dim(2, 0..2 * hidden));
        let reset = open.clone().slice_dim(2, 0..hidden);
        let update = open.slice_dim(2, hidden..2 * hidden);
        let candidate = (at(&new) + reset * (part(2) + new_bias.clone())).tanh();
        let next = candidate.clone() + update * (state.clone() - candidate);
        state = match &padding {
            Some(padding) => {
                let padding = padding
                    .clone()
                    .slice_dim(0, step..step + 1)
                    .squeeze_dim::<3>(0);
                next.mask_where(padding.expand([count, batch, hidden]), state)
            }
            None => next,
        };
        states.push(state.clone());
    }

    let side_by_side = |parts: Vec<Tensor<3>>| Tensor::cat(parts, 2);
    let last = side_by_side(
        (0..count)
            .map(|i| state.clone().slice_dim(0, i..i + 1))
            .collect(),
    )
    .squeeze_dim(0);
    let all: Tensor<4> = Tensor::stack(states, 0);
    let of_direction = |i: usize| {
        let states = all.clone().slice_dim(1, i..i + 1).squeeze_dim::<3>(1);
        if i == 0 { states } else { states.flip([0]) }
    };
    let states = side_by_side((0..count).map(of_direction).collect()).swap_dims(0, 1);
    let states = match real {
        Some(real) => {
            let padding = real.clone().bool_not().unsqueeze_dim::<3>(2);
            states.mask_fill(padding.expand([batch, steps, count * hidden]), 0.0)
        }
        None => states,
    };
    GruOutput { states, last }
}

/// Stacks what the directions see, `[steps, batch, width]` each; the second one reads from the last step to the first.
///
/// # Shapes
/// The result: `[steps, directions, batch, width]`.
fn in_reading_order(directions: Vec<Tensor<3>>) -> Tensor<4> {
    let turned = directions
        .into_iter()
        .enumerate()
        .map(|(i, seen)| if i == 0 { seen } else { seen.flip([0]) })
        .collect();
    Tensor::stack(turned, 1)
}

impl Direction {
    /// The input's part of the gates, with every bias that stands outside a product.
    ///
    /// # Shapes
    /// `x`: `[steps, batch, in]`; the result: `[steps, batch, 3 hidden]`.
    fn project(&self, x: Tensor<3>) -> Tensor<3> {
        let hidden = self.weight_hh.lazy_shape()[0];
        let none = Tensor::zeros([hidden], &x.device());
        let bias_hh = self.bias_hh.val().slice_dim(0, 0..2 * hidden);
        let bias = self.bias_ih.val() + Tensor::cat(vec![bias_hh, none], 0);
        module::linear(x, self.weight_ih.val(), Some(bias))
    }

    /// The hidden bias of the new state, which the reset gate scales, `[1, hidden]`.
    fn new_bias(&self) -> Tensor<2> {
        let hidden = self.weight_hh.lazy_shape()[0];
        self.bias_hh
            .val()
            .slice_dim(0, 2 * hidden..3 * hidden)
            .unsqueeze()
    }
}
