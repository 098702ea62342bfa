use burn::module::Param;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;

/// Gates in the order in which a step wants them: input, forget, output (one sigmoid), then the candidate.
pub(super) const GATES: usize = 4;

/// Frames that are cut out at once: the gradient of a cut is as large as what it was cut from, so that cutting each
/// frame from the whole would cost the square of the frames in training.
const CUT_FRAMES: usize = 16;

/// Recurrent weights that a CPU reads again and again, step by step, from its cache; a server's last level has 32 MiB.
/// umxl's four targets have 34 MB a layer, one of them 8 MB; umxhq's four have 8 MB.
const CPU_CACHED_BYTES: usize = 16 << 20;

/// One bidirectional LSTM layer of several targets at once.
///
/// The input projection of all frames is one matrix product a target. The recurrence runs over all targets, directions and
/// windows together, so that a step is one batched product and a handful of element-wise operations, however
/// many there are; the backward direction runs over the flipped frames. On a CPU whose cache does not hold the weights of
/// all targets, it runs over some targets after the others.
#[derive(burn::module::Module, Debug)]
pub(super) struct StackedLstm {
    /// `[targets, input, directions * 4 * width]`.
    pub input: Param<Tensor<3>>,
    /// Both of PyTorch's biases summed, `[targets, 1, directions * 4 * width]`.
    pub bias: Param<Tensor<3>>,
    /// `[targets * directions, width, 4 * width]`.
    pub recurrent: Param<Tensor<3>>,
    directions: usize,
    width: usize,
}

/// A layer's weights as plain numbers, in the shapes of [`StackedLstm`].
pub(super) struct LstmWeights {
    pub input: Vec<f32>,
    pub bias: Vec<f32>,
    pub recurrent: Vec<f32>,
}

impl StackedLstm {
    pub fn new(
        weights: LstmWeights,
        [targets, input, directions, width]: [usize; 4],
        device: &Device,
    ) -> Self {
        let gates = directions * GATES * width;
        let param = |values: Vec<f32>, shape: [usize; 3]| {
            Param::from_data(TensorData::new(values, shape), device)
        };
        Self {
            input: param(weights.input, [targets, input, gates]),
            bias: param(weights.bias, [targets, 1, gates]),
            recurrent: param(
                weights.recurrent,
                [targets * directions, width, GATES * width],
            ),
            directions,
            width,
        }
    }

    /// # Shapes
    /// `x`: `[targets, windows * frames, input]`; the result: `[targets, windows * frames, directions * width]`.
    pub fn forward(&self, x: Tensor<3>, windows: usize) -> Tensor<3> {
        let targets = x.dims()[0];
        let bytes = self.directions * GATES * self.width * self.width * size_of::<f32>();
        let at_once = match x.device().without_autodiff() == Device::flex() {
            true => (CPU_CACHED_BYTES / bytes).clamp(1, targets),
            false => targets,
        };
        if at_once == targets {
            return self.of_targets(0..targets, x, windows);
        }
        let parts = (0..targets).step_by(at_once).map(|start| {
            let some = start..(start + at_once).min(targets);
            let x = x.clone().slice_dim(0, some.clone());
            self.of_targets(some, x, windows)
        });
        Tensor::cat(parts.collect(), 0)
    }

    fn of_targets(&self, some: Range<usize>, x: Tensor<3>, windows: usize) -> Tensor<3> {
        let [targets, rows, _] = x.dims();
        let (directions, width) = (self.directions, self.width);
        let frames = rows / windows;
        let input = self.input.val().slice_dim(0, some.clone());
        let projected = x.matmul(input) + self.bias.val().slice_dim(0, some.clone());
        // Time first, so that a step's slab is one piece: [frames, targets, directions, windows, gates].
        let projected = projected
            .reshape([targets, windows, frames, directions, GATES * width])
            .permute([2, 0, 3, 1, 4]);
        let projected = match directions {
            1 => projected,
            _ => Tensor::cat(
                vec![
                    projected.clone().narrow(2, 0, 1),
                    projected.narrow(2, 1, 1).flip([0]),
                ],
                2,
            ),
        };
        let lanes = targets * directions;
        let projected = projected.reshape([frames * lanes, windows, GATES * width]);

        let lanes_of = some.start * directions..some.end * directions;
        let recurrent = self.recurrent.val().slice_dim(0, lanes_of);
        let mut cell: Option<Tensor<3>> = None;
        let mut hidden: Option<Tensor<3>> = None;
        let mut outputs = Vec::with_capacity(frames);
        let mut cut = projected.clone();
        for t in 0..frames {
            let within = t % CUT_FRAMES;
            if within == 0 {
                let some = CUT_FRAMES.min(frames - t);
                cut = projected.clone().narrow(0, t * lanes, some * lanes);
            }
            let mut gates = cut.clone().narrow(0, within * lanes, lanes);
            if let Some(h) = hidden {
                gates = gates + h.matmul(recurrent.clone());
            }
            let candidate = gates.clone().narrow(2, 3 * width, width).tanh();
            let open = sigmoid(gates.narrow(2, 0, 3 * width));
            let fresh = open.clone().narrow(2, 0, width) * candidate;
            let c = match cell {
                Some(c) => open.clone().narrow(2, width, width) * c + fresh,
                None => fresh,
            };
            let h = open.narrow(2, 2 * width, width) * c.clone().tanh();
            outputs.push(h.clone());
            cell = Some(c);
            hidden = Some(h);
        }
        let outputs =
            Tensor::cat(outputs, 0).reshape([frames, targets, directions, windows, width]);
        let outputs = match directions {
            1 => outputs,
            _ => Tensor::cat(
                vec![
                    outputs.clone().narrow(2, 0, 1),
                    outputs.narrow(2, 1, 1).flip([0]),
                ],
                2,
            ),
        };
        outputs
            .permute([1, 3, 0, 2, 4])
            .reshape([targets, windows * frames, directions * width])
    }
}
