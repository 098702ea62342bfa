//! Whole songs, several at a time: what testing a model needs.

use crate::{Encoded, ModelError, MusicClassifier, TokenBatch};
use burn::tensor::{Tensor, TensorData};
use musiclime_core::{Classifier, ClassifierError, Probabilities, Song};
use rayon::prelude::*;
use std::ops::Range;

/// One song's inputs.
struct Input {
    /// `[windows, frames, mel]`, for a model that hears.
    features: Vec<f32>,
    windows: usize,
    tokens: Option<Encoded>,
}

impl MusicClassifier {
    /// The probabilities of several unperturbed songs, in order; the encoders see them in batches.
    ///
    /// The same as [`Classifier::classify`] of each song up to rounding: a song's companions change no more than that.
    ///
    /// # Errors
    /// For each song, that this model cannot take it; for all, a failing device.
    pub fn classify_many(
        &self,
        songs: &[&Song],
    ) -> Result<Vec<Result<Probabilities, ClassifierError>>, ClassifierError> {
        let mut answers: Vec<Option<Result<Probabilities, ClassifierError>>> = Vec::new();
        let mut inputs = Vec::new();
        let read: Vec<Result<Input, ClassifierError>> =
            songs.par_iter().map(|song| self.input(song)).collect();
        for input in read {
            match input {
                Ok(input) => {
                    inputs.push(input);
                    answers.push(None);
                }
                Err(e) => answers.push(Some(Err(e))),
            }
        }
        let mut joined = if self.model().network.is_late_fusion() {
            self.join(&inputs)?.into_iter()
        } else {
            self.join_tokens(&inputs)?.into_iter()
        };
        Ok(answers
            .into_iter()
            .filter_map(|answer| answer.or_else(|| joined.next().map(Ok)))
            .collect())
    }

    fn input(&self, song: &Song) -> Result<Input, ClassifierError> {
        let refused = |e: ModelError| ClassifierError::Song(e.to_string());
        let (mut features, mut windows) = (Vec::new(), 1);
        if let (Some(fbank), Some(hearing)) = (self.fbank(), self.hearing()) {
            let rate = song.waveform.sample_rate_hz();
            if rate != hearing.sample_rate_hz {
                return Err(ClassifierError::Song(format!(
                    "sample rate of the song: expected {} Hz, got {rate} Hz",
                    hearing.sample_rate_hz
                )));
            }
            let mono = song.waveform.downmix();
            let heard = hearing.windows(mono.len());
            windows = heard.len();
            for window in heard {
                let heard = fbank
                    .features(&mono[window])
                    .map_err(|e| refused(e.into()))?;
                features.extend(heard.values);
            }
        }
        let tokens = match &self.model().tokenizer {
            Some(tokenizer) => {
                let text = song.lyrics.as_ref().map_or("", |l| l.text());
                Some(tokenizer.encode(text).map_err(refused)?)
            }
            None => None,
        };
        Ok(Input {
            features,
            windows,
            tokens,
        })
    }

    /// The answers of all inputs.
    fn join(&self, inputs: &[Input]) -> Result<Vec<Probabilities>, ClassifierError> {
        let (network, device) = (&self.model().network, self.device());
        let audio = match self.fbank() {
            Some(fbank) if !inputs.is_empty() => {
                let shape = [fbank.config().max_frames, fbank.config().mel_bins];
                let row = shape[0] * shape[1];
                let all: Vec<f32> = inputs
                    .iter()
                    .flat_map(|i| i.features.iter().copied())
                    .collect();
                let batches = self.batches(all.len() / row);
                self.side_by_side(&batches, |rows| {
                    let values = all[rows.start * row..rows.end * row].to_vec();
                    let data = TensorData::new(values, [rows.len(), shape[0], shape[1]]);
                    host_rows(network.encode_audio(Tensor::from_data(data, device)))
                })?
            }
            _ => Vec::new(),
        };
        let tokens: Vec<Encoded> = inputs.iter().filter_map(|i| i.tokens.clone()).collect();
        let mut lyrics: Vec<Vec<f32>> = vec![Vec::new(); tokens.len()];
        if let Some(tokenizer) = &self.model().tokenizer {
            let batches = TokenBatch::bucketed(&tokens, self.batch_rows(), tokenizer.pad_id());
            let states = self.side_by_side(&batches, |batch| {
                let (ids, mask) = batch.to_tensors(device);
                host_rows(network.encode_lyrics(ids, mask))
            })?;
            let members = batches.iter().flat_map(|b| b.members.iter());
            for (member, state) in members.zip(states) {
                lyrics[*member] = state;
            }
        }
        let mut window = 0;
        inputs
            .iter()
            .enumerate()
            .map(|(i, input)| {
                let heard = (!audio.is_empty()).then(|| &audio[window..window + input.windows]);
                window += input.windows;
                let read = lyrics.get(i).map(|row| vec![row; input.windows]);
                let stack = |rows: Vec<&Vec<f32>>| {
                    let shape = [rows.len(), rows[0].len()];
                    let values: Vec<f32> = rows.into_iter().flatten().copied().collect();
                    Tensor::<2>::from_data(TensorData::new(values, shape), device)
                };
                let logits = network.head(
                    heard.map(|rows| stack(rows.iter().collect())),
                    read.map(stack),
                );
                Ok(self.answer(&host_rows(logits)?))
            })
            .collect()
    }

    /// The answers of all inputs, where sound and words meet before there is one state of each.
    fn join_tokens(&self, inputs: &[Input]) -> Result<Vec<Probabilities>, ClassifierError> {
        let (network, device) = (&self.model().network, self.device());
        let (Some(fbank), Some(tokenizer)) = (self.fbank(), &self.model().tokenizer) else {
            unreachable!("cross-attention has sound and words");
        };
        let shape = [fbank.config().max_frames, fbank.config().mel_bins];
        let tokens: Vec<Encoded> = inputs.iter().filter_map(|i| i.tokens.clone()).collect();
        let rows: Vec<(usize, &[f32])> = inputs
            .iter()
            .enumerate()
            .flat_map(|(song, input)| {
                let windows = input.features.chunks_exact(shape[0] * shape[1]);
                windows.map(move |window| (song, window))
            })
            .collect();
        let batches = self.batches(rows.len());
        let logits = self.side_by_side(&batches, |batch| {
            let (songs, windows): (Vec<usize>, Vec<&[f32]>) =
                rows[batch.clone()].iter().copied().unzip();
            let data = TensorData::new(windows.concat(), [batch.len(), shape[0], shape[1]]);
            let read = TokenBatch::new(&tokens, &songs, tokenizer.pad_id()).to_tensors(device);
            host_rows(network.forward(Some(Tensor::from_data(data, device)), Some(read)))
        })?;
        let mut window = 0;
        Ok(inputs
            .iter()
            .map(|input| {
                let of_song = &logits[window..window + input.windows];
                window += input.windows;
                self.answer(of_song)
            })
            .collect())
    }

    /// The answer that the mean of the windows' logits stands for.
    fn answer(&self, windows: &[Vec<f32>]) -> Probabilities {
        let classes = self.labels().len();
        let mut mean = vec![0.0; classes];
        for row in windows {
            for (sum, x) in mean.iter_mut().zip(row) {
                *sum += f64::from(*x) / windows.len() as f64;
            }
        }
        Probabilities::from_logits(self.output(), classes, mean)
    }

    fn batches(&self, rows: usize) -> Vec<Range<usize>> {
        (0..rows)
            .step_by(self.batch_rows())
            .map(|start| start..(start + self.batch_rows()).min(rows))
            .collect()
    }

    /// Encodes batches, as many at once as the device takes.
    fn side_by_side<T: Sync>(
        &self,
        batches: &[T],
        encode: impl Fn(&T) -> Result<Vec<Vec<f32>>, ClassifierError> + Sync,
    ) -> Result<Vec<Vec<f32>>, ClassifierError> {
        let mut rows = Vec::new();
        for together in batches.chunks(self.batches_at_once()) {
            let encoded: Vec<_> = together.par_iter().map(&encode).collect();
            for batch in encoded {
                rows.extend(batch?);
            }
        }
        Ok(rows)
    }
}

/// A tensor's rows on the host.
fn host_rows(tensor: Tensor<2>) -> Result<Vec<Vec<f32>>, ClassifierError> {
    let width = tensor.dims()[1];
    let data = tensor
        .try_into_data()
        .map_err(|e| ClassifierError::Device(format!("{e:?}")))?
        .convert::<f32>();
    let values: Vec<f32> = data.iter::<f32>().collect();
    Ok(values.chunks_exact(width).map(<[f32]>::to_vec).collect())
}
