//! `explain --dataset` and `explain --songbook`: song after song with one loaded model.

use super::explain::write_all;
use crate::components::Materials;
use crate::failure::{Failure, OrFail, Outcome};
use crate::file_names;
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::{Bar, say};
use crate::separators::OpenSeparator;
use crate::song_arg::SongArg;
use crate::song_explanation::{Labels, Question, explain_song, model_info, run_recipe};
use crate::song_source::{SongSource, SourceInfo};
use musiclime_core::Classifier;
use musiclime_explanation::{ModelInfo, Recipe, RunRecipe};
use musiclime_files::write_by_rename;
use musiclime_model::{MusicClassifier, Selected};
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The format of `recipe.json`; the number rises when a reader must change.
const SCHEMA: &str = "musiclime.songs/1";
/// Some songs failed and are named.
const EXIT_SOME_FAILED: u8 = 1;

/// Many songs to explain.
pub(super) struct Job<'a> {
    pub classifier: &'a MusicClassifier,
    pub selected: &'a Selected,
    pub source: SongSource,
    /// Which part of each recording.
    pub excerpt: &'a SongArg,
    pub separator: &'a OpenSeparator,
    pub recipe: Recipe,
    pub materials: &'a Materials,
    pub labels: Labels<'a>,
    pub neighborhoods: bool,
    pub reports: bool,
}

/// What decides every file of the results, which only runs of the same one may share.
#[derive(Serialize)]
struct SharedRecipe<'a> {
    schema: &'static str,
    source: SourceInfo,
    start_s: Option<f64>,
    duration_s: Option<f64>,
    model: ModelInfo,
    labels: Labels<'a>,
    recipe: RunRecipe,
    neighborhoods: bool,
    reports: bool,
}

/// A song that could not be explained.
#[derive(Serialize)]
struct Failed {
    song: String,
    error: String,
}

impl Job<'_> {
    /// Explains the songs that are not there yet.
    pub(super) fn run(&self, out: Option<&Path>, json: bool) -> Outcome {
        let started = Instant::now();
        let out = out.map_or_else(|| PathBuf::from("musiclime-out/songs"), Path::to_owned);
        self.open_folder(&out)?;
        let total = self.source.len();
        let bar = Bar::new(total, "songs");
        let (mut explained, mut there) = (0, 0);
        let mut failed: Vec<Failed> = Vec::new();
        for i in 0..total {
            let id = self.source.id(i);
            let folder = out.join("songs").join(file_names::escaped(&id));
            if folder.join("explanation.json").is_file() {
                there += 1;
            } else {
                match self.song(i, &id, &folder) {
                    _ if interrupt::asked() => return Err(stopped(&out, there + explained)),
                    Ok(()) => explained += 1,
                    Err(Stop::Song(failure)) => {
                        let error = failure.in_one_line();
                        say(format!("failed: {id}: {error}"));
                        failed.push(Failed { song: id, error });
                    }
                    Err(Stop::All(failure)) => return Err(failure),
                }
            }
            bar.set(i + 1);
        }
        bar.finish();
        write_json(&out.join("failed.json"), &failed)?;
        let summary = serde_json::json!({
            "out": out,
            "explained": explained,
            "already_there": there,
            "failed": failed,
            "seconds": started.elapsed().as_secs_f64(),
        });
        write_json(&out.join("run.json"), &summary)?;
        if json {
            let text = serde_json::to_string_pretty(&summary).or_fail("cannot print JSON")?;
            println!("{text}");
        } else {
            println!(
                "{explained} songs explained, {there} were there, {} failed",
                failed.len()
            );
            println!("{}", out.display());
        }
        Ok(if failed.is_empty() {
            0
        } else {
            EXIT_SOME_FAILED
        })
    }

    /// Explains one song into `folder`, which appears whole or not at all.
    fn song(&self, i: usize, id: &str, folder: &Path) -> Result<(), Stop> {
        if !file_names::fits(id) {
            return Err(Stop::Song(Failure::new(
                "the id is too long for the name of a folder",
            )));
        }
        let hearing = self.classifier.hearing();
        let loaded = self
            .source
            .load(i, hearing, self.separator, self.excerpt)
            .map_err(Stop::Song)?;
        let question = Question {
            recipe: self.recipe.clone(),
            labels: self.labels,
            masks: None,
            materials: self.materials,
        };
        let go_on = |_: usize, _: usize| !interrupt::asked();
        let explained = explain_song(self.classifier, self.selected, &loaded, question, &go_on)
            .map_err(Stop::Song)?;
        let write = || {
            let staged = OutputDir::create(folder)?;
            if self.reports {
                write_all(&explained, &loaded, self.classifier.labels(), staged.path())?;
            } else {
                let headline = format!("cannot write to {}", folder.display());
                let path = staged.path().join("explanation.json");
                explained.file.write(&path).or_fail(headline.clone())?;
                if self.neighborhoods {
                    let path = staged.path().join("neighborhood.safetensors");
                    explained.neighborhood.write(&path).or_fail(headline)?;
                }
            }
            interrupt::check()?;
            staged.publish()
        };
        write().map(|_| ()).map_err(Stop::All)
    }

    /// Makes the folder, or checks that it holds results of the same recipe.
    fn open_folder(&self, out: &Path) -> Result<(), Failure> {
        let separator = match self.source {
            SongSource::Manifest { .. } => self.separator.name(),
            SongSource::Songbook { .. } => "none",
        };
        let shared = SharedRecipe {
            schema: SCHEMA,
            source: self.source.info(),
            start_s: self.excerpt.start,
            duration_s: self.excerpt.duration,
            model: model_info(self.classifier),
            labels: self.labels,
            recipe: run_recipe(
                self.recipe.clone(),
                separator,
                self.classifier,
                self.selected,
            ),
            neighborhoods: self.neighborhoods,
            reports: self.reports,
        };
        let shared = serde_json::to_value(&shared).or_fail("cannot write down the recipe")?;
        let path = out.join("recipe.json");
        let hint = "another --out, or the settings of the first run";
        if !path.exists() {
            let empty = match std::fs::read_dir(out) {
                Ok(mut entries) => entries.next().is_none(),
                Err(_) => !out.exists(),
            };
            if !empty {
                let headline = format!(
                    "{} is not empty and holds no explained songs",
                    out.display()
                );
                return Err(Failure::new(headline).hint("--out with a new folder"));
            }
            let folder = out.join("songs");
            std::fs::create_dir_all(&folder)
                .or_fail(format!("cannot make {}", folder.display()))?;
            return write_json(&path, &shared);
        }
        let headline = format!("cannot go on with the songs in {}", out.display());
        let bytes = std::fs::read(&path).or_fail(headline.clone())?;
        let before: Value = serde_json::from_slice(&bytes)
            .or_fail(headline.clone())
            .map_err(|f| f.hint("--out with a new folder: its recipe.json is damaged"))?;
        let mut differences = Vec::new();
        compare("", &before, &shared, &mut differences);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Failure::new(headline)
            .because(&OtherRecipe(differences))
            .hint(hint))
    }
}

/// Why a song was not explained.
enum Stop {
    /// This song cannot be used; the next one may be.
    Song(Failure),
    /// No song can be written.
    All(Failure),
}

/// The folder holds songs that were explained in another way.
#[derive(Debug, thiserror::Error)]
#[error("they were explained with another recipe: {}", .0.join("; "))]
struct OtherRecipe(Vec<String>);

/// Names every value that differs.
fn compare(name: &str, before: &Value, now: &Value, differences: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(*k)));
            for key in keys {
                let value = |of: &serde_json::Map<String, Value>| of.get(key).cloned();
                let (before, now) = (value(a).unwrap_or_default(), value(b).unwrap_or_default());
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                compare(&name, &before, &now, differences);
            }
        }
        _ if before != now => differences.push(format!("{name} was {before} and is {now}")),
        _ => {}
    }
}

fn stopped(out: &Path, songs: usize) -> Failure {
    Failure::new(format!(
        "stopped by Ctrl-C; {songs} songs are in {}",
        out.display()
    ))
    .hint("the same command again, which goes on there")
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let headline = format!("cannot write {}", path.display());
    let text = serde_json::to_string_pretty(value).or_fail(headline.clone())? + "\n";
    write_by_rename(path, text.as_bytes()).or_fail(headline)
}
