use super::{RobertaConfig, TextKind};
use crate::Activation;
use crate::attention::Attention;
use crate::parameters::{layer_norm, linear, zeros};
use crate::precision::{Precision, apply, cast_maps, single};
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bool, Device, Int, Tensor, module};

/// A RoBERTa or BERT encoder without pooler.
///
/// # Source
/// `RobertaModel` and `BertModel` of transformers 4.57.1, absolute positions, token type 0. Dropout is left out.
#[derive(Module, Debug)]
pub struct Roberta {
    pub(super) embeddings: Embeddings,
    pub(super) layers: Vec<Layer>,
}

/// Word, position and token type embeddings.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    pub(super) word_embeddings: Param<Tensor<2>>,
    pub(super) position_embeddings: Param<Tensor<2>>,
    pub(super) token_type_embeddings: Param<Tensor<2>>,
    pub(super) layernorm: LayerNorm,
    #[module(skip)]
    kind: TextKind,
    pad_id: usize,
}

/// One post-norm encoder layer.
#[derive(Module, Debug)]
pub(super) struct Layer {
    pub(super) attention: Attention,
    pub(super) attention_output: Linear,
    pub(super) attention_layernorm: LayerNorm,
    pub(super) intermediate: Linear,
    pub(super) output: Linear,
    pub(super) output_layernorm: LayerNorm,
    #[module(skip)]
    activation: Activation,
}

impl Roberta {
    /// A network of these sizes whose weights are still zero.
    pub fn new(kind: TextKind, config: &RobertaConfig, device: &Device) -> Self {
        Self {
            embeddings: Embeddings::new(kind, config, device),
            layers: (0..config.num_hidden_layers)
                .map(|_| Layer::new(config, device))
                .collect(),
        }
    }

    /// Casts the layers' maps.
    pub(crate) fn set_precision(&mut self, precision: Precision) {
        for layer in &mut self.layers {
            layer.set_precision(precision);
        }
    }

    /// Encodes token ids.
    ///
    /// # Shapes
    /// `ids`: `[batch, tokens]`; `attention_mask`: `[batch, tokens]`, true for a token and false for padding,
    /// `None` when nothing is padded; the result: `[batch, tokens, width]`.
    pub fn forward(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<Tensor<2, Bool>>,
    ) -> Tensor<3> {
        let padding = attention_mask.map(Tensor::bool_not);
        let mut x = self.embeddings.forward(ids);
        for layer in &self.layers {
            x = layer.forward(x, padding.as_ref());
        }
        x
    }

    /// The embeddings and then every layer's output; the last is what [`Roberta::forward`] returns.
    ///
    /// # Shapes
    /// As [`Roberta::forward`].
    pub fn layer_outputs(
        &self,
        ids: Tensor<2, Int>,
        attention_mask: Option<Tensor<2, Bool>>,
    ) -> Vec<Tensor<3>> {
        let padding = attention_mask.map(Tensor::bool_not);
        let mut outputs = vec![self.embeddings.forward(ids)];
        for layer in &self.layers {
            outputs.push(layer.forward(outputs[outputs.len() - 1].clone(), padding.as_ref()));
        }
        outputs
    }
}

impl Embeddings {
    fn new(kind: TextKind, config: &RobertaConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        Self {
            word_embeddings: zeros([config.vocab_size, width], device),
            position_embeddings: zeros([config.max_position_embeddings, width], device),
            token_type_embeddings: zeros([config.type_vocab_size, width], device),
            layernorm: layer_norm(width, config.layer_norm_eps, device),
            kind,
            pad_id: config.pad_token_id,
        }
    }

    fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        let positions = self.positions(&ids);
        let token_type: Tensor<3> = self
            .token_type_embeddings
            .val()
            .slice_dim(0, 0..1)
            .unsqueeze();
        let x = module::embedding(self.word_embeddings.val(), ids)
            + module::embedding(self.position_embeddings.val(), positions)
            + token_type;
        self.layernorm.forward(x)
    }

    /// The row of the position table for every token.
    fn positions(&self, ids: &Tensor<2, Int>) -> Tensor<2, Int> {
        let [batch, tokens] = ids.dims();
        match self.kind {
            TextKind::Roberta => {
                // HF counts the ids that are not padding, whatever the attention mask says.
                let real = ids.clone().not_equal_elem(self.pad_id as i64).int();
                real.clone().cumsum(1) * real + self.pad_id as i64
            }
            TextKind::Bert => Tensor::<1, Int>::arange(0..tokens as i64, &ids.device())
                .unsqueeze::<2>()
                .expand([batch, tokens]),
        }
    }
}

impl Layer {
    fn new(config: &RobertaConfig, device: &Device) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let norm = || layer_norm(width, config.layer_norm_eps, device);
        Self {
            attention: Attention::new(width, config.num_attention_heads, true, device),
            attention_output: linear(width, width, true, device),
            attention_layernorm: norm(),
            intermediate: linear(width, inner, true, device),
            output: linear(inner, width, true, device),
            output_layernorm: norm(),
            activation: config.hidden_act,
        }
    }

    fn set_precision(&mut self, precision: Precision) {
        self.attention.set_precision(precision);
        let maps = [
            &mut self.attention_output,
            &mut self.intermediate,
            &mut self.output,
        ];
        cast_maps(maps, precision);
    }

    fn forward(&self, x: Tensor<3>, padding: Option<&Tensor<2, Bool>>) -> Tensor<3> {
        let attended = self.attention.forward(x.clone(), padding);
        let x = self
            .attention_layernorm
            .forward(x + single(apply(&self.attention_output, attended)));
        let inner = self
            .activation
            .forward(apply(&self.intermediate, x.clone()));
        self.output_layernorm
            .forward(x + single(apply(&self.output, inner)))
    }
}
