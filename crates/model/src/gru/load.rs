use super::network::{Direction, Gru};
use crate::ModelError;
use crate::parameters::{Parameters, Slot, Visit};

/// The names of `torch.nn.GRU`.
impl Parameters for Gru {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        for (layer, directions) in self.layers.iter_mut().enumerate() {
            for (direction, suffix) in directions.iter_mut().zip(["", "_reverse"]) {
                direction.visit(&|name| format!("{prefix}{name}_l{layer}{suffix}"), visit)?;
            }
        }
        Ok(())
    }
}

impl Direction {
    fn visit(&mut self, key: &dyn Fn(&str) -> String, visit: &mut Visit) -> Result<(), ModelError> {
        visit(key("weight_ih"), Slot::Recurrent(&mut self.weight_ih))?;
        visit(key("weight_hh"), Slot::Recurrent(&mut self.weight_hh))?;
        visit(key("bias_ih"), Slot::RecurrentBias(&mut self.bias_ih))?;
        visit(key("bias_hh"), Slot::RecurrentBias(&mut self.bias_hh))
    }
}
