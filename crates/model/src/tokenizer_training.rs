use crate::ModelError;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, TokenizerBuilder};

/// RoBERTa's special tokens, in the order of their ids 0 to 4.
pub const SPECIAL_TOKENS: [&str; 5] = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

/// Trains a byte-level BPE tokenizer with RoBERTa's special tokens and returns its `tokenizer.json`.
///
/// The same texts in the same order give the same bytes.
///
/// # Errors
/// A vocabulary too small for the 256 bytes and the special tokens.
pub fn train_tokenizer(
    texts: impl Iterator<Item = String> + Send,
    vocab_size: usize,
) -> Result<Vec<u8>, ModelError> {
    let least = 256 + SPECIAL_TOKENS.len();
    if vocab_size < least {
        return Err(ModelError::invalid(
            "vocab_size",
            format!("at least {least}"),
            vocab_size,
        ));
    }
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| ModelError::Tokenizer {
        file: "tokenizer.json".into(),
        reason: e.to_string(),
    };
    let byte_level = ByteLevel::new(false, true, true);
    let mut tokenizer = TokenizerBuilder::<
        BPE,
        tokenizers::NormalizerWrapper,
        ByteLevel,
        RobertaProcessing,
        ByteLevel,
    >::new()
    .with_model(BPE::default())
    .with_pre_tokenizer(Some(byte_level))
    .with_post_processor(Some(
        RobertaProcessing::new(("</s>".into(), 2), ("<s>".into(), 0))
            .trim_offsets(true)
            .add_prefix_space(false),
    ))
    .with_decoder(Some(byte_level))
    .build()
    .map_err(failed)?;
    let special = SPECIAL_TOKENS
        .map(|token| AddedToken::from(token, true))
        .to_vec();
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(vocab_size)
        .min_frequency(2)
        .special_tokens(special)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    tokenizer.train(&mut trainer, texts).map_err(failed)?;
    Ok(tokenizer.to_string(true).map_err(failed)?.into_bytes())
}
