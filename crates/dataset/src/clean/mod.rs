//! Lyrics without what a website left in them.

mod boilerplate;

pub use boilerplate::{Boilerplate, Cleaned, strip};

use crate::DatasetError;
use crate::manifest::{Entry, Manifest, read_text, relative_to, write_atomically};
use musiclime_core::Progress;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often something was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// In how many songs.
    pub songs: usize,
    /// In how many places.
    pub places: usize,
}

/// Adds the finds of one song.
pub(crate) fn count(
    totals: &mut BTreeMap<Boilerplate, Found>,
    removed: &BTreeMap<Boilerplate, usize>,
) {
    for (kind, places) in removed {
        let total = totals.entry(*kind).or_default();
        total.songs += 1;
        total.places += places;
    }
}

/// A song that could not be cleaned, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The song.
    pub song: String,
    /// What is wrong with its lyrics.
    pub problem: String,
}

/// What cleaning did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CleanReport {
    /// Songs with lyrics.
    pub songs: usize,
    /// Songs whose lyrics changed.
    pub changed: usize,
    /// Songs whose lyrics are empty now.
    pub emptied: Vec<String>,
    /// What was removed, how often.
    pub removed: BTreeMap<Boilerplate, Found>,
    /// Songs whose lyrics cannot be read; they are not in the new manifest.
    pub left_out: Vec<Left>,
}

/// Writes `lyrics/ID.txt` of every song into `out_dir` and gives the manifest that names them, for a file in
/// `home`: the folder where `out_dir` will be found. Nothing but lyrics is copied.
///
/// # Errors
/// A folder or file that cannot be written, or `progress` asking to stop.
pub fn clean(
    manifest: &Manifest,
    out_dir: &Path,
    home: &Path,
    progress: &dyn Progress,
) -> Result<(Manifest, CleanReport), DatasetError> {
    let lyrics_dir = out_dir.join("lyrics");
    fs::create_dir_all(&lyrics_dir).map_err(DatasetError::io("make the folder", &lyrics_dir))?;
    let done = AtomicUsize::new(0);
    let total = manifest.entries().len();
    let cleaned: Vec<Outcome> = manifest
        .entries()
        .par_iter()
        .map(|entry| {
            let outcome = clean_song(manifest, entry, &lyrics_dir)?;
            match progress.update(done.fetch_add(1, Ordering::Relaxed) + 1, total) {
                true => Ok(outcome),
                false => Err(DatasetError::Cancelled),
            }
        })
        .collect::<Result<_, DatasetError>>()?;

    let mut report = CleanReport::default();
    let mut entries = Vec::new();
    for (entry, outcome) in manifest.entries().iter().zip(cleaned) {
        let mut entry = entry.clone();
        for path in [&mut entry.audio, &mut entry.stems] {
            if let Some(path) = path.as_mut().filter(|p| p.is_relative()) {
                *path = relative_to(&manifest.resolve(path), home)?;
            }
        }
        match outcome {
            Outcome::NoLyrics => {}
            Outcome::Unreadable(problem) => {
                report.left_out.push(Left {
                    song: entry.id,
                    problem,
                });
                continue;
            }
            Outcome::Cleaned {
                file,
                removed,
                is_empty,
            } => {
                report.songs += 1;
                report.changed += usize::from(!removed.is_empty());
                count(&mut report.removed, &removed);
                if is_empty && !removed.is_empty() {
                    report.emptied.push(entry.id.clone());
                }
                entry.lyrics = Some(Path::new("lyrics").join(file));
            }
        }
        entries.push(entry);
    }
    Ok((Manifest::new(home, entries), report))
}

enum Outcome {
    NoLyrics,
    Unreadable(String),
    Cleaned {
        file: String,
        removed: BTreeMap<Boilerplate, usize>,
        is_empty: bool,
    },
}

fn clean_song(manifest: &Manifest, entry: &Entry, folder: &Path) -> Result<Outcome, DatasetError> {
    let Some(lyrics) = &entry.lyrics else {
        return Ok(Outcome::NoLyrics);
    };
    let text = match read_text(&manifest.resolve(lyrics)) {
        Ok(text) => text,
        Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
    };
    let Cleaned { text, removed } = strip(&text);
    let file = format!("{}.txt", file_name(&entry.id));
    write_atomically(&folder.join(&file), text.as_bytes())?;
    Ok(Outcome::Cleaned {
        file,
        removed,
        is_empty: text.trim().is_empty(),
    })
}

/// An id as a file name: other bytes than letters, digits, `-`, `_` and `.` (not in front) are written as `%` and two
/// hexadecimal digits, so that two ids never share a name.
pub(crate) fn file_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for (i, byte) in id.bytes().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-_".contains(&byte) || (byte == b'.' && i > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names_that_stay_apart_and_in_their_folder() {
        assert_eq!(file_name("s7-000012"), "s7-000012");
        assert_eq!(file_name("../x"), "%2E.%2Fx");
        assert_ne!(file_name("a b"), file_name("a_b"));
        assert_ne!(file_name("a%20b"), file_name("a b"));
    }
}
