use super::network::BiGru;
use crate::ModelError;
use crate::parameters::{Parameters, Slot, Visit};

impl Parameters for BiGru {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        visit(
            format!("{prefix}embedding.weight"),
            Slot::Table(&mut self.embedding),
        )?;
        self.gru.parameters(&format!("{prefix}gru."), visit)
    }
}
