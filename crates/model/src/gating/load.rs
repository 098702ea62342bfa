use super::network::GatingHead;
use crate::ModelError;
use crate::parameters::{Parameters, Visit};

impl Parameters for GatingHead {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.audio.parameters(&format!("{prefix}audio."), visit)?;
        self.lyrics.parameters(&format!("{prefix}lyrics."), visit)?;
        self.gate.parameters(&format!("{prefix}gate."), visit)?;
        self.fc.parameters(&format!("{prefix}fc."), visit)
    }
}
