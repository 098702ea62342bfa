use burn::module::Param;
use burn::tensor::Tensor;
use musiclime_model::{Parameters, Slot};

/// How a weight's numbers stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As on the device.
    Same,
    /// A matrix whose rows are the device's columns.
    Transposed,
}

/// A weight as files know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's key.
    pub(super) key: String,
    /// The file's shape.
    pub(super) shape: Vec<usize>,
    pub(super) layout: Layout,
    /// A bias, or the scale or shift of a normalisation.
    pub(super) vector: bool,
}

/// Does one thing to every weight, whatever its rank.
pub(super) trait WeightVisitor {
    fn visit<const D: usize>(&mut self, place: Place, param: &mut Param<Tensor<D>>);
}

/// Shows every weight of a network to `visitor`, in the order of the listing.
pub(super) fn visit_weights(network: &mut impl Parameters, visitor: &mut impl WeightVisitor) {
    let visited = network.parameters("", &mut |key, slot| {
        let shape = slot.file_shape();
        let (layout, vector) = match &slot {
            Slot::Linear(_) | Slot::Recurrent(_) | Slot::Kernel { .. } => {
                (Layout::Transposed, false)
            }
            Slot::Table(_) | Slot::Tokens(_) | Slot::Convolution(_) => (Layout::Same, false),
            Slot::Zeros(_) | Slot::Ones(_) | Slot::RecurrentBias(_) => (Layout::Same, true),
        };
        let place = Place {
            key,
            shape,
            layout,
            vector,
        };
        match slot {
            Slot::Linear(p)
            | Slot::Recurrent(p)
            | Slot::Kernel { weight: p, .. }
            | Slot::Table(p) => visitor.visit(place, p),
            Slot::Convolution(p) => visitor.visit(place, p),
            Slot::Tokens(p) => visitor.visit(place, p),
            Slot::Zeros(p) | Slot::Ones(p) | Slot::RecurrentBias(p) => visitor.visit(place, p),
        }
        Ok(())
    });
    visited.unwrap_or_else(|e| unreachable!("the visitor does not fail: {e}"));
}

impl Place {
    /// Numbers in the device's order, in the file's order.
    pub(super) fn to_file(&self, values: Tensor<1>) -> Tensor<1> {
        match self.layout {
            Layout::Same => values,
            Layout::Transposed => {
                let rows = self.shape[0];
                transposed(values, [self.count() / rows, rows])
            }
        }
    }

    /// Numbers in the file's order, in the device's order.
    pub(super) fn to_device(&self, values: Tensor<1>) -> Tensor<1> {
        match self.layout {
            Layout::Same => values,
            Layout::Transposed => {
                let rows = self.shape[0];
                transposed(values, [rows, self.count() / rows])
            }
        }
    }

    /// How many numbers it has.
    pub(super) fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

fn transposed(values: Tensor<1>, shape: [usize; 2]) -> Tensor<1> {
    let [rows, columns] = shape;
    values.reshape(shape).transpose().reshape([rows * columns])
}
