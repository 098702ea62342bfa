//! One song of a manifest.

use crate::nearest::suggestion;
use serde::{Deserialize, Serialize};
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

    /// The split of a name; else what to say about it.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.name() == name)
            .ok_or_else(|| {
                format!(
                    "unknown split \"{name}\"; {}",
                    suggestion(name, &Self::ALL.map(Self::name))
                )
            })
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

/// The fields of an [`Entry`], which are also the columns of a CSV manifest.
pub const FIELDS: [&str; 12] = [
    "id", "audio", "stems", "lyrics", "genre", "emotion", "artist", "split", "valence", "energy",
    "tags", "language",
];

/// What is wrong with an entry itself, its files aside.
pub(super) fn check_values(entry: &Entry) -> Result<(), String> {
    if entry.id.trim().is_empty() {
        return Err("the id is empty; every song needs its own".to_string());
    }
    if entry.audio.is_none() && entry.stems.is_none() {
        return Err(format!(
            "song \"{}\" has neither \"audio\" nor \"stems\"; give one",
            entry.id
        ));
    }
    for (field, value) in [("valence", entry.valence), ("energy", entry.energy)] {
        if value.is_some_and(|v| !(0.0..=1.0).contains(&v)) {
            return Err(format!(
                "song \"{}\", \"{field}\": expected a number from 0 to 1, got {}",
                entry.id,
                value.unwrap_or_default()
            ));
        }
    }
    Ok(())
}

/// Which file of an entry is not there.
pub(super) fn check_files(entry: &Entry, folder: &Path) -> Result<(), String> {
    let is_there = |field: &str, path: &Option<PathBuf>, kind: &str, test: fn(&Path) -> bool| {
        let Some(full) = path.as_ref().map(|p| folder.join(p)) else {
            return Ok(());
        };
        match test(&full) {
            true => Ok(()),
            false => Err(format!(
                "song \"{}\", \"{field}\": there is no {kind} {}",
                entry.id,
                full.display()
            )),
        }
    };
    is_there("audio", &entry.audio, "file", Path::is_file)?;
    is_there("stems", &entry.stems, "folder", Path::is_dir)?;
    is_there("lyrics", &entry.lyrics, "file", Path::is_file)
}
