//! Manifests: the songs of a data set with their files, labels and splits.
//!
//! A name ending in `.jsonl` (or `.json`, `.ndjson`) means JSON Lines, one object a line; `.csv` means CSV with a
//! header. Both have the fields of [`Entry`]; in CSV an empty cell is a field that is not there, and tags are
//! joined by `;`.

mod csv_rows;
mod entry;
mod json_lines;
mod paths;
mod rows;

pub use entry::{Entry, FIELDS, Split};
pub use paths::relative_to;

use crate::DatasetError;
use crate::nearest::suggestion;
use crate::songbook::Task;
use musiclime_core::LabelSet;
use rows::Row;
use serde::Serialize;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The songs of a data set.
#[derive(Debug, Clone)]
pub struct Manifest {
    folder: PathBuf,
    entries: Vec<Entry>,
    /// Where it was read from, and on which line each entry stands.
    source: Option<(PathBuf, Vec<usize>)>,
}

/// Equal songs in the same folder, wherever they were read from.
impl PartialEq for Manifest {
    fn eq(&self, other: &Self) -> bool {
        self.folder == other.folder && self.entries == other.entries
    }
}

/// What kept a row of a manifest from being a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowProblemKind {
    /// The row cannot be read, or holds a value that cannot be.
    Row,
    /// Another row has the same id.
    DuplicateId,
    /// A file or folder that it names is not there.
    MissingFile,
}

/// A row that was left out of a manifest, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// Counted from 1.
    pub line: usize,
    /// The song, where its id could be read.
    pub id: Option<String>,
    /// What kind of problem.
    pub kind: RowProblemKind,
    /// What is wrong, and what it should be.
    pub problem: String,
}

impl Manifest {
    /// Joins entries and the folder that their paths are relative to.
    pub fn new(folder: impl Into<PathBuf>, entries: Vec<Entry>) -> Self {
        Self {
            folder: folder.into(),
            entries,
            source: None,
        }
    }

    /// Reads a manifest and checks it: one song a row, an id each, no id twice, audio or stems each, every file
    /// there.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn read(path: &Path) -> Result<Self, DatasetError> {
        let (manifest, problems) = Self::read_lenient(path)?;
        match problems.into_iter().next() {
            None => Ok(manifest),
            Some(RowProblem { line, problem, .. }) => Err(DatasetError::Line {
                path: path.to_path_buf(),
                line,
                problem,
            }),
        }
    }

    /// Reads a manifest and leaves out the rows that are wrong, each with its reason: one missing file in a thousand
    /// does not stop the others.
    ///
    /// The manifest may end up empty where every row is wrong.
    ///
    /// # Errors
    /// A file that cannot be read, is no text, has a wrong CSV header, or has no row at all.
    pub fn read_lenient(path: &Path) -> Result<(Self, Vec<RowProblem>), DatasetError> {
        let format = Format::of(path)?;
        let text = read_text(path)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let rows = match format {
            Format::JsonLines => json_lines::rows(text),
            Format::Csv => csv_rows::rows(text).map_err(|(line, problem)| DatasetError::Line {
                path: path.to_path_buf(),
                line,
                problem,
            })?,
        };
        if rows.is_empty() {
            return Err(DatasetError::Empty {
                path: path.to_path_buf(),
            });
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let (mut entries, mut lines) = (Vec::new(), Vec::new());
        let mut problems = Vec::new();
        let mut first_line: HashMap<String, usize> = HashMap::new();
        for Row { line, id, entry } in rows {
            let checked = entry
                .and_then(|entry| entry::check_values(&entry).map(|()| entry))
                .map_err(|problem| (RowProblemKind::Row, problem))
                .and_then(|entry| match first_line.get(&entry.id) {
                    Some(first) => Err((
                        RowProblemKind::DuplicateId,
                        format!(
                            "the id \"{}\" is on line {first} already; every song needs its own",
                            entry.id
                        ),
                    )),
                    None => Ok(entry),
                })
                .and_then(|entry| {
                    first_line.insert(entry.id.clone(), line);
                    entry::check_files(&entry, &folder)
                        .map(|()| entry)
                        .map_err(|problem| (RowProblemKind::MissingFile, problem))
                });
            match checked {
                Ok(entry) => {
                    entries.push(entry);
                    lines.push(line);
                }
                Err((kind, problem)) => problems.push(RowProblem {
                    line,
                    id,
                    kind,
                    problem,
                }),
            }
        }
        let source = Some((path.to_path_buf(), lines));
        Ok((
            Self {
                folder,
                entries,
                source,
            },
            problems,
        ))
    }

    /// Writes the manifest, CSV where the name ends in `.csv`, else JSON Lines; it appears whole or not at all.
    ///
    /// # Errors
    /// A name with another ending, or a file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DatasetError> {
        let bytes = match Format::of(path)? {
            Format::JsonLines => json_lines::write(&self.entries),
            Format::Csv => csv_rows::write(&self.entries),
        };
        write_atomically(path, &bytes.map_err(DatasetError::io("write", path))?)
    }

    /// The songs, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The folder that paths are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path of an entry as a path from here.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The same songs in other words: `change` may edit every entry.
    pub fn map(&self, change: impl FnMut(usize, Entry) -> Entry) -> Self {
        let mut change = change;
        let entries = self.entries.iter().cloned().enumerate();
        Self {
            folder: self.folder.clone(),
            entries: entries.map(|(i, e)| change(i, e)).collect(),
            source: self.source.clone(),
        }
    }

    /// The same songs for a manifest in another folder: the paths are rewritten so that they lead to the same files.
    ///
    /// # Errors
    /// A folder of which the system does not know where it is.
    pub fn moved_to(&self, folder: &Path) -> Result<Self, DatasetError> {
        let mut moved = self.clone();
        moved.folder = folder.to_path_buf();
        for entry in &mut moved.entries {
            for path in [&mut entry.audio, &mut entry.stems, &mut entry.lyrics] {
                if let Some(path) = path.as_mut().filter(|p| p.is_relative()) {
                    *path = relative_to(&self.folder.join(&path), folder)?;
                }
            }
        }
        Ok(moved)
    }

    /// Refuses the first song whose label of `task` is not in `labels`. Songs without a label pass.
    ///
    /// # Errors
    /// File, line, label and the nearest valid one.
    pub fn require_labels(&self, task: Task, labels: &LabelSet) -> Result<(), DatasetError> {
        let names: Vec<&str> = labels.names().iter().map(String::as_str).collect();
        for (i, entry) in self.entries.iter().enumerate() {
            let Some(label) = crate::balance::label_of(entry, task) else {
                continue;
            };
            if labels.index_of(label).is_err() {
                return Err(DatasetError::Line {
                    path: self
                        .source
                        .as_ref()
                        .map_or(self.folder.clone(), |s| s.0.clone()),
                    line: self
                        .source
                        .as_ref()
                        .and_then(|s| s.1.get(i))
                        .map_or(i + 1, |line| *line),
                    problem: format!(
                        "song \"{}\": unknown {} \"{label}\"; {}",
                        entry.id,
                        task.name(),
                        suggestion(label, &names)
                    ),
                });
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Format {
    JsonLines,
    Csv,
}

impl Format {
    fn of(path: &Path) -> Result<Self, DatasetError> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("jsonl" | "json" | "ndjson") => Ok(Self::JsonLines),
            Some("csv") => Ok(Self::Csv),
            _ => Err(DatasetError::Extension {
                path: path.to_path_buf(),
            }),
        }
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, DatasetError> {
    let bytes = fs::read(path).map_err(DatasetError::io("read", path))?;
    String::from_utf8(bytes).map_err(|e| DatasetError::NotText {
        path: path.to_path_buf(),
        byte: e.utf8_error().valid_up_to(),
    })
}

/// Writes a file beside its place and moves it there, so that no half-written file is ever seen.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DatasetError> {
    musiclime_files::write_by_rename(path, bytes).map_err(DatasetError::io("write", path))
}
