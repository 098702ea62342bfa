use super::network::CnnRnn;
use crate::ModelError;
use crate::parameters::{Parameters, Visit};

impl Parameters for CnnRnn {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let prefix = format!("{prefix}blocks.{i}.");
            block.conv.parameters(&format!("{prefix}conv."), visit)?;
            block.norm.parameters(&format!("{prefix}norm."), visit)?;
        }
        self.gru.parameters(&format!("{prefix}gru."), visit)
    }
}
