//! Manifests: one song a line, as JSON.

use crate::DatasetError;
use musiclime_files::write_by_rename;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which part of a data set a song belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Fitted to.
    Train,
    /// Looked at to choose an epoch.
    Validation,
    /// Measured on, once.
    Test,
}

impl Split {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name that files and commands use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// One line of a manifest. Paths are relative to the manifest's folder (or absolute).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A name that no other song of the manifest has.
    pub id: String,
    /// The mixture, where there is a file of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<PathBuf>,
    /// The folder of stems, whose sum is the song.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stems: Option<PathBuf>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lyrics: Option<PathBuf>,
    /// The genre's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// The emotion's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
    /// Who plays it: songs of one artist belong into one split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// The part of the data set; `None` before it is split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// How pleasant, 0 to 1, for regression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valence: Option<f64>,
    /// How energetic, 0 to 1, for regression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<f64>,
    /// Any number of labels, for taggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The language of the words, as ISO 639-1 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The songs of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    folder: PathBuf,
    entries: Vec<Entry>,
}

impl Manifest {
    /// Joins entries and the folder that their paths are relative to.
    pub fn new(folder: impl Into<PathBuf>, entries: Vec<Entry>) -> Self {
        Self {
            folder: folder.into(),
            entries,
        }
    }

    /// Reads a manifest and checks it: one object a line, an id each, no id twice, audio or stems each, every file
    /// there.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn read(path: &Path) -> Result<Self, DatasetError> {
        let text = fs::read_to_string(path).map_err(DatasetError::io("read", path))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |problem: String| DatasetError::Line {
                path: path.to_path_buf(),
                line: i + 1,
                problem,
            };
            let entry: Entry = serde_json::from_str(line)
                .map_err(|e| wrong(format!("not a song (one JSON object): {e}")))?;
            check(&entry, &folder).map_err(wrong)?;
            if let Some(first) = lines.insert(entry.id.clone(), i + 1) {
                return Err(wrong(format!(
                    "the id \"{}\" is on line {first} already; every song needs its own",
                    entry.id
                )));
            }
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(DatasetError::Empty {
                path: path.to_path_buf(),
            });
        }
        Ok(Self { folder, entries })
    }

    /// Writes the manifest, one entry a line; it appears whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DatasetError> {
        let mut bytes = Vec::new();
        for entry in &self.entries {
            serde_json::to_writer(&mut bytes, entry)
                .map_err(|e| DatasetError::io("write", path)(e.into()))?;
            bytes.push(b'\n');
        }
        write_by_rename(path, &bytes).map_err(DatasetError::io("write", path))
    }

    /// The songs, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A path of an entry as a path from here.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

fn check(entry: &Entry, folder: &Path) -> Result<(), String> {
    if entry.id.trim().is_empty() {
        return Err("the id is empty; every song needs its own".to_string());
    }
    if entry.audio.is_none() && entry.stems.is_none() {
        return Err(format!(
            "song \"{}\" has neither \"audio\" nor \"stems\"; give one",
            entry.id
        ));
    }
    let file = |field: &str, path: &Option<PathBuf>, folder_wanted: bool| match path {
        None => Ok(()),
        Some(path) => {
            let full = folder.join(path);
            let there = if folder_wanted {
                full.is_dir()
            } else {
                full.is_file()
            };
            let kind = if folder_wanted { "folder" } else { "file" };
            if there {
                Ok(())
            } else {
                Err(format!(
                    "song \"{}\", \"{field}\": there is no {kind} {}",
                    entry.id,
                    full.display()
                ))
            }
        }
    };
    file("audio", &entry.audio, false)?;
    file("stems", &entry.stems, true)?;
    file("lyrics", &entry.lyrics, false)
}
