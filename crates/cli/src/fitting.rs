//! Fitting a classifier into a model directory, for `train` and `reproduce table-models`.

use crate::failure::{Failure, OrFail};
use crate::interrupt;
use crate::progress::{Bar, say};
use musiclime_model::{Model, Selected};
use musiclime_training::{Epoch, TrainConfig, TrainModality, Trained, TrainingError, Watch, train};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

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

/// Fits a model, from scratch or with the encoders of the model directories in `start_from`, and writes it to `out`.
///
/// # Errors
/// Models that cannot be opened, training that fails, Ctrl-C, a folder that cannot be written.
pub fn fit_into(
    out: &Path,
    config: &TrainConfig,
    start_from: &[PathBuf],
    device: &Selected,
) -> Result<(), Failure> {
    let screen = Screen {
        songs: Bar::new(config.songs + config.validation_songs, "songs"),
        steps: Mutex::new(None),
        total_epochs: config.epochs,
    };
    let started = std::time::Instant::now();
    let start_from = start_from
        .iter()
        .map(|path| {
            Model::open(path, &device.device)
                .or_fail(format!("cannot start from the model in {}", path.display()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let trained = train(config, &start_from, &device.device, &screen).map_err(|e| match e {
        TrainingError::Cancelled => Failure::interrupted(),
        e => Failure::new("training failed").because(&e),
    })?;
    let names: Vec<&str> = start_from.iter().map(|m| m.config.name.as_str()).collect();
    let card = card(config, &names, &trained)?;
    let tokenizer = trained.tokenizer_json.as_deref();
    Model::write(out, &trained.config, &trained.network, tokenizer, &card)
        .or_fail(format!("cannot write the model to {}", out.display()))?;
    say(format!(
        "trained {} weights in {:.0} s",
        trained.network.weight_count(),
        started.elapsed().as_secs_f64()
    ));
    Ok(())
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
