use super::BiGruConfig;
use crate::gru::{Gru, GruConfig};
use crate::parameters::zeros;
use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Int, Tensor, module};

/// What a bidirectional recurrent encoder says about its input.
#[derive(Debug, Clone)]
pub struct BiGruOutput {
    /// Both directions' states at every token, `[batch, tokens, width]`; 0 at padding.
    pub hidden: Tensor<3>,
    /// The state of each direction after it has read the whole text, `[batch, width]`.
    pub pooled: Tensor<2>,
}

/// Token embeddings and a bidirectional recurrent network over them.
///
/// # Source
/// `torch.nn.Embedding` and `torch.nn.GRU(bidirectional=True)` over a packed sequence: each direction ends at the
/// true end of its text. Cho et al. 2014 (arXiv 1406.1078); Schuster and Paliwal 1997 for the two directions.
#[derive(Module, Debug)]
pub struct BiGru {
    pub(super) embedding: Param<Tensor<2>>,
    pub(super) gru: Gru,
}

impl BiGru {
    /// A network of these sizes whose weights are still zero.
    pub fn new(config: &BiGruConfig, device: &Device) -> Self {
        let gru = GruConfig {
            input_size: config.embedding_size,
            hidden_size: config.hidden_size,
            num_layers: config.num_layers,
            bidirectional: true,
        };
        Self {
            embedding: zeros([config.vocab_size, config.embedding_size], device),
            gru: Gru::new(&gru, device),
        }
    }

    /// Encodes token ids.
    ///
    /// # Shapes
    /// `ids`: `[batch, tokens]`; `attention_mask`: `[batch, tokens]`, true for a token and false for the padding
    /// after a row's tokens, `None` when nothing is padded.
    pub fn forward(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<&Tensor<2, Bool>>,
    ) -> BiGruOutput {
        let words = module::embedding(self.embedding.val(), ids);
        let output = self.gru.forward(words, attention_mask);
        BiGruOutput {
            hidden: output.states,
            pooled: output.last,
        }
    }
}
