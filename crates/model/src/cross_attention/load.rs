use super::network::{CrossAttentionHead, Crossing, Layer};
use crate::ModelError;
use crate::parameters::{Parameters, Visit};

impl Parameters for CrossAttentionHead {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.audio.parameters(&format!("{prefix}audio."), visit)?;
        self.lyrics.parameters(&format!("{prefix}lyrics."), visit)?;
        for (i, layer) in self.layers.iter_mut().enumerate() {
            layer.parameters(&format!("{prefix}layers.{i}."), visit)?;
        }
        self.layer_norm
            .parameters(&format!("{prefix}layer_norm."), visit)?;
        self.fc.parameters(&format!("{prefix}fc."), visit)
    }
}

impl Parameters for Layer {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.audio_to_lyrics
            .parameters(&format!("{prefix}audio_to_lyrics."), visit)?;
        self.lyrics_to_audio
            .parameters(&format!("{prefix}lyrics_to_audio."), visit)
    }
}

impl Parameters for Crossing {
    fn parameters(&mut self, prefix: &str, visit: &mut Visit) -> Result<(), ModelError> {
        self.attention
            .parameters(&format!("{prefix}attention."), visit)?;
        self.output.parameters(&format!("{prefix}output."), visit)?;
        self.layer_norm
            .parameters(&format!("{prefix}layer_norm."), visit)
    }
}
