use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::progress::{Bar, say};
use musiclime_dataset::songbook::Task;
use musiclime_model::Model;
use musiclime_training::{Epoch, TrainConfig, TrainModality, Trained, TrainingError, Watch, train};
use std::path::PathBuf;
use std::sync::Mutex;

/// Fit a classifier to the songbook, from scratch or from other models' encoders.
///
/// Example: musiclime train --task genre --modality both --out my-model
#[derive(clap::Args)]
pub struct Args {
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
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    device: DeviceArg,
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

struct Screen {
    songs: Bar,
    steps: Mutex<Option<Bar>>,
    total_epochs: usize,
}

impl Watch for Screen {
    fn songs(&self, done: usize, _total: usize) {
        self.songs.set(done);
    }

    fn step(&self, epoch: usize, step: usize, steps: usize, loss: f64) -> bool {
        if let Ok(mut bar) = self.steps.lock() {
            let bar = bar.get_or_insert_with(|| {
                self.songs.finish();
                Bar::new(self.total_epochs * steps, "steps")
            });
            bar.say(epoch * steps + step + 1, &format!("loss {loss:.4}"));
        }
        !interrupt::asked()
    }

    fn epoch(&self, epoch: &Epoch) -> bool {
        say(format!(
            "epoch {:>3}: loss {:.4}, validation accuracy {:.4}, {:.1} s",
            epoch.epoch + 1,
            epoch.loss,
            epoch.validation_accuracy,
            epoch.seconds
        ));
        !interrupt::asked()
    }
}

/// Trains, and writes the model directory.
pub fn run(args: Args) -> Outcome {
    let config = args.config()?;
    let device = args.device.select()?;
    let screen = Screen {
        songs: Bar::new(config.songs + config.validation_songs, "songs"),
        steps: Mutex::new(None),
        total_epochs: config.epochs,
    };
    let started = std::time::Instant::now();
    let start_from = args
        .start_from
        .iter()
        .map(|path| {
            Model::open(path, &device.device)
                .or_fail(format!("cannot start from the model in {}", path.display()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let trained = train(&config, &start_from, &device.device, &screen).map_err(|e| match e {
        TrainingError::Cancelled => Failure::interrupted(),
        e => Failure::new("training failed").because(&e),
    })?;
    let names: Vec<&str> = start_from.iter().map(|m| m.config.name.as_str()).collect();
    let card = card(&config, &names, &trained)?;
    let tokenizer = trained.tokenizer_json.as_deref();
    Model::write(
        &args.out,
        &trained.config,
        &trained.network,
        tokenizer,
        &card,
    )
    .or_fail(format!("cannot write the model to {}", args.out.display()))?;
    say(format!(
        "trained {} weights in {:.0} s",
        trained.network.weight_count(),
        started.elapsed().as_secs_f64()
    ));
    println!("{}", args.out.display());
    Ok(0)
}

/// The model card. It holds no times, so that the same command writes the same bytes.
fn card(config: &TrainConfig, start_from: &[&str], trained: &Trained) -> Result<String, Failure> {
    let settings =
        serde_json::to_string_pretty(config).or_fail("cannot write down the settings")?;
    let best = trained
        .epochs
        .iter()
        .map(|e| e.validation_accuracy)
        .fold(0.0, f64::max);
    Ok(format!(
        "# {name}\n\n\
         Predicts the {task} of a song of the songbook from {what}. It was trained on generated songs alone and knows \
         nothing of real music.\n\n\
         - Data: songs 0 to {last} of the songbook with seed {seed} (`musiclime dataset synth --seed {seed} --songs \
         {songs} --out DIR` writes them).\n\
         - Weights: {weights}, chosen by accuracy on {validation} songs of the songbook with seed {validation_seed}: \
         {best:.4}.\n\
         - Encoders: {encoders}.\n\
         - Trained with `musiclime train --task {task} --modality {modality} --config settings.json`, where \
         settings.json is:\n\n```json\n{settings}\n```\n",
        name = trained.config.name,
        task = config.task.name(),
        what = match config.modality {
            TrainModality::Both => "its sound and its words",
            TrainModality::Audio => "its sound alone",
            TrainModality::Lyrics => "its words alone",
        },
        encoders = match start_from {
            [] => "from scratch".to_string(),
            names => format!("started from {} (`--start-from`)", names.join(" and ")),
        },
        last = config.songs - 1,
        seed = config.songbook_seed,
        songs = config.songs,
        weights = trained.network.weight_count(),
        validation = config.validation_songs,
        validation_seed = config.validation_seed,
        modality = config.modality.name(),
    ))
}
