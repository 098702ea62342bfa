use crate::{LyricsSection, ModelError, Preparation};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use tokenizers::tokenizer::{TruncationDirection, TruncationParams, TruncationStrategy};

/// Largest `model_max_length` that is a limit; tokenizers without one write a number like 1e30.
const SANE_MODEL_MAX_LENGTH: f64 = 1e6;

/// Bytes of text per allowed token that are tokenized at first. English lyrics have 3 to 5 bytes a token.
const FIRST_BYTES_PER_TOKEN: usize = 16;

/// Tokens beyond the limit that a cut text must still give, so that the cut cannot touch the tokens that are kept.
const MARGIN_TOKENS: usize = 64;

/// The most tokens that a model reads, special tokens included: tokenizer_config's `model_max_length` if it is a
/// sane number, else `positions`, and never more than `positions`.
pub fn token_limit(model_max_length: Option<f64>, positions: usize) -> usize {
    match model_max_length {
        Some(length) if (1.0..=SANE_MODEL_MAX_LENGTH).contains(&length) => {
            (length as usize).min(positions)
        }
        _ => positions,
    }
}

/// A text as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids with the special tokens.
    pub ids: Vec<u32>,
    /// How many bytes of the text, from its start, the model reads; the rest is past the token limit.
    pub read_bytes: usize,
}

/// A model's tokenizer with its token limit and text preparation.
#[derive(Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    limit: usize,
    pad_id: u32,
    preparation: Preparation,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Tokenizer {{ limit: {}, pad_id: {} }}",
            self.limit, self.pad_id
        )
    }
}

impl Tokenizer {
    /// Reads the bytes of a `tokenizer.json` for the lyrics half of a model.
    ///
    /// # Errors
    /// Bytes that are no tokenizer, an id past the encoder's word table, or a limit with no room for a word.
    pub fn from_bytes(json: &[u8], lyrics: &LyricsSection) -> Result<Self, ModelError> {
        let failed = |reason: String| ModelError::Tokenizer {
            file: "tokenizer.json".into(),
            reason,
        };
        let mut inner =
            tokenizers::Tokenizer::from_bytes(json).map_err(|e| failed(e.to_string()))?;
        let largest = inner.get_vocab(true).into_values().max().unwrap_or(0) as usize;
        if largest >= lyrics.encoder.vocab_size() {
            return Err(failed(format!(
                "expected ids below the encoder's vocab_size {}, got id {largest}",
                lyrics.encoder.vocab_size()
            )));
        }
        let special = inner
            .get_post_processor()
            .map_or(0, |p| tokenizers::PostProcessor::added_tokens(p, false));
        if lyrics.max_tokens <= special {
            return Err(failed(format!(
                "expected max_tokens above the {special} special tokens, got {}",
                lyrics.max_tokens
            )));
        }
        inner.with_padding(None);
        inner
            .with_truncation(Some(TruncationParams {
                direction: TruncationDirection::Right,
                max_length: lyrics.max_tokens,
                strategy: TruncationStrategy::LongestFirst,
                stride: 0,
            }))
            .map_err(|e| failed(e.to_string()))?;
        Ok(Self {
            inner,
            limit: lyrics.max_tokens,
            pad_id: lyrics.encoder.pad_token_id() as u32,
            preparation: lyrics.preparation,
        })
    }

    /// The most tokens of one text, special tokens included.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The id that pads a batch.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// The text that becomes the mask token of the encoder's pretraining: `<mask>` (RoBERTa) or `[MASK]` (BERT).
    ///
    /// # Errors
    /// A tokenizer without such a token, or a preparation of the text that would break it.
    pub fn mask_token(&self) -> Result<&'static str, ModelError> {
        let refused = |reason: &str| ModelError::Tokenizer {
            file: "tokenizer.json".into(),
            reason: reason.to_string(),
        };
        let token = ["<mask>", "[MASK]"]
            .into_iter()
            .find(|token| self.inner.get_added_vocabulary().is_special_token(token))
            .ok_or_else(|| refused("expected a special token <mask> or [MASK], got none"))?;
        match self.preparation {
            Preparation::None => Ok(token),
            Preparation::Paper => Err(refused(
                "expected lyrics that reach the tokenizer unchanged, but this model's preparation strips \
                 punctuation, and with it the brackets of the mask token",
            )),
        }
    }

    /// The ids of a text, cut to the limit with the special tokens kept.
    ///
    /// Only as much of the text is tokenized as can matter: a first part of some bytes a token, up to a blank,
    /// and more of it until it gives clearly more tokens than the limit. Every tokenizer that the supported
    /// encoders come with splits at blanks first and works from left to right, so a cut there, that far after
    /// the last kept token, changes none of the kept ones; megabytes of lyrics cost what a page does.
    ///
    /// # Errors
    /// A text that the tokenizer refuses.
    pub fn encode(&self, text: &str) -> Result<Encoded, ModelError> {
        let mut bytes = (self.limit * FIRST_BYTES_PER_TOKEN).max(4096);
        loop {
            let part = cut_at_blank(text, bytes);
            let whole = part.len() == text.len();
            let prepared = Prepared::new(part, self.preparation);
            let encoding = self
                .inner
                .encode(prepared.text.as_ref(), true)
                .map_err(|e| ModelError::Tokenizer {
                    file: "tokenizer.json".into(),
                    reason: e.to_string(),
                })?;
            let left_over: usize = encoding.get_overflowing().iter().map(|o| o.len()).sum();
            if !whole && left_over < MARGIN_TOKENS {
                bytes = bytes.saturating_mul(4);
                continue;
            }
            let read_bytes = if left_over == 0 {
                text.len()
            } else {
                let ends = encoding
                    .get_offsets()
                    .iter()
                    .zip(encoding.get_special_tokens_mask());
                let end = ends
                    .filter(|(_, special)| **special == 0)
                    .map(|(o, _)| o.1)
                    .max();
                prepared.source_end(end.unwrap_or(0))
            };
            return Ok(Encoded {
                ids: encoding.get_ids().to_vec(),
                read_bytes,
            });
        }
    }

    /// The ids of many texts.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn encode_all<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
    ) -> Result<Vec<Encoded>, ModelError> {
        use rayon::prelude::*;
        texts
            .par_iter()
            .map(|text| self.encode(text.as_ref()))
            .collect()
    }
}

/// The start of `text` of about `bytes` bytes, ending before a blank where there is one in its second half.
fn cut_at_blank(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = text.floor_char_boundary(bytes);
    let mut at = end;
    while let Some(c) = text[..at].chars().next_back() {
        at -= c.len_utf8();
        if at < end / 2 {
            break;
        }
        let before = text[..at].chars().next_back();
        if c.is_whitespace() && before.is_some_and(|b| !b.is_whitespace()) {
            return &text[..at];
        }
    }
    &text[..end]
}

/// A text after its preparation, and where its bytes came from.
struct Prepared<'a> {
    text: std::borrow::Cow<'a, str>,
    /// For every byte of the prepared text, the end in the source of the character it came from; `None` when
    /// nothing was changed.
    source_ends: Option<Vec<usize>>,
}

impl<'a> Prepared<'a> {
    fn new(text: &'a str, preparation: Preparation) -> Self {
        match preparation {
            Preparation::None => Self {
                text: text.into(),
                source_ends: None,
            },
            Preparation::Paper => {
                let (text, ends) = paper_text(text);
                Self {
                    text: text.into(),
                    source_ends: Some(ends),
                }
            }
        }
    }

    /// The end in the source of the first `end` bytes of the prepared text.
    fn source_end(&self, end: usize) -> usize {
        match &self.source_ends {
            None => end,
            Some(ends) => end
                .checked_sub(1)
                .and_then(|last| ends.get(last))
                .copied()
                .unwrap_or(0),
        }
    }
}

/// Lower-cased, ASCII punctuation stripped, blanks squeezed to one space and none at the ends.
fn paper_text(source: &str) -> (String, Vec<usize>) {
    // Lower-casing the whole text keeps the rule for a final sigma; each character gives as many characters as
    // it does on its own, which is how both walks stay together.
    let lower = source.to_lowercase();
    let mut lowered = lower.chars();
    let mut text = String::with_capacity(lower.len());
    let mut ends = Vec::with_capacity(lower.len());
    let mut blank_end = None;
    for (start, c) in source.char_indices() {
        let end = start + c.len_utf8();
        for low in lowered.by_ref().take(c.to_lowercase().count()) {
            if low.is_ascii_punctuation() {
                continue;
            }
            if low.is_whitespace() {
                blank_end = Some(end);
                continue;
            }
            if let Some(blank_end) = blank_end.take()
                && !text.is_empty()
            {
                text.push(' ');
                ends.push(blank_end);
            }
            text.push(low);
            ends.resize(text.len(), end);
        }
    }
    (text, ends)
}

/// Some texts of similar length, padded to one.
///
/// # Shapes
/// `ids`: `[rows, tokens]`, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBatch {
    /// Which texts these are, by their index in what was batched.
    pub members: Vec<usize>,
    /// Token ids with padding.
    pub ids: Vec<i32>,
    /// Length of each row without padding.
    pub lengths: Vec<usize>,
    /// Length of the longest row.
    pub tokens: usize,
}

impl TokenBatch {
    /// Sorts texts by length (equal ones keep their order) and cuts them into batches of at most `rows`, so that
    /// each is padded to its own longest member only.
    pub fn bucketed(encoded: &[Encoded], rows: usize, pad_id: u32) -> Vec<Self> {
        let mut order: Vec<usize> = (0..encoded.len()).collect();
        order.sort_by_key(|&i| encoded[i].ids.len());
        order
            .chunks(rows.max(1))
            .map(|members| Self::new(encoded, members, pad_id))
            .collect()
    }

    /// Pads the texts `members` to the longest of them.
    pub fn new(encoded: &[Encoded], members: &[usize], pad_id: u32) -> Self {
        let lengths: Vec<usize> = members.iter().map(|&i| encoded[i].ids.len()).collect();
        let tokens = lengths.iter().copied().max().unwrap_or(0);
        let mut ids = vec![pad_id as i32; members.len() * tokens];
        for (row, &i) in ids.chunks_exact_mut(tokens.max(1)).zip(members) {
            for (slot, &id) in row.iter_mut().zip(&encoded[i].ids) {
                *slot = id as i32;
            }
        }
        Self {
            members: members.to_vec(),
            ids,
            lengths,
            tokens,
        }
    }

    /// The ids and the attention mask on a device; no mask when nothing is padded.
    ///
    /// # Shapes
    /// Both `[rows, tokens]`; the mask is true for tokens and false for padding.
    pub fn to_tensors(&self, device: &Device) -> (Tensor<2, Int>, Option<Tensor<2, Bool>>) {
        let shape = [self.members.len(), self.tokens];
        let ids = Tensor::from_data(TensorData::new(self.ids.clone(), shape), device);
        let mask = self.lengths.iter().any(|&l| l != self.tokens).then(|| {
            let bits: Vec<bool> = self
                .lengths
                .iter()
                .flat_map(|&l| (0..self.tokens).map(move |t| t < l))
                .collect();
            Tensor::from_data(TensorData::new(bits, shape), device)
        });
        (ids, mask)
    }
}
