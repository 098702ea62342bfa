use super::network::{AstHead, FusionHead, Head, RobertaHead};
use crate::ModelError;
use crate::parameters::{Parameters, Visit};

impl Parameters for Head {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        match self {
            Self::Fusion(head) => head.parameters(prefix, visit),
            Self::Gating(head) => head.parameters(prefix, visit),
            Self::CrossAttention(head) => head.parameters(prefix, visit),
            Self::Ast(head) => head.parameters(prefix, visit),
            Self::Roberta(head) => head.parameters(prefix, visit),
        }
    }
}

impl Parameters for FusionHead {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.layer_norm
            .parameters(&format!("{prefix}layer_norm."), visit)?;
        self.fc.parameters(&format!("{prefix}fc."), visit)
    }
}

impl Parameters for AstHead {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.layernorm
            .parameters(&format!("{prefix}layernorm."), visit)?;
        self.dense.parameters(&format!("{prefix}dense."), visit)
    }
}

impl Parameters for RobertaHead {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.dense.parameters(&format!("{prefix}dense."), visit)?;
        self.out_proj
            .parameters(&format!("{prefix}out_proj."), visit)
    }
}
