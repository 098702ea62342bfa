//! What the subcommands share about manifests: reading them, naming songs that fail, writing them.

use crate::failure::{Failure, OrFail};
use crate::output_dir::OutputDir;
use crate::progress::say;
use musiclime_dataset::DatasetError;
use musiclime_dataset::manifest::{Manifest, RowProblem};
use musiclime_dataset::songbook::Task;
use serde::Serialize;
use std::path::Path;

/// How many songs of one kind are named before the rest are counted.
const MOST_NAMED: usize = 20;

/// The task whose labels are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TaskArg {
    /// The column genre.
    Genre,
    /// The column emotion.
    Emotion,
}

impl From<TaskArg> for Task {
    fn from(task: TaskArg) -> Self {
        match task {
            TaskArg::Genre => Self::Genre,
            TaskArg::Emotion => Self::Emotion,
        }
    }
}

/// Reads a manifest that must be right in every row.
pub fn read(path: &Path) -> Result<Manifest, Failure> {
    Manifest::read(path).map_err(|e| unreadable(path, &e))
}

/// Reads a manifest and the rows that are wrong in it.
pub fn read_lenient(path: &Path) -> Result<(Manifest, Vec<RowProblem>), Failure> {
    Manifest::read_lenient(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &DatasetError) -> Failure {
    let hint = match error {
        DatasetError::Io { .. } => {
            "check the path; `musiclime dataset import` and `dataset synth` make manifests"
        }
        DatasetError::Line { .. } => {
            "correct that line; `musiclime dataset check` lists every wrong one"
        }
        _ => "a manifest in .jsonl or .csv; `musiclime dataset --help` lists its fields",
    };
    Failure::new(format!("cannot use the manifest {}", path.display()))
        .because(error)
        .hint(hint)
}

/// Names songs that were left out, the first of them one a line.
pub fn name_songs<'a>(problems: impl ExactSizeIterator<Item = (&'a str, &'a str)>) {
    let hidden = problems.len().saturating_sub(MOST_NAMED);
    for (song, problem) in problems.take(MOST_NAMED) {
        say(format!("left out: {song}: {problem}"));
    }
    if hidden > 0 {
        say(format!("left out: {hidden} more; --json names all"));
    }
}

/// The first of many names, and how many follow.
pub fn some_of<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMED).map(S::as_ref).collect();
    let hidden = names.len() - shown.len();
    let rest = if hidden > 0 {
        format!(" and {hidden} more")
    } else {
        String::new()
    };
    shown.join(", ") + &rest
}

/// Prints a report as JSON.
pub fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(report).or_fail("cannot write JSON")?;
    println!("{text}");
    Ok(())
}

/// Writes a report as JSON into results on their way.
pub fn write_json(folder: &OutputDir, name: &str, report: &impl Serialize) -> Result<(), Failure> {
    let headline = format!("cannot write {name}");
    let text = serde_json::to_string_pretty(report).or_fail(headline.clone())?;
    std::fs::write(folder.path().join(name), text + "\n").or_fail(headline)
}

/// The exit code: 1 where songs were left out.
pub fn exit_code(left_out: usize) -> u8 {
    u8::from(left_out > 0)
}
