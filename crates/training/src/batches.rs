//! Making the inputs of a step while the one before is computed.

use crate::library::{CachedSong, Ear, Library};
use crate::songs::{Place, TrainingSong};
use crate::sound::{MASK_SEGMENTS, Sound};
use crate::token_cache::{AllTokens, LyricsReader};
use crate::{SpecAugment, TrainConfig, TrainingError};
use musiclime_evaluation::GroundTruth;
use musiclime_model::{Encoded, TokenBatch};
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// The share of the components that the heaviest draw switches off, on average.
const MOST_OFF: f64 = 0.6;

/// The inputs of one forward pass.
///
/// # Shapes
/// `features`: `[rows, frames, mel]` with frames and mel beside it; `truth`: `[rows]`.
pub(crate) struct Batch {
    pub(crate) features: Option<(Vec<f32>, [usize; 2])>,
    pub(crate) tokens: Option<TokenBatch>,
    pub(crate) truth: Vec<GroundTruth>,
}

/// A song, and which of its windows; `None` for one that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) song: usize,
    pub(crate) window: Option<usize>,
}

/// Which step's random numbers a batch gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) epoch: usize,
    pub(crate) step: usize,
    /// Rows of the step that other batches hold.
    pub(crate) rows_before: usize,
}

/// Turns songs into inputs.
pub(crate) struct BatchMaker<'a> {
    songs: &'a [TrainingSong],
    ear: Option<&'a Ear>,
    library: Option<Library<'a>>,
    reader: Option<&'a LyricsReader>,
    /// The tokens of every song's whole lyrics.
    whole: AllTokens,
    seed: u64,
    mask_augment: f64,
    spec_augment: SpecAugment,
}

impl<'a> BatchMaker<'a> {
    pub(crate) fn new(
        config: &TrainConfig,
        songs: &'a [TrainingSong],
        ear: Option<&'a Ear>,
        library: Option<Library<'a>>,
        reader: Option<&'a LyricsReader>,
    ) -> Result<Self, TrainingError> {
        let whole = match reader {
            Some(reader) => reader.read_all(songs, library.map(|l| l.cache))?,
            None => AllTokens::default(),
        };
        Ok(Self {
            songs,
            ear,
            library,
            reader,
            whole,
            seed: config.seed,
            mask_augment: config.mask_augment,
            spec_augment: config.spec_augment,
        })
    }

    pub(crate) fn songs(&self) -> &[TrainingSong] {
        self.songs
    }

    /// The names of its entries in the cache.
    pub(crate) fn cache_keys(&self) -> impl Iterator<Item = &str> {
        let sounds = self.songs.iter().filter_map(|song| match &song.sound {
            Place::Cache(cached) => Some(cached.key.as_str()),
            Place::None | Place::Memory(_) => None,
        });
        sounds.chain(self.whole.cache_keys.iter().map(String::as_str))
    }

    /// Whole batches of an epoch, in the order in which they are trained on.
    pub(crate) fn order(&self, epoch: usize, batch: usize) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.songs.len()).collect();
        order.shuffle(&mut stream(self.seed, epoch, 0));
        let batch = batch.min(order.len());
        order.chunks_exact(batch).map(<[usize]>::to_vec).collect()
    }

    /// The windows of a song.
    pub(crate) fn windows(&self, song: usize) -> Cow<'_, [Range<usize>]> {
        match (&self.songs[song].sound, self.ear) {
            (Place::Cache(CachedSong { windows, .. }), _) => Cow::Borrowed(windows),
            (Place::Memory(Sound::Stems(stems)), Some(ear)) => {
                let samples = stems.first().map_or(0, |s| s.samples.len());
                Cow::Owned(ear.hearing.windows(samples))
            }
            // A song of words alone is one input.
            _ => Cow::Owned(std::iter::once(0..0).collect()),
        }
    }

    /// The inputs of some rows; without a draw, songs are whole.
    pub(crate) fn make(&self, rows: &[Row], draw: Option<Draw>) -> Result<Batch, TrainingError> {
        let inputs = rows
            .par_iter()
            .enumerate()
            .map(|(slot, row)| {
                // One stream a slot: threads do not change what is drawn.
                let mut rng = draw.map(|d| {
                    let purpose = ((d.step as u64) << 16) + (d.rows_before + slot) as u64;
                    stream(self.seed, d.epoch, 1 + purpose)
                });
                self.input(*row, rng.as_mut())
            })
            .collect::<Result<Vec<_>, TrainingError>>()?;
        let truth = rows
            .iter()
            .map(|row| self.songs[row.song].truth.clone())
            .collect();
        let (features, encoded): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let features = self.ear.map(|ear| {
            let all = features.into_iter().flatten().flatten().collect();
            (all, ear.shape())
        });
        let tokens = self.reader.map(|reader| {
            let encoded: Vec<Encoded> = encoded.into_iter().flatten().collect();
            let all: Vec<usize> = (0..encoded.len()).collect();
            TokenBatch::new(&encoded, &all, reader.tokenizer().pad_id())
        });
        Ok(Batch {
            features,
            tokens,
            truth,
        })
    }

    fn input(
        &self,
        row: Row,
        mut rng: Option<&mut ChaCha8Rng>,
    ) -> Result<(Option<Vec<f32>>, Option<Encoded>), TrainingError> {
        let song = &self.songs[row.song];
        let sound = match (self.ear, &song.sound) {
            (None, _) | (_, Place::None) => None,
            (Some(_), Place::Memory(sound)) => Some(Cow::Borrowed(sound)),
            (Some(ear), Place::Cache(cached)) => match self.library {
                Some(library) => Some(Cow::Owned(library.sound(cached, ear)?)),
                None => None,
            },
        };
        let windows = self.windows(row.song);
        let window = match (row.window, &mut rng) {
            (Some(window), _) => window,
            (None, Some(rng)) if windows.len() > 1 => rng.random_range(0..windows.len()),
            (None, _) => 0,
        };
        let stems = sound.as_ref().map_or(0, |s| s.stems());
        let mut audio_on = vec![true; stems * MASK_SEGMENTS];
        let mut words_on = vec![true; song.words.len()];
        if let Some(rng) = &mut rng
            && rng.random_bool(self.mask_augment)
        {
            switch_off(&mut audio_on, rng);
            switch_off(&mut words_on, rng);
        }
        let features = match (self.ear, &sound) {
            (Some(ear), Some(sound)) => {
                let mut values = sound.features(&ear.fbank, &windows, window, &audio_on)?;
                if let Some(rng) = &mut rng {
                    self.spec_augment.apply(&mut values, ear.shape(), rng);
                }
                Some(values)
            }
            _ => None,
        };
        let encoded = match self.reader {
            Some(_) if words_on.iter().all(|on| *on) => Some(self.whole.songs[row.song].clone()),
            Some(reader) => {
                let removed: Vec<_> = song
                    .words
                    .iter()
                    .zip(&words_on)
                    .filter(|(_, on)| !**on)
                    .flat_map(|(word, _)| word.places.iter().cloned())
                    .collect();
                Some(reader.tokenizer().encode(&song.lyrics.without(&removed))?)
            }
            None => None,
        };
        Ok((features, encoded))
    }
}

/// Switches components off; the share that stays on is itself drawn, so that the model sees light and heavy
/// perturbation.
fn switch_off(on: &mut [bool], rng: &mut impl Rng) {
    let stay = 1.0 - MOST_OFF * rng.random::<f64>();
    on.iter_mut().for_each(|on| *on = rng.random_bool(stay));
}

/// The random numbers of one purpose within one epoch.
fn stream(seed: u64, epoch: usize, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((epoch as u64) << 40) + purpose);
    rng
}
