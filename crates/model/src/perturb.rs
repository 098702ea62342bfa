//! One song, ready to be perturbed: what cannot change is computed once, and each half of the model is run once for
//! every distinct mask of its own components.

mod lyrics;
mod tokens;

use crate::frame_variants::FrameVariants;
use crate::{Encoded, MusicClassifier, TokenBatch};
use burn::tensor::{Int, Tensor, TensorData};
use lyrics::LyricVariants;
use musiclime_core::{
    ClassifierError, Components, FactorialProbabilities, LateFusion, MaskSet, Perturbable,
    Probabilities, Progress, Song,
};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;

/// Rows that one call of the head takes; it costs next to nothing beside an encoder.
const HEAD_ROWS: usize = 4096;

/// A song and its components in front of one classifier.
pub(crate) struct PreparedSong<'a> {
    classifier: &'a MusicClassifier,
    components: &'a Components,
    audio: Option<FrameVariants<'a>>,
    lyrics: Option<LyricVariants<'a>>,
}

/// Encoder states on the host: one vector a row, or the vectors of all its tokens one after the other.
#[derive(Default)]
struct States {
    values: Vec<f32>,
    /// Where each row ends in `values`.
    ends: Vec<usize>,
}

impl States {
    fn row(&self, i: usize) -> &[f32] {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.values[start..self.ends[i]]
    }

    fn push(&mut self, row: &[f32]) {
        self.values.extend_from_slice(row);
        self.ends.push(self.values.len());
    }
}

/// How much of an encoder's answer is kept.
#[derive(Clone, Copy, PartialEq)]
enum Detail {
    /// One vector a row.
    Pooled,
    /// Every token's vector.
    Tokens,
}

/// Which distinct audio and lyrics row one row of the output joins.
struct Pair {
    audio: usize,
    lyrics: usize,
}

/// Counts encoder rows over both halves and reports them as perturbations.
struct Counter<'p> {
    progress: &'p dyn Progress,
    done: usize,
    work: usize,
    rows: usize,
}

impl Counter<'_> {
    fn add(&mut self, encoder_rows: usize) -> Result<(), ClassifierError> {
        self.done += encoder_rows;
        let shown = self.rows * self.done / self.work.max(1);
        if self.progress.update(shown.min(self.rows), self.rows) {
            Ok(())
        } else {
            Err(ClassifierError::Cancelled)
        }
    }
}

impl<'a> PreparedSong<'a> {
    pub(crate) fn new(
        classifier: &'a MusicClassifier,
        song: &'a Song,
        components: &'a Components,
    ) -> Result<Self, ClassifierError> {
        let audio = match (classifier.fbank(), classifier.hearing()) {
            (Some(fbank), Some(hearing)) => {
                Some(FrameVariants::new(fbank, hearing, song, components)?)
            }
            _ => None,
        };
        let lyrics = classifier.model().tokenizer.is_some().then(|| {
            let text = song.lyrics.as_ref().map_or("", |l| l.text());
            LyricVariants::new(text, components)
        });
        Ok(Self {
            classifier,
            components,
            audio,
            lyrics,
        })
    }

    /// The song as it is.
    pub(crate) fn unperturbed(&self) -> Result<Probabilities, ClassifierError> {
        let mut counter = Counter {
            progress: &|_, _| true,
            done: 0,
            work: 1,
            rows: 1,
        };
        let audio = vec![1u8; self.components.audio_len()];
        let lyrics = vec![1u8; self.components.len() - self.lyrics_from()];
        let only = Pair {
            audio: 0,
            lyrics: 0,
        };
        self.answers(&[&audio], &[&lyrics], &[only], &mut counter)
    }

    /// The model's answer to every pair of an audio mask and a word mask.
    fn answers(
        &self,
        audio_rows: &[&[u8]],
        lyrics_rows: &[&[u8]],
        pairs: &[Pair],
        counter: &mut Counter,
    ) -> Result<Probabilities, ClassifierError> {
        let model = self.classifier.model();
        let logits = if model.network.is_late_fusion() {
            let audio = self.encode_audio(audio_rows, Detail::Pooled, counter)?;
            let lyrics = self.encode_lyrics(lyrics_rows, Detail::Pooled, counter)?;
            self.head(&audio, &lyrics, pairs)?
        } else {
            self.join_tokens(audio_rows, lyrics_rows, pairs, counter)?
        };
        let config = &model.config;
        Ok(Probabilities::from_logits(
            config.output,
            config.labels.len(),
            logits,
        ))
    }

    /// The audio encoder's states, one row a window of each mask.
    fn encode_audio(
        &self,
        masks: &[&[u8]],
        detail: Detail,
        counter: &mut Counter,
    ) -> Result<Option<States>, ClassifierError> {
        let Some(variants) = &self.audio else {
            return Ok(None);
        };
        let (network, device) = (&self.classifier.model().network, self.classifier.device());
        let windows = variants.windows();
        let mut states = States::default();
        let mut rest = masks;
        while !rest.is_empty() {
            let gathered = variants.gather(rest);
            let table: Tensor<2> = Tensor::from_data(
                TensorData::new(gathered.table, [gathered.table_rows, variants.mel_bins()]),
                device,
            );
            let rows = gathered.masks * windows;
            let per_row = variants.frames();
            let encode = |batch: &Range<usize>| {
                let index = gathered.index[batch.start * per_row..batch.end * per_row].to_vec();
                let shape = [index.len()];
                let index: Tensor<1, Int> =
                    Tensor::from_data(TensorData::new(index, shape), device);
                let shape = [batch.len(), per_row, variants.mel_bins()];
                let features = table.clone().select(0, index).reshape(shape);
                match detail {
                    Detail::Pooled => to_host(network.encode_audio(features)),
                    Detail::Tokens => to_host(network.audio_tokens(features)),
                }
            };
            let batches: Vec<Range<usize>> = (0..rows)
                .step_by(self.classifier.batch_rows())
                .map(|start| start..(start + self.classifier.batch_rows()).min(rows))
                .collect();
            for together in batches.chunks(self.classifier.batches_at_once()) {
                let encoded: Vec<_> = together.par_iter().map(encode).collect();
                for (batch, encoded) in together.iter().zip(encoded) {
                    let values = encoded?;
                    for state in values.chunks_exact(values.len() / batch.len()) {
                        states.push(state);
                    }
                    counter.add(batch.end.div_ceil(windows) - batch.start.div_ceil(windows))?;
                }
            }
            rest = &rest[gathered.masks..];
        }
        Ok(Some(states))
    }

    /// The lyrics encoder's states, one row a mask.
    fn encode_lyrics(
        &self,
        masks: &[&[u8]],
        detail: Detail,
        counter: &mut Counter,
    ) -> Result<Option<States>, ClassifierError> {
        let (Some(variants), Some(tokenizer)) = (&self.lyrics, &self.classifier.model().tokenizer)
        else {
            return Ok(None);
        };
        let (network, device) = (&self.classifier.model().network, self.classifier.device());
        let encoded: Vec<Encoded> = masks
            .par_iter()
            .map(|row| tokenizer.encode(&variants.text(row)))
            .collect::<Result<_, _>>()
            .map_err(|e| ClassifierError::Song(e.to_string()))?;
        // Texts that became the same tokens are one input.
        let mut distinct: Vec<Encoded> = Vec::new();
        let mut known: HashMap<&[u32], usize> = HashMap::new();
        let of: Vec<usize> = encoded
            .iter()
            .map(|e| {
                *known.entry(&e.ids).or_insert_with(|| {
                    distinct.push(e.clone());
                    distinct.len() - 1
                })
            })
            .collect();
        let mut rows: Vec<Vec<f32>> = vec![Vec::new(); distinct.len()];
        let batches =
            TokenBatch::bucketed(&distinct, self.classifier.batch_rows(), tokenizer.pad_id());
        let encode = |batch: &TokenBatch| {
            let (ids, mask) = batch.to_tensors(device);
            match detail {
                Detail::Pooled => to_host(network.encode_lyrics(ids, mask)),
                Detail::Tokens => to_host(network.lyrics_tokens(ids, mask)),
            }
        };
        for together in batches.chunks(self.classifier.batches_at_once()) {
            let encoded: Vec<_> = together.par_iter().map(encode).collect();
            for (batch, encoded) in together.iter().zip(encoded) {
                let values = encoded?;
                let whole = values.chunks_exact(values.len() / batch.members.len());
                for ((member, length), state) in batch.members.iter().zip(&batch.lengths).zip(whole)
                {
                    // What stands at padding is nobody's state.
                    let kept = match detail {
                        Detail::Pooled => state.len(),
                        Detail::Tokens => state.len() / batch.tokens * length,
                    };
                    rows[*member] = state[..kept].to_vec();
                }
                counter.add(batch.members.len())?;
            }
        }
        counter.add(masks.len() - distinct.len())?;
        let mut states = States::default();
        for &i in &of {
            states.push(&rows[i]);
        }
        Ok(Some(states))
    }

    /// Logits of pairs of states; those of several windows are averaged.
    fn head(
        &self,
        audio: &Option<States>,
        lyrics: &Option<States>,
        pairs: &[Pair],
    ) -> Result<Vec<f64>, ClassifierError> {
        let (network, device) = (&self.classifier.model().network, self.classifier.device());
        let windows = self.windows();
        let mut logits = Vec::new();
        for pairs in pairs.chunks(HEAD_ROWS) {
            let count = pairs.len() * windows;
            let gather = |states: &Option<States>, index: &dyn Fn(&Pair, usize) -> usize| {
                states.as_ref().map(|s| {
                    let mut values = Vec::new();
                    for pair in pairs {
                        for window in 0..windows {
                            values.extend_from_slice(s.row(index(pair, window)));
                        }
                    }
                    let width = values.len() / count;
                    Tensor::<2>::from_data(TensorData::new(values, [count, width]), device)
                })
            };
            let audio = gather(audio, &|pair, window| pair.audio * windows + window);
            let lyrics = gather(lyrics, &|pair, _| pair.lyrics);
            let values = to_host(network.head(audio, lyrics))?;
            logits.extend(self.mean_over_windows(&values));
        }
        Ok(logits)
    }

    fn windows(&self) -> usize {
        self.audio.as_ref().map_or(1, FrameVariants::windows)
    }

    /// One row of logits a song from one row a window.
    fn mean_over_windows(&self, values: &[f32]) -> Vec<f64> {
        let (classes, windows) = (self.classifier.model().config.labels.len(), self.windows());
        let mut logits = Vec::with_capacity(values.len() / windows);
        for row in values.chunks_exact(classes * windows) {
            for class in 0..classes {
                let of_class = row.iter().skip(class).step_by(classes);
                let sum: f64 = of_class.map(|&x| f64::from(x)).sum();
                logits.push(sum / windows as f64);
            }
        }
        logits
    }
}

/// Brings a tensor's values to the host.
fn to_host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ClassifierError> {
    let data = tensor
        .try_into_data()
        .map_err(|e| ClassifierError::Device(format!("{e:?}")))?
        .convert::<f32>();
    Ok(data.iter::<f32>().collect())
}

/// The distinct values of `rows` by first appearance, and which of them each row is.
fn distinct<'r>(rows: impl Iterator<Item = &'r [u8]>) -> (Vec<&'r [u8]>, Vec<usize>) {
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let mut list = Vec::new();
    let of = rows
        .map(|row| {
            *known.entry(row).or_insert_with(|| {
                list.push(row);
                list.len() - 1
            })
        })
        .collect();
    (list, of)
}

impl Perturbable for PreparedSong<'_> {
    fn probabilities(
        &self,
        masks: &MaskSet,
        progress: &dyn Progress,
    ) -> Result<Probabilities, ClassifierError> {
        assert_eq!(
            masks.columns(),
            self.components.len(),
            "one mask column a component"
        );
        let split = self.components.audio_len();
        let text_from = self.lyrics_from();
        let (audio_rows, audio_of) = distinct(masks.iter().map(|row| &row[..split]));
        let (lyrics_rows, lyrics_of) = distinct(masks.iter().map(|row| &row[text_from..]));
        let mut counter = Counter {
            progress,
            done: 0,
            work: self.work(audio_rows.len(), lyrics_rows.len()),
            rows: masks.rows(),
        };
        let pairs: Vec<Pair> = audio_of
            .into_iter()
            .zip(lyrics_of)
            .map(|(audio, lyrics)| Pair { audio, lyrics })
            .collect();
        self.answers(&audio_rows, &lyrics_rows, &pairs, &mut counter)
    }

    /// None where a column switches sound and words together, which no grid can, and none with cross-attention: its head is no small map of two vectors but attention over all tokens of both, as
    /// dear as an encoder layer, and a grid would run it once for every one of its audio x lyrics pairs.
    fn late_fusion(&self) -> Option<&dyn LateFusion> {
        let late = self.classifier.model().network.is_late_fusion();
        let apart = !self.components.is_joint();
        (late && apart && self.audio.is_some() && self.lyrics.is_some()).then_some(self)
    }
}

impl PreparedSong<'_> {
    /// The first column that can change the text: a word's, or the very first where segments carry words with them.
    fn lyrics_from(&self) -> usize {
        match self.components.is_joint() {
            true => 0,
            false => self.components.audio_len(),
        }
    }

    fn work(&self, audio_rows: usize, lyrics_rows: usize) -> usize {
        let audio = if self.audio.is_some() { audio_rows } else { 0 };
        audio
            + if self.lyrics.is_some() {
                lyrics_rows
            } else {
                0
            }
    }
}

impl LateFusion for PreparedSong<'_> {
    fn grid(
        &self,
        audio: &MaskSet,
        lyrics: &MaskSet,
        progress: &dyn Progress,
    ) -> Result<FactorialProbabilities, ClassifierError> {
        let audio_rows: Vec<&[u8]> = audio.iter().collect();
        let lyrics_rows: Vec<&[u8]> = lyrics.iter().collect();
        let rows = audio_rows.len() * lyrics_rows.len();
        let work = self.work(audio_rows.len(), lyrics_rows.len());
        let mut counter = Counter {
            progress,
            done: 0,
            work,
            rows,
        };
        let pairs: Vec<Pair> = (0..rows)
            .map(|row| Pair {
                audio: row / lyrics_rows.len(),
                lyrics: row % lyrics_rows.len(),
            })
            .collect();
        Ok(FactorialProbabilities {
            audio_rows: audio_rows.len(),
            lyrics_rows: lyrics_rows.len(),
            probabilities: self.answers(&audio_rows, &lyrics_rows, &pairs, &mut counter)?,
        })
    }
}
