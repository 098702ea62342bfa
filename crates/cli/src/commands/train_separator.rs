use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_file;
use crate::progress::{Bar, say};
use musiclime_training::TrainingError;
use musiclime_training::separator::{
    SeparatorConfig, SeparatorWatch, TrainedSeparator, train_separator,
};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Fit a separator of Open-Unmix's shape to the songbook's stems, mixed anew for every step.
///
/// Example: musiclime train separator --steps 1000 --out separator.safetensors
///
/// About 0.3 seconds a step on one CPU core. The file is written anew, whole or not at all, every
/// `--checkpoint` steps, so that a run that is stopped leaves the weights so far.
#[derive(clap::Args)]
pub struct Args {
    /// A JSON file with any of the settings that the file's metadata record under `trained_with`; flags win over it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Seed of the weights and the excerpts.
    #[arg(long)]
    seed: Option<u64>,
    /// Seed of the songbook to train on.
    #[arg(long)]
    songbook_seed: Option<u64>,
    /// Steps.
    #[arg(long)]
    steps: Option<usize>,
    /// Excerpts in a step.
    #[arg(long)]
    batch: Option<usize>,
    /// Highest learning rate.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Steps from one writing of the file to the next.
    #[arg(long, default_value_t = 100)]
    checkpoint: usize,
    /// The safetensors file to write.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    device: DeviceArg,
}

impl Args {
    fn settings(&self) -> Result<SeparatorConfig, Failure> {
        let mut config = match &self.config {
            Some(path) => {
                let headline = format!("cannot use the settings in {}", path.display());
                let text = std::fs::read(path).or_fail(headline.clone())?;
                serde_json::from_slice(&text)
                    .or_fail(headline)
                    .map_err(|f| f.hint("a JSON object of settings, as {\"steps\": 1000}"))?
            }
            None => SeparatorConfig::default(),
        };
        config.seed = self.seed.unwrap_or(config.seed);
        config.songbook_seed = self.songbook_seed.unwrap_or(config.songbook_seed);
        config.steps = self.steps.unwrap_or(config.steps);
        config.batch = self.batch.unwrap_or(config.batch);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        Ok(config)
    }
}

/// Steps whose mean loss is said.
const SAID_STEPS: usize = 50;

struct Screen<'a> {
    out: &'a Path,
    songs: Bar,
    steps: usize,
    progress: Mutex<Option<(Bar, f64)>>,
    started: std::time::Instant,
}

impl SeparatorWatch for Screen<'_> {
    fn songs(&self, done: usize, _total: usize) {
        self.songs.set(done);
    }

    fn step(&self, step: usize, loss: f64) -> bool {
        if let Ok(mut progress) = self.progress.lock() {
            let (bar, sum) = progress.get_or_insert_with(|| {
                self.songs.finish();
                (Bar::new(self.steps, "steps"), 0.0)
            });
            bar.say(step + 1, &format!("loss {loss:.4}"));
            *sum += loss;
            let done = step + 1;
            let since = match done % SAID_STEPS {
                0 => SAID_STEPS,
                rest => rest,
            };
            if since == SAID_STEPS || done == self.steps {
                say(format!(
                    "step {done:>5}: loss {:.4}, {:.0} s",
                    *sum / since as f64,
                    self.started.elapsed().as_secs_f64()
                ));
                *sum = 0.0;
            }
        }
        !interrupt::asked()
    }

    fn checkpoint(&self, weights: &TrainedSeparator) -> Result<(), TrainingError> {
        let bytes = weights.to_safetensors()?;
        output_file::write(self.out, &bytes).map_err(|source| TrainingError::Io {
            action: "write the weights to",
            path: self.out.to_owned(),
            source,
        })
    }
}

/// Trains, and writes the weights.
pub fn run(args: Args) -> Outcome {
    let config = args.settings()?;
    config
        .validate()
        .or_fail("cannot train a separator with these settings")
        .map_err(|f| f.hint("correct the setting that is named above"))?;
    if args.out.extension().is_none_or(|e| e != "safetensors") {
        return Err(
            Failure::new(format!("{} is no safetensors file", args.out.display()))
                .hint("--out with a name that ends in .safetensors"),
        );
    }
    output_file::check(&args.out).or_fail(format!("cannot write {}", args.out.display()))?;
    let device = args.device.select()?;
    let screen = Screen {
        out: &args.out,
        songs: Bar::new(config.pool, "songs"),
        steps: config.steps,
        progress: Mutex::new(None),
        started: std::time::Instant::now(),
    };
    train_separator(&config, args.checkpoint, &device.device, &screen).map_err(|e| match e {
        TrainingError::Cancelled => Failure::interrupted(),
        e => Failure::new("training failed")
            .because(&e)
            .hint("--learning-rate with a smaller number, or another --out"),
    })?;
    println!("{}", args.out.display());
    Ok(0)
}
