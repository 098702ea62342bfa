//! Making the inputs of a step while the one before is computed.

use crate::{TrainConfig, TrainingError, TrainingSong};
use musiclime_audio::fbank::Fbank;
use musiclime_model::{Encoded, TokenBatch, Tokenizer};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Equal parts that a song is cut into for taking stems away; the explainer's default.
const MASK_SEGMENTS: usize = 10;

/// The inputs of one step.
///
/// # Shapes
/// `features`: `[rows, frames, mel]` with frames and mel beside it; `labels`: `[rows]`.
pub(crate) struct Batch {
    pub(crate) features: Option<(Vec<f32>, [usize; 2])>,
    pub(crate) tokens: Option<TokenBatch>,
    pub(crate) labels: Vec<i32>,
}

/// Turns songs into inputs.
pub(crate) struct BatchMaker<'a> {
    pub(crate) songs: &'a [TrainingSong],
    pub(crate) fbank: Option<Fbank>,
    pub(crate) tokenizer: Option<Tokenizer>,
    pub(crate) seed: u64,
    pub(crate) mask_augment: f64,
}

impl<'a> BatchMaker<'a> {
    pub(crate) fn new(
        config: &TrainConfig,
        songs: &'a [TrainingSong],
        fbank: Option<Fbank>,
        tokenizer: Option<Tokenizer>,
    ) -> Self {
        Self {
            songs,
            fbank,
            tokenizer,
            seed: config.seed,
            mask_augment: config.mask_augment,
        }
    }

    /// The songs of an epoch in the order in which they are trained on, as far as they fill whole steps.
    pub(crate) fn order(&self, epoch: usize, batch: usize) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.songs.len()).collect();
        order.shuffle(&mut stream(self.seed, epoch, 0));
        let batch = batch.min(order.len());
        order.chunks_exact(batch).map(<[usize]>::to_vec).collect()
    }

    /// The inputs of some songs; `draw` is the epoch and step whose masks they get, `None` for whole songs.
    pub(crate) fn make(
        &self,
        members: &[usize],
        draw: Option<(usize, usize)>,
    ) -> Result<Batch, TrainingError> {
        let inputs = members
            .par_iter()
            .enumerate()
            .map(|(slot, &i)| {
                let song = &self.songs[i];
                // One stream a slot: threads do not change what is drawn.
                let mut rng = draw.map(|(epoch, step)| {
                    stream(self.seed, epoch, 1 + ((step as u64) << 16) + slot as u64)
                });
                self.input(song, rng.as_mut())
            })
            .collect::<Result<Vec<_>, TrainingError>>()?;
        let labels = members
            .iter()
            .map(|&i| self.songs[i].label as i32)
            .collect();
        let (features, encoded): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let features = self.fbank.as_ref().map(|fbank| {
            let shape = [fbank.config().max_frames, fbank.config().mel_bins];
            (features.into_iter().flatten().flatten().collect(), shape)
        });
        let tokens = self.tokenizer.as_ref().map(|tokenizer| {
            let encoded: Vec<Encoded> = encoded.into_iter().flatten().collect();
            let all: Vec<usize> = (0..encoded.len()).collect();
            TokenBatch::new(&encoded, &all, tokenizer.pad_id())
        });
        Ok(Batch {
            features,
            tokens,
            labels,
        })
    }

    fn input(
        &self,
        song: &TrainingSong,
        rng: Option<&mut ChaCha8Rng>,
    ) -> Result<(Option<Vec<f32>>, Option<Encoded>), TrainingError> {
        let cells = song.stems.len() * MASK_SEGMENTS;
        let mut audio_on = vec![true; cells];
        let mut words_on = vec![true; song.words.len()];
        if let Some(rng) = rng
            && rng.random_bool(self.mask_augment)
        {
            // The share that stays on is itself drawn, so that the model sees light and heavy perturbation.
            let stay = 1.0 - 0.6 * rng.random::<f64>();
            audio_on
                .iter_mut()
                .for_each(|on| *on = rng.random_bool(stay));
            let stay = 1.0 - 0.6 * rng.random::<f64>();
            words_on
                .iter_mut()
                .for_each(|on| *on = rng.random_bool(stay));
        }
        let features = match &self.fbank {
            Some(fbank) => {
                let mono = song.mix(&audio_on, MASK_SEGMENTS);
                Some(
                    fbank
                        .features(&mono)
                        .map_err(musiclime_model::ModelError::from)?
                        .values,
                )
            }
            None => None,
        };
        let encoded = match &self.tokenizer {
            Some(tokenizer) => {
                let removed: Vec<_> = song
                    .words
                    .iter()
                    .zip(&words_on)
                    .filter(|(_, on)| !**on)
                    .flat_map(|(word, _)| word.places.iter().cloned())
                    .collect();
                Some(tokenizer.encode(&song.lyrics.without(&removed))?)
            }
            None => None,
        };
        Ok((features, encoded))
    }
}

/// The random numbers of one purpose within one epoch.
fn stream(seed: u64, epoch: usize, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((epoch as u64) << 40) + purpose);
    rng
}
