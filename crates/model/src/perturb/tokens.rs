//! Models whose encoders meet before the head: every token's state is kept, and pairs of token sequences are joined.

use super::{Counter, Detail, Pair, PreparedSong, States, to_host};
use burn::tensor::{Bool, Tensor, TensorData};
use musiclime_core::ClassifierError;
use rayon::prelude::*;
use std::collections::BTreeSet;

impl PreparedSong<'_> {
    /// Logits of pairs of token sequences.
    ///
    /// Audio masks are taken in turns whose states fit the classifier's bound, so each is encoded exactly once. The
    /// states of all word masks are kept beside them where they fit the same bound; where they do not, each turn
    /// encodes the word masks that it needs, again in turns. Pairs go through the head in the classifier's batches.
    pub(super) fn join_tokens(
        &self,
        audio_rows: &[&[u8]],
        lyrics_rows: &[&[u8]],
        pairs: &[Pair],
        counter: &mut Counter,
    ) -> Result<Vec<f64>, ClassifierError> {
        let [audio_at_once, lyrics_at_once] = self.rows_at_once();
        let classes = self.classifier.model().config.labels.len();
        let mut logits = vec![0.0; pairs.len() * classes];
        let all_lyrics = if lyrics_rows.len() <= lyrics_at_once {
            Some(self.lyrics_states(lyrics_rows, counter)?)
        } else {
            None
        };
        for first_audio in (0..audio_rows.len()).step_by(audio_at_once) {
            let turn = first_audio..(first_audio + audio_at_once).min(audio_rows.len());
            let members: Vec<usize> = (0..pairs.len())
                .filter(|&i| turn.contains(&pairs[i].audio))
                .collect();
            let audio = self
                .encode_audio(&audio_rows[turn], Detail::Tokens, counter)?
                .unwrap_or_default();
            let mut join = |lyrics: &States, members: &[usize], place: &dyn Fn(usize) -> usize| {
                let local: Vec<Pair> = members
                    .iter()
                    .map(|&i| Pair {
                        audio: pairs[i].audio - first_audio,
                        lyrics: place(pairs[i].lyrics),
                    })
                    .collect();
                let answers = self.token_logits(&audio, lyrics, &local)?;
                for (&i, row) in members.iter().zip(answers.chunks_exact(classes)) {
                    logits[i * classes..(i + 1) * classes].copy_from_slice(row);
                }
                Ok::<(), ClassifierError>(())
            };
            if let Some(lyrics) = &all_lyrics {
                join(lyrics, &members, &|row| row)?;
                continue;
            }
            let needed: BTreeSet<usize> = members.iter().map(|&i| pairs[i].lyrics).collect();
            let needed: Vec<usize> = needed.into_iter().collect();
            for part in needed.chunks(lyrics_at_once) {
                let rows: Vec<&[u8]> = part.iter().map(|&row| lyrics_rows[row]).collect();
                let lyrics = self.lyrics_states(&rows, counter)?;
                let of_part: Vec<usize> = members
                    .iter()
                    .copied()
                    .filter(|&i| part.binary_search(&pairs[i].lyrics).is_ok())
                    .collect();
                // Every row asked for is in the part: it was filtered by it.
                join(&lyrics, &of_part, &|row| part.partition_point(|&p| p < row))?;
            }
        }
        Ok(logits)
    }

    /// Audio and word masks whose token states fit the bound.
    fn rows_at_once(&self) -> [usize; 2] {
        let config = &self.classifier.model().config;
        let [audio_width, lyrics_width] = config.widths();
        let heard = config.audio.as_ref().map_or(0, |a| a.encoder.tokens());
        let read = config.lyrics.as_ref().map_or(0, |l| l.max_tokens);
        [heard * audio_width * self.windows(), read * lyrics_width].map(|floats| {
            (self.classifier.token_state_bytes() / (floats * size_of::<f32>()).max(1)).max(1)
        })
    }

    fn lyrics_states(
        &self,
        rows: &[&[u8]],
        counter: &mut Counter,
    ) -> Result<States, ClassifierError> {
        Ok(self
            .encode_lyrics(rows, Detail::Tokens, counter)?
            .unwrap_or_default())
    }

    /// The head on pairs of token sequences, in batches; texts of similar length share one.
    fn token_logits(
        &self,
        audio: &States,
        lyrics: &States,
        pairs: &[Pair],
    ) -> Result<Vec<f64>, ClassifierError> {
        let classes = self.classifier.model().config.labels.len();
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_by_key(|&i| lyrics.row(pairs[i].lyrics).len());
        let rows = (self.classifier.batch_rows() / self.windows()).max(1);
        let batches: Vec<&[usize]> = order.chunks(rows).collect();
        let mut logits = vec![0.0; pairs.len() * classes];
        for together in batches.chunks(self.classifier.batches_at_once()) {
            let joined: Vec<_> = together
                .par_iter()
                .map(|batch| {
                    let pairs: Vec<&Pair> = batch.iter().map(|&i| &pairs[i]).collect();
                    self.join_batch(audio, lyrics, &pairs)
                })
                .collect();
            for (batch, joined) in together.iter().zip(joined) {
                let joined = self.mean_over_windows(&joined?);
                for (&i, row) in batch.iter().zip(joined.chunks_exact(classes)) {
                    logits[i * classes..(i + 1) * classes].copy_from_slice(row);
                }
            }
        }
        Ok(logits)
    }

    /// One row of logits a pair and window.
    fn join_batch(
        &self,
        audio: &States,
        lyrics: &States,
        pairs: &[&Pair],
    ) -> Result<Vec<f32>, ClassifierError> {
        let (model, device) = (self.classifier.model(), self.classifier.device());
        let [audio_width, lyrics_width] = model.config.widths();
        let windows = self.windows();
        let count = pairs.len() * windows;
        let lengths: Vec<usize> = pairs
            .iter()
            .flat_map(|pair| {
                std::iter::repeat_n(lyrics.row(pair.lyrics).len() / lyrics_width, windows)
            })
            .collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let (mut heard, mut read) = (Vec::new(), vec![0.0; count * longest * lyrics_width]);
        for (row, out) in read.chunks_exact_mut(longest * lyrics_width).enumerate() {
            let pair = pairs[row / windows];
            heard.extend_from_slice(audio.row(pair.audio * windows + row % windows));
            let words = lyrics.row(pair.lyrics);
            out[..words.len()].copy_from_slice(words);
        }
        let heard_tokens = heard.len() / (count * audio_width);
        let heard: Tensor<3> = Tensor::from_data(
            TensorData::new(heard, [count, heard_tokens, audio_width]),
            device,
        );
        let read: Tensor<3> = Tensor::from_data(
            TensorData::new(read, [count, longest, lyrics_width]),
            device,
        );
        let mask = lengths.iter().any(|&l| l != longest).then(|| {
            let bits: Vec<bool> = lengths
                .iter()
                .flat_map(|&l| (0..longest).map(move |t| t < l))
                .collect();
            Tensor::<2, Bool>::from_data(TensorData::new(bits, [count, longest]), device)
        });
        to_host(model.network.token_head(heard, read, mask))
    }
}
