use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::fitting::fit_into;
use musiclime_dataset::songbook::Task;
use musiclime_training::{TrainConfig, TrainModality};
use std::path::PathBuf;

/// Fit a classifier to the songbook, from scratch or from other models' encoders.
///
/// Example: musiclime train --task genre --modality both --out my-model
///
/// `musiclime train separator` fits a separator instead.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// What to predict: genre or emotion.
    #[arg(long, default_value = "genre")]
    task: Task,
    /// From what: both, audio or lyrics.
    #[arg(long, default_value = "both")]
    modality: String,
    /// A JSON file with any of the settings that `config.json` of a run records; flags win over it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Seed of the weights, the order of the songs and the masks.
    #[arg(long)]
    seed: Option<u64>,
    /// Seed of the songbook to train on.
    #[arg(long)]
    songbook_seed: Option<u64>,
    /// Songs to train on.
    #[arg(long)]
    songs: Option<usize>,
    /// Passes over the songs.
    #[arg(long)]
    epochs: Option<usize>,
    /// Songs in a step.
    #[arg(long)]
    batch: Option<usize>,
    /// Highest learning rate.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Share of the songs in a step that are perturbed as the explainer will.
    #[arg(long)]
    mask_augment: Option<f64>,
    /// A model directory whose encoders to start from; may be given for sound and for words.
    #[arg(long)]
    start_from: Vec<PathBuf>,
    /// The model directory to write; it must be empty or not exist.
    #[arg(long, required = true)]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArg,
}

/// What else can be trained.
#[derive(clap::Subcommand)]
enum Other {
    Separator(Box<super::train_separator::Args>),
}

impl Args {
    fn config(&self) -> Result<TrainConfig, Failure> {
        let mut config = match &self.config {
            Some(path) => {
                let headline = format!("cannot use the settings in {}", path.display());
                let text = std::fs::read(path).or_fail(headline.clone())?;
                serde_json::from_slice(&text).or_fail(headline)?
            }
            None => TrainConfig::default(),
        };
        config.task = self.task;
        config.modality = match self.modality.as_str() {
            "both" => TrainModality::Both,
            "audio" => TrainModality::Audio,
            "lyrics" => TrainModality::Lyrics,
            other => {
                return Err(Failure::new(format!("unknown modality \"{other}\""))
                    .hint("--modality both, audio or lyrics"));
            }
        };
        config.seed = self.seed.unwrap_or(config.seed);
        config.songbook_seed = self.songbook_seed.unwrap_or(config.songbook_seed);
        config.songs = self.songs.unwrap_or(config.songs);
        config.epochs = self.epochs.unwrap_or(config.epochs);
        config.batch = self.batch.unwrap_or(config.batch);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.mask_augment = self.mask_augment.unwrap_or(config.mask_augment);
        Ok(config)
    }
}

/// Trains, and writes the model directory.
pub fn run(mut args: Args) -> Outcome {
    if let Some(Other::Separator(args)) = args.other.take() {
        return super::train_separator::run(*args);
    }
    let out = args.out.clone().ok_or_else(|| {
        Failure::new("there is no place for the model").hint("--out with a folder")
    })?;
    let config = args.config()?;
    let device = args.device.select()?;
    fit_into(&out, &config, &args.start_from, &device)?;
    println!("{}", out.display());
    Ok(0)
}
