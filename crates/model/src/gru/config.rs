/// The sizes of a stack of recurrent layers, as `torch.nn.GRU` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GruConfig {
    /// Width of the input.
    pub input_size: usize,
    /// Width of one direction's state.
    pub hidden_size: usize,
    /// Number of layers, each over the outputs of the one below.
    pub num_layers: usize,
    /// Whether every layer also reads from the end to the start.
    pub bidirectional: bool,
}

impl GruConfig {
    /// How many directions every layer reads in.
    pub fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// Width of the output: the states of all directions, side by side.
    pub fn output_size(&self) -> usize {
        self.directions() * self.hidden_size
    }
}
