use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::fitting::{fit_into, fit_with, run_folder};
use crate::named::{named, with_suggestion};
use crate::song_library::CacheArg;
use musiclime_dataset::manifest::Split;
use musiclime_model::Precision;
use musiclime_training::{
    AudioEncoderKind, ClassWeights, FusionKind, LyricsEncoderKind, ManifestSource, Regression,
    RunFolder, RunRecord, ScheduleShape, TrainConfig, TrainModality, TrainTask,
};
use std::path::{Path, PathBuf};

/// Fit a classifier to the songbook or to a manifest's songs, from scratch or from other models' encoders.
///
/// Checkpoints, a log (training.jsonl) and the learning curve go to OUT.run; a run that was stopped goes on with
/// --resume.
///
/// Example: musiclime train --task genre --modality both --out my-model
///
/// Example: musiclime train --task tags --manifest songs.jsonl --audio-encoder cnn-rnn --out my-tagger
///
/// `musiclime train separator` fits a separator instead.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// What to predict: genre or emotion (one a song), tags (any number a song), or mood (valence and energy as
    /// numbers) [default: genre].
    #[arg(long, value_parser = named::<TrainTask>)]
    task: Option<TrainTask>,
    /// From what: both, audio or lyrics [default: both].
    #[arg(long, value_parser = named::<TrainModality>)]
    modality: Option<TrainModality>,
    /// A manifest of songs (one JSON object a line, with splits); without it the songs are the songbook's.
    #[arg(long)]
    manifest: Option<PathBuf>,
    /// The split to train on [default: train].
    #[arg(long, value_parser = named::<Split>, requires = "manifest")]
    train_split: Option<Split>,
    /// The split that chooses the epoch [default: validation].
    #[arg(long, value_parser = named::<Split>, requires = "manifest")]
    validation_split: Option<Split>,
    /// Training songs of the manifest that a tag needs, to be learned [default: 1].
    #[arg(long, requires = "manifest")]
    min_tag_songs: Option<usize>,
    /// The network that hears: ast or cnn-rnn [default: ast].
    #[arg(long, value_parser = named::<AudioEncoderKind>)]
    audio_encoder: Option<AudioEncoderKind>,
    /// The network that reads: roberta, bert or bi-gru [default: roberta].
    #[arg(long, value_parser = named::<LyricsEncoderKind>)]
    lyrics_encoder: Option<LyricsEncoderKind>,
    /// Where sound and words meet: concatenation, gating or cross-attention [default: concatenation].
    #[arg(long, value_parser = named::<FusionKind>)]
    fusion: Option<FusionKind>,
    /// A JSON file with any of the settings that --print-config shows; flags win over it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Seed of the weights, the order of the songs and the masks.
    #[arg(long)]
    seed: Option<u64>,
    /// Seed of the songbook to train on.
    #[arg(long)]
    songbook_seed: Option<u64>,
    /// Songs of the songbook to train on.
    #[arg(long)]
    songs: Option<usize>,
    /// Songs of the songbook that choose the epoch.
    #[arg(long)]
    validation_songs: Option<usize>,
    /// Passes over the songs.
    #[arg(long)]
    epochs: Option<usize>,
    /// Epochs without a better score on the validation songs after which to end: macro-F1 of classes, mean average
    /// precision of tags, R² of mood.
    #[arg(long)]
    patience: Option<usize>,
    /// Songs that are computed at once.
    #[arg(long)]
    batch: Option<usize>,
    /// Batches whose gradients make one step.
    #[arg(long)]
    accumulate: Option<usize>,
    /// Highest learning rate.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Share of all steps in which the learning rate rises.
    #[arg(long)]
    warm_up: Option<f64>,
    /// How the learning rate falls afterwards: cosine, linear or constant.
    #[arg(long, value_parser = named::<ScheduleShape>)]
    schedule: Option<ScheduleShape>,
    /// Decoupled weight decay.
    #[arg(long)]
    weight_decay: Option<f32>,
    /// The joint norm that gradients are scaled down to.
    #[arg(long)]
    clip_norm: Option<f64>,
    /// Weights that are not trained, by what their names start with (audio_model, text_model.encoder.layer.0); may be
    /// given several times.
    #[arg(long)]
    freeze: Vec<String>,
    /// Factor on the learning rate from each layer of an encoder to the one below.
    #[arg(long)]
    layer_decay: Option<f64>,
    /// equal (all songs alike) or balanced (all classes alike; a tag's songs as much as the others).
    #[arg(long, value_parser = named::<ClassWeights>)]
    class_weights: Option<ClassWeights>,
    /// Share of a label that is spread over all classes.
    #[arg(long)]
    label_smoothing: Option<f64>,
    /// For mood: errors beyond this count by their size, not its square (Huber's loss).
    #[arg(long)]
    huber_delta: Option<f64>,
    /// Share of the songs in a step that are perturbed as the explainer will.
    #[arg(long)]
    mask_augment: Option<f64>,
    /// Numbers that the encoders compute in: f32.
    #[arg(long, value_parser = named::<Precision>)]
    precision: Option<Precision>,
    /// Steps from checkpoint to checkpoint; every epoch ends with one, and there is one every ten minutes.
    #[arg(long)]
    checkpoint_steps: Option<usize>,
    /// A model directory whose encoders to start from, with their sizes and tokenizer; may be given for sound and for
    /// words.
    #[arg(long)]
    start_from: Vec<PathBuf>,
    /// Go on with the run that writes to --out, with its settings.
    #[arg(long)]
    resume: bool,
    /// Print the settings as JSON, and do nothing.
    #[arg(long)]
    print_config: bool,
    /// The model directory to write; it must be empty or not exist.
    #[arg(long, required_unless_present = "print_config")]
    out: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArg,
    #[command(flatten)]
    device: DeviceArg,
}

/// What else can be trained.
#[derive(clap::Subcommand)]
enum Other {
    Separator(Box<super::train_separator::Args>),
}

fn read_settings(path: &Path) -> Result<TrainConfig, Failure> {
    let headline = format!("cannot use the settings in {}", path.display());
    let text = std::fs::read(path).or_fail(headline.clone())?;
    serde_json::from_slice(&text).map_err(|e| {
        Failure::new(format!("{headline}: {}", with_suggestion(&e.to_string())))
            .hint("`musiclime train --print-config` shows every setting and its value")
    })
}

impl Args {
    /// The settings: flags, then the settings file, then those of the run or the defaults.
    fn config(&self, run: Option<&RunRecord>) -> Result<TrainConfig, Failure> {
        let mut config = match (&self.config, run) {
            (Some(path), _) => read_settings(path)?,
            (None, Some(run)) => run.settings.clone(),
            (None, None) => TrainConfig::default(),
        };
        if let Some(path) = &self.manifest {
            match &mut config.manifest {
                Some(source) => source.path.clone_from(path),
                None => config.manifest = Some(ManifestSource::new(path.clone())),
            }
        }
        if let Some(source) = &mut config.manifest {
            source.path = std::path::absolute(&source.path)
                .or_fail(format!("cannot resolve {}", source.path.display()))?;
            set(&mut source.train, &self.train_split);
            set(&mut source.validation, &self.validation_split);
            set(&mut source.min_tag_songs, &self.min_tag_songs);
        }
        set(&mut config.task, &self.task);
        set(&mut config.modality, &self.modality);
        set(&mut config.seed, &self.seed);
        set(&mut config.songbook_seed, &self.songbook_seed);
        set(&mut config.songs, &self.songs);
        set(&mut config.validation_songs, &self.validation_songs);
        set(&mut config.epochs, &self.epochs);
        set(&mut config.batch, &self.batch);
        set(&mut config.accumulate, &self.accumulate);
        set(&mut config.learning_rate, &self.learning_rate);
        set(&mut config.warm_up, &self.warm_up);
        set(&mut config.schedule, &self.schedule);
        set(&mut config.weight_decay, &self.weight_decay);
        set(&mut config.clip_norm, &self.clip_norm);
        set(&mut config.class_weights, &self.class_weights);
        set(&mut config.label_smoothing, &self.label_smoothing);
        set(&mut config.mask_augment, &self.mask_augment);
        set(&mut config.precision, &self.precision);
        set(&mut config.size.audio_encoder, &self.audio_encoder);
        set(&mut config.size.lyrics_encoder, &self.lyrics_encoder);
        set(&mut config.size.fusion, &self.fusion);
        if let Some(delta) = self.huber_delta {
            config.regression_loss = Regression::Huber { delta };
        }
        config.patience = self.patience.or(config.patience);
        config.checkpoint_steps = self.checkpoint_steps.or(config.checkpoint_steps);
        config.groups.layer_decay = self.layer_decay.or(config.groups.layer_decay);
        if !self.freeze.is_empty() {
            config.groups.frozen.clone_from(&self.freeze);
        }
        Ok(config)
    }

    /// The models to start from: those of the run, unless some are named.
    fn start_from(&self, run: Option<&RunRecord>) -> Vec<PathBuf> {
        match run {
            Some(run) if self.start_from.is_empty() => {
                run.start_from.iter().map(|s| s.path.clone()).collect()
            }
            _ => self.start_from.clone(),
        }
    }

    /// What the run that writes to `out` is.
    fn run(&self, out: &Path) -> Result<Option<RunRecord>, Failure> {
        let path = run_folder(out)?;
        match (self.resume, RunFolder::exists(&path)) {
            (false, false) => Ok(None),
            (false, true) => Err(Failure::new(format!(
                "there is a run for {} already, in {}",
                out.display(),
                path.display()
            ))
            .hint("--resume to go on with it, another --out, or remove that folder")),
            (true, _) => {
                let (_, record) = RunFolder::open(&path)
                    .or_fail(format!("cannot go on with a run for {}", out.display()))?;
                Ok(Some(record))
            }
        }
    }
}

fn set<T: Clone>(setting: &mut T, flag: &Option<T>) {
    if let Some(value) = flag {
        setting.clone_from(value);
    }
}

/// Trains, and writes the model directory.
pub fn run(mut args: Args) -> Outcome {
    if let Some(Other::Separator(args)) = args.other.take() {
        return super::train_separator::run(*args);
    }
    let run = match &args.out {
        Some(out) if !args.print_config || args.resume => args.run(out)?,
        _ => None,
    };
    let config = args.config(run.as_ref())?;
    config.validate().or_fail("the settings cannot work")?;
    let out = match args.out.as_ref().filter(|_| !args.print_config) {
        Some(out) => out,
        None => {
            let text =
                serde_json::to_string_pretty(&config).or_fail("cannot print the settings")?;
            println!("{text}");
            return Ok(0);
        }
    };
    let device = args.device.select()?;
    let start_from = args.start_from(run.as_ref());
    let fitted = match &config.manifest {
        Some(_) => {
            let cache = args.cache.open()?;
            fit_with(out, &config, &start_from, &device, Some(&cache))?
        }
        None => fit_into(out, &config, &start_from, &device)?,
    };
    println!("{}", out.display());
    Ok(u8::from(fitted.skipped > 0))
}
