use crate::batches::BatchMaker;
use crate::epochs::Fit;
use crate::journal::{Epoch, Step};
use crate::library::{Ear, Kept, Library};
use crate::objective::Objective;
use crate::prepare::{SkippedSong, prepare};
use crate::run_folder::RunFolder;
use crate::start::Start;
use crate::token_cache::LyricsReader;
use crate::{TrainConfig, TrainingError};
use burn::tensor::Device;
use musiclime_model::{Model, ModelConfig, Network, Precision, train_tokenizer};
use std::collections::HashSet;

/// Looks on while a model is fitted; where a call returns a truth, it says whether to go on.
pub trait Watch: Sync {
    /// `done` of `total` songs are ready.
    fn songs(&self, done: usize, total: usize) -> bool;
    /// Something that a user should know.
    fn note(&self, text: &str);
    /// The steps begin, behind `step` that were done before, of `steps`.
    fn begin(&self, step: usize, steps: usize);
    /// A step of `steps` over all epochs was taken.
    fn step(&self, step: &Step, steps: usize) -> bool;
    /// An epoch ended.
    fn epoch(&self, epoch: &Epoch) -> bool;
}

/// A fitted model.
#[derive(Debug)]
pub struct Trained {
    /// Its configuration.
    pub config: ModelConfig,
    /// The weights of the best epoch by [`crate::ValidationScores`]; of equals, the one of lower validation loss.
    pub network: Network,
    /// `tokenizer.json`, where it reads lyrics.
    pub tokenizer_json: Option<Vec<u8>>,
    /// All epochs.
    pub epochs: Vec<Epoch>,
    /// The epoch of the weights.
    pub best_epoch: usize,
    /// Songs that were fitted to.
    pub songs: usize,
    /// Songs that chose the epoch.
    pub validation_songs: usize,
    /// Songs that could not be used.
    pub skipped: Vec<SkippedSong>,
}

/// All that a fit needs.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    /// The settings.
    pub config: &'a TrainConfig,
    /// Models whose encoders are started from, as the paper starts from pretrained ones.
    pub start_from: &'a [Model],
    /// Where it computes.
    pub device: &'a Device,
    /// Who looks on.
    pub watch: &'a dyn Watch,
    /// How a manifest's songs are read; not needed for the songbook.
    pub library: Option<Library<'a>>,
    /// Where checkpoints and the log go; without it there are none.
    pub run: Option<&'a RunFolder>,
}

/// Fits a model to the songbook without checkpoints or a log: [`Training::fit`].
///
/// # Errors
/// As [`Training::fit`].
pub fn train(
    config: &TrainConfig,
    start_from: &[Model],
    device: &Device,
    watch: &dyn Watch,
) -> Result<Trained, TrainingError> {
    Training {
        config,
        start_from,
        device,
        watch,
        library: None,
        run: None,
    }
    .fit()
}

impl Training<'_> {
    /// Fits the model, from the run's last checkpoint on if there is one.
    ///
    /// Every random draw comes from the seed, the epoch and the step, so that a run that was stopped ends with the
    /// weights of one that was not.
    ///
    /// # Errors
    /// Settings that cannot work, models or songs that do not fit, a loss that is not finite, a full disk, or `watch`
    /// asking to stop, after a checkpoint.
    pub fn fit(&self) -> Result<Trained, TrainingError> {
        let Self { config, device, .. } = *self;
        config.validate()?;
        config.precision.check(device)?;
        let start = Start::new(config, self.start_from)?;
        let ear = ear(config, start.config())?;
        let songs = prepare(config, self.library, ear.as_ref(), self.watch)?;
        songs.notes.iter().for_each(|note| self.watch.note(note));
        for skipped in &songs.skipped {
            self.watch
                .note(&format!("skipped \"{}\": {}", skipped.id, skipped.reason));
        }
        let model_config = start.with_labels(songs.labels.clone());
        let tokenizer_json = match (&model_config.lyrics, &start.tokenizer_json) {
            (Some(_), Some(json)) => Some(json.clone()),
            (Some(lyrics), None) => {
                let texts = songs.songs.iter().map(|s| s.lyrics.text().to_string());
                Some(train_tokenizer(texts, lyrics.encoder.vocab_size())?)
            }
            (None, _) => None,
        };
        if config.precision != Precision::F32 && !model_config.has_transformer() {
            let name = config.precision.name();
            self.watch.note(&format!(
                "neither encoder is a transformer: {name} changes nothing"
            ));
        }
        let reader = match (&model_config.lyrics, &tokenizer_json) {
            (Some(lyrics), Some(json)) => Some(LyricsReader::new(json, lyrics)?),
            _ => None,
        };
        let maker =
            |part| BatchMaker::new(config, part, ear.as_ref(), self.library, reader.as_ref());
        let (maker, judge) = (maker(&songs.songs)?, maker(&songs.held_out)?);
        if let Some(library) = self.library {
            let keep: HashSet<&str> = maker.cache_keys().chain(judge.cache_keys()).collect();
            library.cache.trim(&keep)?;
        }
        let fit = Fit {
            training: *self,
            training_device: device.clone().autodiff(),
            maker,
            judge,
            labels: &songs.labels,
            objective: Objective::new(config, &songs.songs, songs.labels.len())?,
        };
        let state = fit.begin(&start, &model_config, &songs)?;
        let state = fit.run(state)?;
        let (Some(network), Some(best_epoch)) = (state.best, state.progress.best) else {
            unreachable!("the first epoch is the best so far");
        };
        Ok(Trained {
            config: model_config,
            network,
            tokenizer_json,
            epochs: state.progress.epochs,
            best_epoch,
            songs: songs.songs.len(),
            validation_songs: songs.held_out.len(),
            skipped: songs.skipped,
        })
    }
}

/// How the run hears; `None` if it does not.
fn ear(config: &TrainConfig, model: &ModelConfig) -> Result<Option<Ear>, TrainingError> {
    let Some(section) = &model.audio else {
        return Ok(None);
    };
    let fbank = section.fbank()?;
    let ear = Ear {
        hearing: section.hearing(&fbank),
        fbank,
        extractor: section.extractor.clone(),
        kept: if config.mask_augment > 0.0 {
            Kept::Stems
        } else {
            Kept::Features
        },
    };
    config.spec_augment.validate(ear.shape())?;
    Ok(Some(ear))
}
