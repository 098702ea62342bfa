//! Making manifests of other people's collections, with the published label curation.

mod audioset;
mod files;
mod music4all;
mod table;

pub use audioset::audioset;
pub use music4all::{Music4AllOptions, music4all};

use crate::manifest::Manifest;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many songs of one task found a class, and why the others did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Songs by class.
    pub classes: BTreeMap<String, usize>,
    /// Songs without a class, by reason.
    pub unplaced: BTreeMap<String, usize>,
}

impl Placed {
    /// Counts a song's class, or the reason why it has none; gives the class.
    fn count(&mut self, class: Result<String, String>) -> Option<String> {
        match class {
            Ok(class) => {
                *self.classes.entry(class.clone()).or_default() += 1;
                Some(class)
            }
            Err(reason) => {
                *self.unplaced.entry(reason).or_default() += 1;
                None
            }
        }
    }
}

/// A song that is not in the manifest, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The song, or the row where its name cannot be read.
    pub song: String,
    /// What is missing or wrong.
    pub problem: String,
}

/// What an import found. A song without a class stays in the manifest; only songs without audio, and rows that
/// cannot be read, are skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    /// Songs that the collection lists.
    pub listed: usize,
    /// Songs in the manifest.
    pub songs: usize,
    /// Songs in the manifest without lyrics.
    pub without_lyrics: usize,
    /// Songs that are not in the manifest.
    pub skipped: Vec<Skipped>,
    /// The genres.
    pub genre: Placed,
    /// The emotions.
    pub emotion: Placed,
    /// The first genres (or the labels) of songs that no rule places, with their songs.
    pub unplaced_genres: BTreeMap<String, usize>,
}

/// A manifest and what was found on the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The songs.
    pub manifest: Manifest,
    /// The counts.
    pub summary: ImportSummary,
}
