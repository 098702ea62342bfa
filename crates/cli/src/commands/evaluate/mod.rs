//! `musiclime evaluate`.

pub mod answers;
pub mod predicted;
pub mod results;
pub mod test_songs;

use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::model_arg::{self, PrecisionArg};
use crate::output_dir::OutputDir;
use crate::progress::say;
use answers::answers;
use musiclime_core::{Classifier, Invalid};
use musiclime_dataset::manifest::Split;
use musiclime_dataset::songbook::Task;
use musiclime_model::MusicClassifier;
use musiclime_training::TrainTask;
use predicted::{Predicted, Scores};
use results::{ModelResult, draw, file_names};
use serde_json::json;
use std::path::{Path, PathBuf};
pub use test_songs::load_songbook_song;
use test_songs::{TestSongs, UnknownLabels};

/// Some songs could not be read; they are named.
const EXIT_SOME_FAILED: u8 = 1;

/// Measure models on songs whose labels are known: those of a manifest, or unseen songs of the songbook.
///
/// With several models of one class a song, each is compared with the first by McNemar's test. Taggers are measured by
/// F1, ROC-AUC and average precision, models of valence and energy by their errors, R² and Pearson's correlation.
///
/// Example: musiclime evaluate --model genre --songbook-seed 3 --songs 500
///
/// Example: musiclime evaluate --manifest songs.csv --split test --model my-model --out measured
#[derive(clap::Args)]
pub struct Args {
    /// A model directory or a built-in model; may be given several times.
    #[arg(long, default_value = "genre")]
    model: Vec<String>,
    /// A manifest of labelled songs (.jsonl or .csv), in place of the songbook.
    #[arg(long, conflicts_with_all = ["songbook_seed", "songs"])]
    manifest: Option<PathBuf>,
    /// The part of the manifest: train, validation or test. Default: all of it.
    #[arg(long, requires = "manifest", value_parser = split)]
    split: Option<Split>,
    /// What of the manifest is the truth: genre, emotion, tags or mood. Default: what the model predicts.
    #[arg(long, requires = "manifest")]
    task: Option<TrainTask>,
    /// Leave out songs whose label the model does not know, and count them.
    #[arg(long, requires = "manifest")]
    skip_unknown_labels: bool,
    /// Seed of the songbook; the built-in models have not seen 3 and above.
    #[arg(long, default_value_t = 3)]
    songbook_seed: u64,
    /// Songs of the songbook.
    #[arg(long, default_value_t = 500)]
    songs: usize,
    /// Seed of the bootstrap intervals.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A folder for predictions.csv, report.json, report.md and figures.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    precision: PrecisionArg,
    #[command(flatten)]
    device: DeviceArg,
}

fn split(name: &str) -> Result<Split, Invalid> {
    Split::ALL
        .into_iter()
        .find(|s| s.name() == name)
        .ok_or_else(|| Invalid::new("split", "train, validation or test", name))
}

/// The task of a model whose labels are the songbook's.
///
/// # Errors
/// A model with other labels.
pub fn songbook_task(classifier: &MusicClassifier) -> Result<Task, Failure> {
    Task::ALL
        .into_iter()
        .find(|t| t.labels() == *classifier.labels())
        .ok_or_else(|| other_labels(classifier))
}

/// What a model predicts whose labels are the songbook's.
///
/// # Errors
/// A model with other labels.
fn songbook_train_task(classifier: &MusicClassifier) -> Result<TrainTask, Failure> {
    let config = &classifier.model().config;
    if config.output.is_softmax() {
        return songbook_task(classifier).map(TrainTask::from);
    }
    TrainTask::ALL
        .into_iter()
        .find(|t| t.output() == config.output && t.songbook_labels() == config.labels)
        .ok_or_else(|| other_labels(classifier))
}

fn other_labels(classifier: &MusicClassifier) -> Failure {
    Failure::new(format!(
        "the model \"{}\" has other labels than the songbook",
        classifier.model().config.name
    ))
    .hint("a model that `musiclime train` fitted, a built-in one, or --manifest FILE with songs of its labels")
}

impl Args {
    fn test_songs(&self, classifier: &MusicClassifier) -> Result<TestSongs, Failure> {
        let Some(path) = &self.manifest else {
            let task = songbook_train_task(classifier)?;
            return TestSongs::songbook(self.songbook_seed, self.songs, task);
        };
        let unknown = if self.skip_unknown_labels {
            UnknownLabels::LeftOut
        } else {
            UnknownLabels::Refused
        };
        let task = self.manifest_task(classifier)?;
        TestSongs::manifest(path, self.split, task, classifier.labels(), unknown)
    }

    /// What of a manifest is the truth for a model.
    fn manifest_task(&self, classifier: &MusicClassifier) -> Result<TrainTask, Failure> {
        let config = &classifier.model().config;
        let of_kind: Vec<TrainTask> = TrainTask::ALL
            .into_iter()
            .filter(|t| t.output() == config.output)
            .collect();
        let hint = || {
            let flags: Vec<String> = of_kind.iter().map(|t| format!("--task {t}")).collect();
            flags.join(" or ")
        };
        match (self.task, of_kind.as_slice()) {
            (Some(task), _) if of_kind.contains(&task) => Ok(task),
            (Some(task), _) => Err(Failure::new(format!(
                "--task {task}: expected a model with a {} output, got \"{}\" with a {} output",
                task.output().name(),
                config.name,
                config.output.name()
            ))
            .hint(hint())),
            (None, [task]) => Ok(*task),
            (None, tasks) => {
                let named = tasks.iter().find(|t| t.name() == config.task);
                named.copied().ok_or_else(|| {
                    Failure::new(format!(
                        "the model \"{}\" predicts \"{}\"; which label of the manifest is that?",
                        config.name, config.task
                    ))
                    .hint(hint())
                })
            }
        }
    }
}

/// Evaluates.
pub fn run(args: Args) -> Outcome {
    let out = args.out.as_deref().map(OutputDir::create).transpose()?;
    let selected = args.device.select()?;
    let mut results: Vec<ModelResult> = Vec::new();
    for name in &args.model {
        let classifier = model_arg::load(name, &selected)?;
        let classifier = args.precision.apply(classifier, &selected)?;
        let test = args.test_songs(&classifier)?;
        let answers = answers(&classifier, &test)?;
        for (id, why) in &answers.unreadable {
            say(format!("skipped \"{id}\": {why}"));
        }
        if test.left_out > 0 {
            say(format!(
                "left out {} songs without a label that the model knows",
                test.left_out
            ));
        }
        if let Some(note) = &test.note {
            say(format!("note: {note}"));
        }
        let model = &classifier.model().config.name;
        let result = ModelResult::new(model, answers, test.left_out, args.seed, results.first())?;
        results.push(result);
    }
    if let Some(out) = out {
        write(&args, out.path(), &results)?;
        let folder = out.publish()?;
        say(format!("results: {}", folder.display()));
    }
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&results).or_fail("cannot print the results")?
        );
    } else {
        for result in &results {
            println!("{}", result.to_markdown(&results[0].model));
        }
    }
    let failed = results.iter().any(|r| !r.unreadable.is_empty());
    Ok(if failed { EXIT_SOME_FAILED } else { 0 })
}

/// Writes everything that is kept of an evaluation.
fn write(args: &Args, folder: &Path, results: &[ModelResult]) -> Result<(), Failure> {
    let headline = "cannot write the results";
    let names = file_names(results);
    for (result, name) in results.iter().zip(&names) {
        // One model is the usual case and needs no name.
        let csv = match results {
            [_] => "predictions.csv".to_string(),
            _ => format!("predictions-{name}.csv"),
        };
        std::fs::write(folder.join(csv), result.predictions.to_csv()).or_fail(headline)?;
        // Confusion and calibration are of one class a song.
        if let (Predicted::Classes(predictions), Scores::Classes(scores)) =
            (&result.predictions, &result.scores)
        {
            let labels = predictions.labels.names();
            draw(&folder.join("figures"), name, &result.model, labels, scores)?;
        }
    }
    let songs = match &args.manifest {
        Some(path) => json!({"manifest": path, "split": args.split}),
        None => json!({"songbook_seed": args.songbook_seed, "songs": args.songs}),
    };
    let document = json!({"schema": 1, "data": songs, "models": results});
    let text = serde_json::to_string_pretty(&document).or_fail(headline)?;
    std::fs::write(folder.join("report.json"), text).or_fail(headline)?;
    let pages: Vec<String> = results
        .iter()
        .map(|r| r.to_markdown(&results[0].model))
        .collect();
    std::fs::write(folder.join("report.md"), pages.join("\n")).or_fail(headline)
}
