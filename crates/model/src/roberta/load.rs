use super::network::{Embeddings, Layer, Roberta};
use crate::ModelError;
use crate::parameters::{Parameters, Slot, Visit};

impl Parameters for Roberta {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.embeddings
            .parameters(&format!("{prefix}embeddings."), visit)?;
        for (i, layer) in self.layers.iter_mut().enumerate() {
            layer.parameters(&format!("{prefix}encoder.layer.{i}."), visit)?;
        }
        Ok(())
    }
}

impl Parameters for Embeddings {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        let key = |name: &str| format!("{prefix}{name}.weight");
        visit(
            key("word_embeddings"),
            Slot::Table(&mut self.word_embeddings),
        )?;
        visit(
            key("position_embeddings"),
            Slot::Table(&mut self.position_embeddings),
        )?;
        visit(
            key("token_type_embeddings"),
            Slot::Table(&mut self.token_type_embeddings),
        )?;
        self.layernorm
            .parameters(&format!("{prefix}LayerNorm."), visit)
    }
}

impl Parameters for Layer {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.attention
            .parameters(&format!("{prefix}attention.self."), visit)?;
        self.attention_output
            .parameters(&format!("{prefix}attention.output.dense."), visit)?;
        self.attention_layernorm
            .parameters(&format!("{prefix}attention.output.LayerNorm."), visit)?;
        self.intermediate
            .parameters(&format!("{prefix}intermediate.dense."), visit)?;
        self.output
            .parameters(&format!("{prefix}output.dense."), visit)?;
        self.output_layernorm
            .parameters(&format!("{prefix}output.LayerNorm."), visit)
    }
}
