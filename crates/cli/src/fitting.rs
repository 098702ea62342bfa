//! Fitting a classifier into a model directory, for `train` and `reproduce table-models`.

use crate::failure::{Failure, OrFail};
use crate::interrupt;
use crate::progress::{Bar, say};
use crate::song_library::SongReader;
use musiclime_files::write_by_rename;
use musiclime_model::{Model, Selected};
use musiclime_report::figures::{self, FigureFormat};
use musiclime_report::{CurveEpoch, LearningCurve};
use musiclime_training::{
    DataSource, Epoch, Library, Line, RunFolder, RunRecord, SongCache, StartedFrom, Step,
    TrainConfig, TrainModality, TrainTask, Trained, Training, TrainingError, Watch, read_journal,
    weights_sha256,
};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a fit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fitted {
    /// Songs that could not be used; each was named.
    pub skipped: usize,
}

/// What the terminal shows.
struct Screen {
    bar: Mutex<Option<Bar>>,
}

impl Screen {
    /// Replaces the bar by another.
    fn show(&self, total: usize, what: &str, done: usize) {
        if let Ok(mut bar) = self.bar.lock() {
            if let Some(old) = bar.take() {
                old.finish();
            }
            let new = Bar::new(total, what);
            new.start_at(done);
            *bar = Some(new);
        }
    }

    fn with_bar(&self, act: impl FnOnce(&Bar)) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            act(bar);
        }
    }

    fn line(&self, line: &str) {
        if let Ok(bar) = self.bar.lock() {
            match bar.as_ref() {
                Some(bar) => bar.above(line),
                None => say(line),
            }
        }
    }
}

impl Watch for Screen {
    fn songs(&self, done: usize, total: usize) -> bool {
        if done == 1 {
            self.show(total, "songs", 1);
        } else {
            self.with_bar(|bar| bar.set(done));
        }
        !interrupt::asked()
    }

    fn note(&self, text: &str) {
        self.line(&format!("note: {text}"));
    }

    fn begin(&self, step: usize, steps: usize) {
        self.show(steps, "steps", step);
        if step > 0 {
            self.line(&format!("going on behind step {step} of {steps}"));
        }
    }

    fn step(&self, step: &Step, _steps: usize) -> bool {
        self.with_bar(|bar| {
            bar.say(
                step.step + 1,
                &format!("loss {:.4}, rate {:.2e}", step.loss, step.lr),
            );
        });
        !interrupt::asked()
    }

    fn epoch(&self, epoch: &Epoch) -> bool {
        self.line(&format!(
            "epoch {:>3}: loss {:.4}, validation loss {:.4}, {}, {:.1} s",
            epoch.epoch + 1,
            epoch.loss,
            epoch.validation_loss,
            epoch.scores,
            epoch.seconds
        ));
        !interrupt::asked()
    }
}

/// The folder of the run that writes the model directory `out`.
///
/// # Errors
/// A path without a name.
pub fn run_folder(out: &Path) -> Result<PathBuf, Failure> {
    match out.file_name() {
        Some(name) => Ok(out.with_file_name(format!("{}.run", name.to_string_lossy()))),
        None => Err(
            Failure::new(format!("{} is no folder that can be made", out.display()))
                .hint("--out with the name of a folder"),
        ),
    }
}

/// Fits a model, from scratch or with the encoders of the model directories in `start_from`, and writes it to `out`.
///
/// An unfinished run of the same settings in `out` goes on, a finished one is left as it is.
///
/// # Errors
/// A run of other settings, models that cannot be opened, training that fails, Ctrl-C, a folder that cannot be
/// written.
pub fn fit_into(
    out: &Path,
    config: &TrainConfig,
    start_from: &[PathBuf],
    device: &Selected,
) -> Result<Fitted, Failure> {
    fit_with(out, config, start_from, device, None)
}

/// [`fit_into`] with a cache for the songs of a manifest.
///
/// # Errors
/// As [`fit_into`].
pub fn fit_with(
    out: &Path,
    config: &TrainConfig,
    start_from: &[PathBuf],
    device: &Selected,
    cache: Option<&SongCache>,
) -> Result<Fitted, Failure> {
    let models = start_from
        .iter()
        .map(|path| {
            Model::open(path, &device.device)
                .or_fail(format!("cannot start from the model in {}", path.display()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let started = start_from
        .iter()
        .zip(&models)
        .map(|(path, model)| {
            Ok(StartedFrom {
                path: std::path::absolute(path).or_fail("cannot resolve --start-from")?,
                weights_sha256: model.weights_sha256.clone(),
            })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let wanted = RunRecord::new(config.clone(), started, device.description());
    let path = run_folder(out)?;
    let headline = format!("cannot use the run in {}", path.display());
    let (folder, record) = if RunFolder::exists(&path) {
        let (folder, record) = RunFolder::open(&path).or_fail(headline)?;
        check_same(&record, &wanted, &path)?;
        if let Some(sha) = &record.finished {
            return finished(out, &path, sha);
        }
        if record.device != wanted.device {
            say(format!(
                "note: the run started on {}; on another device rounding differs, and so does the finished model",
                record.device
            ));
        }
        (folder, record)
    } else {
        refuse_files(out)?;
        let folder = RunFolder::create(&path, &wanted).or_fail(headline)?;
        (folder, wanted)
    };
    let screen = Screen {
        bar: Mutex::new(None),
    };
    let library = cache.map(|cache| Library {
        reader: &SongReader,
        cache,
    });
    let training = Training {
        config,
        start_from: &models,
        device: &device.device,
        watch: &screen,
        library,
        run: Some(&folder),
    };
    let clock = std::time::Instant::now();
    let trained = training.fit();
    if let Ok(mut bar) = screen.bar.lock()
        && let Some(bar) = bar.take()
    {
        bar.finish();
    }
    let trained = match trained {
        Ok(trained) => trained,
        Err(e) => return Err(stopped(e, folder, out)),
    };
    let names: Vec<&str> = models.iter().map(|m| m.config.name.as_str()).collect();
    let card = card(config, &names, &trained)?;
    place(out, &folder, &trained, &card)?;
    draw(&folder, &trained)?;
    let sha = weights_sha256(out).or_fail("cannot read the model again")?;
    folder
        .finish(&record, &sha.unwrap_or_default())
        .or_fail("cannot finish the run")?;
    say(format!(
        "trained {} weights in {:.0} s; log and learning curve are in {}",
        trained.network.weight_count(),
        clock.elapsed().as_secs_f64(),
        path.display()
    ));
    if !trained.skipped.is_empty() {
        say(format!(
            "{} songs could not be used: {}",
            trained.skipped.len(),
            trained
                .skipped
                .iter()
                .map(|s| s.id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    Ok(Fitted {
        skipped: trained.skipped.len(),
    })
}

/// The failure of a fit: what it leaves, and how to go on.
fn stopped(error: TrainingError, folder: RunFolder, out: &Path) -> Failure {
    let path = folder.path().to_path_buf();
    let is_cancelled = matches!(error, TrainingError::Cancelled);
    let is_empty = match folder.discard_if_empty() {
        Ok(is_empty) => is_empty,
        Err(e) => return Failure::new("cannot tidy up").because(&e),
    };
    let failure = if is_cancelled {
        Failure::new("stopped by Ctrl-C")
    } else {
        match Err::<(), _>(error).or_fail("training failed") {
            Err(failure) => failure,
            Ok(()) => unreachable!("an error is an error"),
        }
    };
    if is_empty {
        return failure;
    }
    let again = format!(
        "musiclime train --resume --out {} goes on from the checkpoint in {}",
        out.display(),
        path.display()
    );
    failure.and_hint(&again)
}

/// Refuses to go on with a run of other settings, by their names.
fn check_same(record: &RunRecord, wanted: &RunRecord, path: &Path) -> Result<(), Failure> {
    let mut differences = settings_that_differ(&record.settings, &wanted.settings)?;
    if record.start_from != wanted.start_from {
        differences.push("start_from (other models, or other weights in them)".into());
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the run in {} has other settings: {}",
        path.display(),
        differences.join("; ")
    ))
    .hint("--resume without these settings, another --out, or remove that folder"))
}

/// The top-level settings that differ, each with both values.
fn settings_that_differ(run: &TrainConfig, wanted: &TrainConfig) -> Result<Vec<String>, Failure> {
    let headline = "cannot compare the settings";
    let run = serde_json::to_value(run).or_fail(headline)?;
    let wanted = serde_json::to_value(wanted).or_fail(headline)?;
    let (Some(run), Some(wanted)) = (run.as_object(), wanted.as_object()) else {
        return Ok(Vec::new());
    };
    let show = |value: Option<&serde_json::Value>| {
        value.map_or_else(|| "none".to_string(), ToString::to_string)
    };
    let mut names: Vec<&String> = run.keys().chain(wanted.keys()).collect();
    names.sort();
    names.dedup();
    Ok(names
        .into_iter()
        .filter(|name| run.get(*name) != wanted.get(*name))
        .map(|name| {
            format!(
                "{name} {} (the run has {})",
                show(wanted.get(name)),
                show(run.get(name))
            )
        })
        .collect())
}

/// A run that is finished already.
fn finished(out: &Path, run: &Path, sha: &str) -> Result<Fitted, Failure> {
    let there = weights_sha256(out).or_fail("cannot read the finished model")?;
    if there.as_deref() == Some(sha) {
        say(format!("{} is finished already", out.display()));
        return Ok(Fitted { skipped: 0 });
    }
    Err(Failure::new(format!(
        "the run in {} is finished, but its model is not in {}",
        run.display(),
        out.display()
    ))
    .hint("put the model back, or remove the run's folder to train again"))
}

/// Refuses a model directory that holds something.
fn refuse_files(out: &Path) -> Result<(), Failure> {
    let is_used = match std::fs::read_dir(out) {
        Ok(mut items) => items.next().is_some(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
        Err(e) => {
            return Err(
                Failure::new(format!("cannot write the model to {}", out.display()))
                    .because(&e)
                    .hint("--out with a folder that is empty or does not exist yet"),
            );
        }
    };
    if is_used {
        return Err(Failure::new(format!(
            "the output folder {} has files in it",
            out.display()
        ))
        .hint("--out with a folder that is empty or does not exist yet"));
    }
    Ok(())
}

/// Writes the model into the run's folder and moves it to its place.
fn place(out: &Path, run: &RunFolder, trained: &Trained, card: &str) -> Result<(), Failure> {
    let headline = format!("cannot write the model to {}", out.display());
    let staged = run.path().join("model");
    if staged.exists() {
        std::fs::remove_dir_all(&staged).or_fail(headline.clone())?;
    }
    let tokenizer = trained.tokenizer_json.as_deref();
    Model::write(&staged, &trained.config, &trained.network, tokenizer, card)
        .or_fail(headline.clone())?;
    let (ours, theirs) = (
        weights_sha256(&staged).or_fail(headline.clone())?,
        weights_sha256(out).or_fail(headline.clone())?,
    );
    if ours == theirs {
        // The run was killed behind the move.
        return std::fs::remove_dir_all(&staged).or_fail(headline);
    }
    refuse_files(out)?;
    if out.is_dir() {
        std::fs::remove_dir(out).or_fail(headline.clone())?;
    }
    std::fs::rename(&staged, out).or_fail(headline)
}

/// Draws the learning curve into the run's folder.
fn draw(run: &RunFolder, trained: &Trained) -> Result<(), Failure> {
    let headline = "cannot draw the learning curve";
    let lines = read_journal(&run.log()).or_fail(headline)?;
    let steps: Vec<f64> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Step(step) => Some(step.loss),
            Line::Epoch(_) => None,
        })
        .collect();
    let epochs = trained.epochs.iter().map(|e| CurveEpoch {
        step: e.step,
        validation_loss: e.validation_loss,
        scores: e.scores.named().map(|(_, score)| score),
    });
    let curve = LearningCurve {
        model: trained.config.name.clone(),
        scores: trained.epochs[trained.best_epoch]
            .scores
            .named()
            .map(|(name, _)| name.to_string()),
        steps,
        epochs: epochs.collect(),
        best_epoch: trained.best_epoch,
    };
    for format in FigureFormat::ALL {
        let bytes = figures::learning_curve(&curve, format).or_fail(headline)?;
        let name = format!("learning_curve.{}", format.extension());
        write_by_rename(&run.path().join(name), &bytes).or_fail(headline)?;
    }
    Ok(())
}

/// The model card. It holds no times, so that the same command writes the same bytes.
fn card(config: &TrainConfig, start_from: &[&str], trained: &Trained) -> Result<String, Failure> {
    let settings =
        serde_json::to_string_pretty(config).or_fail("cannot write down the settings")?;
    let best = &trained.epochs[trained.best_epoch];
    let [(chosen_by, score), (other, other_score)] = best.scores.named();
    let (of, data, validation) = match config.source() {
        DataSource::Songbook {
            seed,
            songs,
            validation_seed,
            validation_songs,
        } => (
            "a song of the songbook",
            format!(
                "songs 0 to {last} of the songbook with seed {seed} (`musiclime dataset synth --seed {seed} --songs \
                 {songs} --out DIR` writes them); generated songs alone, so it knows nothing of real music",
                last = songs - 1
            ),
            format!("{validation_songs} songs of the songbook with seed {validation_seed}"),
        ),
        DataSource::Manifest(source) => (
            "a song",
            format!(
                "{} songs of the split {} of {}",
                trained.songs,
                source.train.name(),
                config.data_name()
            ),
            format!(
                "{} songs of the split {}",
                trained.validation_songs,
                source.validation.name()
            ),
        ),
    };
    Ok(format!(
        "# {name}\n\n\
         Predicts the {task} of {of} from {what}.\n\n\
         - Data: {data}.\n\
         - Weights: {weights}, of epoch {epoch}, chosen by {chosen_by} on {validation}: {score:.4} ({other} \
         {other_score:.4}).\n\
         - Encoders: {encoders}.\n\
         - Trained with `musiclime train --config settings.json`, where settings.json is:\n\n```json\n{settings}\n```\n",
        name = trained.config.name,
        task = match config.task {
            TrainTask::Mood => "valence and energy",
            task => task.name(),
        },
        what = match config.modality {
            TrainModality::Both => "its sound and its words",
            TrainModality::Audio => "its sound alone",
            TrainModality::Lyrics => "its words alone",
        },
        encoders = match start_from {
            [] => "from scratch".to_string(),
            names => format!("started from {} (`--start-from`)", names.join(" and ")),
        },
        weights = trained.network.weight_count(),
        epoch = best.epoch + 1,
    ))
}
