use super::network::{Ast, Embeddings, Layer};
use crate::ModelError;
use crate::parameters::{Parameters, Slot, Visit};

impl Parameters for Ast {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.embeddings
            .parameters(&format!("{prefix}embeddings."), visit)?;
        for (i, layer) in self.layers.iter_mut().enumerate() {
            layer.parameters(&format!("{prefix}encoder.layer.{i}."), visit)?;
        }
        self.layernorm
            .parameters(&format!("{prefix}layernorm."), visit)
    }
}

impl Parameters for Embeddings {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        visit(
            format!("{prefix}cls_token"),
            Slot::Tokens(&mut self.cls_token),
        )?;
        visit(
            format!("{prefix}distillation_token"),
            Slot::Tokens(&mut self.distillation_token),
        )?;
        visit(
            format!("{prefix}position_embeddings"),
            Slot::Tokens(&mut self.position_embeddings),
        )?;
        let projection = format!("{prefix}patch_embeddings.projection.");
        let patch = [self.patch; 2];
        visit(
            format!("{projection}weight"),
            Slot::Kernel {
                weight: &mut self.projection.weight,
                patch,
            },
        )?;
        match &mut self.projection.bias {
            Some(bias) => visit(format!("{projection}bias"), Slot::Zeros(bias)),
            None => Ok(()),
        }
    }
}

impl Parameters for Layer {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.attention
            .parameters(&format!("{prefix}attention.attention."), visit)?;
        self.attention_output
            .parameters(&format!("{prefix}attention.output.dense."), visit)?;
        self.intermediate
            .parameters(&format!("{prefix}intermediate.dense."), visit)?;
        self.output
            .parameters(&format!("{prefix}output.dense."), visit)?;
        self.layernorm_before
            .parameters(&format!("{prefix}layernorm_before."), visit)?;
        self.layernorm_after
            .parameters(&format!("{prefix}layernorm_after."), visit)
    }
}
