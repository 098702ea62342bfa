//! Looking a data set over before anything is fitted to it.

mod language;
mod near_lyrics;
mod sound;

pub use language::guess;
pub use near_lyrics::{NEAR, NearLyrics, Shingles, groups};

use crate::DatasetError;
use crate::balance::{Balance, artist_key, label_of};
use crate::clean::{Boilerplate, Found, count, strip};
use crate::manifest::{Entry, Manifest, RowProblem, RowProblemKind, Split, read_text};
use crate::songbook::Task;
use musiclime_core::Progress;
use rayon::prelude::*;
use serde::Serialize;
use sound::Sound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A song whose largest sample is below this (-80 dB of full scale) is silent.
const SILENT_PEAK: f32 = 1e-4;
/// Lyrics with more characters are no lyrics.
const MOST_CHARACTERS: usize = 1 << 20;

/// Why a song cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnusableKind {
    /// Its row in the manifest is wrong.
    Row,
    /// Its id stands twice.
    DuplicateId,
    /// A file is not there.
    MissingFile,
    /// The audio cannot be decoded to its end.
    Audio,
    /// The lyrics are no text, or too long to be lyrics.
    Lyrics,
}

/// A song that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unusable {
    /// The song, where its id is known.
    pub song: Option<String>,
    /// The kind of problem.
    pub kind: UnusableKind,
    /// What is wrong, with the file or the line.
    pub problem: String,
}

/// An artist with songs in several splits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedArtist {
    /// The artist, in lower case.
    pub artist: String,
    /// The splits.
    pub splits: BTreeSet<Split>,
}

/// A class with one song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LonelySong {
    /// What is predicted.
    pub task: Task,
    /// The class.
    pub class: String,
    /// Its song.
    pub song: String,
}

/// What was found out about a data set. Songs that cannot be used are in `unusable` and in nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// Rows of the manifest.
    pub rows: usize,
    /// Songs that can be used.
    pub songs: usize,
    /// Length of all usable songs in seconds.
    pub duration_s: f64,
    /// The others.
    pub unusable: Vec<Unusable>,
    /// Songs with the same samples.
    pub same_audio: Vec<Vec<String>>,
    /// Songs with nearly the same lyrics.
    pub near_lyrics: Vec<NearLyrics>,
    /// Groups of either kind whose songs are in several splits.
    pub duplicates_across_splits: Vec<Vec<String>>,
    /// Songs in which nothing sounds.
    pub silent: Vec<String>,
    /// Songs with no lyrics, or empty ones.
    pub without_lyrics: usize,
    /// Songs by language (ISO 639-1), `unknown` where neither the manifest nor the words say.
    pub languages: BTreeMap<String, usize>,
    /// How many of these languages were guessed from the words.
    pub guessed_languages: usize,
    /// Artists with songs in several splits.
    pub artists_across_splits: Vec<SharedArtist>,
    /// Classes with one song.
    pub lonely_classes: Vec<LonelySong>,
    /// Scraped text in lyrics.
    pub boilerplate: BTreeMap<Boilerplate, Found>,
    /// Songs by class, of each task that any song has a label for.
    pub balance: Vec<Balance>,
}

struct Words {
    language: Option<&'static str>,
    shingles: Shingles,
    boilerplate: BTreeMap<Boilerplate, usize>,
    is_empty: bool,
}

/// Reads every file of a data set, in parallel; a thread holds one stretch of one song at a time.
///
/// `problems` are the rows that [`Manifest::read_lenient`] left out.
///
/// # Errors
/// `progress` asking to stop. Songs that cannot be used are no error: they are in the report.
pub fn check(
    manifest: &Manifest,
    problems: &[RowProblem],
    progress: &dyn Progress,
) -> Result<CheckReport, DatasetError> {
    let entries = manifest.entries();
    let done = AtomicUsize::new(0);
    let looked_at: Vec<Result<(Sound, Option<Words>), Unusable>> = entries
        .par_iter()
        .map(|entry| {
            if !progress.update(done.load(Ordering::Relaxed), entries.len()) {
                return Err(DatasetError::Cancelled);
            }
            let song = look_at(manifest, entry);
            progress.update(done.fetch_add(1, Ordering::Relaxed) + 1, entries.len());
            Ok(song)
        })
        .collect::<Result<_, DatasetError>>()?;

    let mut unusable: Vec<Unusable> = problems.iter().map(of_row).collect();
    let mut songs: Vec<(&Entry, Sound, Option<Words>)> = Vec::new();
    for (entry, found) in entries.iter().zip(looked_at) {
        match found {
            Ok((sound, words)) => songs.push((entry, sound, words)),
            Err(problem) => unusable.push(problem),
        }
    }
    Ok(summarise(entries.len() + problems.len(), unusable, songs))
}

fn of_row(row: &RowProblem) -> Unusable {
    Unusable {
        song: row.id.clone(),
        kind: match row.kind {
            RowProblemKind::Row => UnusableKind::Row,
            RowProblemKind::DuplicateId => UnusableKind::DuplicateId,
            RowProblemKind::MissingFile => UnusableKind::MissingFile,
        },
        problem: format!("line {}: {}", row.line, row.problem),
    }
}

fn look_at(manifest: &Manifest, entry: &Entry) -> Result<(Sound, Option<Words>), Unusable> {
    let unusable = |kind, problem: String| Unusable {
        song: Some(entry.id.clone()),
        kind,
        problem,
    };
    let mut sound = None;
    // Stems are what is heard where a song has both, and the mixture must be readable all the same.
    for path in [&entry.audio, &entry.stems].into_iter().flatten() {
        let heard = sound::listen(&manifest.resolve(path));
        sound = Some(heard.map_err(|e| unusable(UnusableKind::Audio, e.to_string()))?);
    }
    let Some(sound) = sound else {
        let problem = "neither audio nor stems".to_owned();
        return Err(unusable(UnusableKind::Row, problem));
    };
    let words = match &entry.lyrics {
        None => None,
        Some(path) => {
            let path = manifest.resolve(path);
            let text =
                read_text(&path).map_err(|e| unusable(UnusableKind::Lyrics, e.to_string()))?;
            if text.len() > MOST_CHARACTERS {
                return Err(unusable(
                    UnusableKind::Lyrics,
                    format!(
                        "{}: expected lyrics of at most {MOST_CHARACTERS} bytes, got {}",
                        path.display(),
                        text.len()
                    ),
                ));
            }
            let cleaned = strip(&text);
            Some(Words {
                language: guess(&cleaned.text),
                shingles: Shingles::of(&cleaned.text),
                is_empty: cleaned.text.trim().is_empty(),
                boilerplate: cleaned.removed,
            })
        }
    };
    Ok((sound, words))
}

fn summarise(
    rows: usize,
    unusable: Vec<Unusable>,
    songs: Vec<(&Entry, Sound, Option<Words>)>,
) -> CheckReport {
    let usable: Vec<Entry> = songs.iter().map(|(entry, _, _)| (*entry).clone()).collect();
    let ids = |places: &[usize]| places.iter().map(|&i| usable[i].id.clone()).collect();

    let mut by_hash: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    let mut boilerplate = BTreeMap::new();
    let mut languages: BTreeMap<String, usize> = BTreeMap::new();
    let (mut guessed_languages, mut without_lyrics) = (0, 0);
    let mut texts = Vec::with_capacity(songs.len());
    let mut silent = Vec::new();
    for (i, (entry, sound, words)) in songs.iter().enumerate() {
        if sound.peak < SILENT_PEAK {
            silent.push(entry.id.clone());
        } else {
            // Silent songs are all the same and are named already.
            by_hash.entry(sound.hash).or_default().push(i);
        }
        without_lyrics += usize::from(words.as_ref().is_none_or(|w| w.is_empty));
        let guessed = words.as_ref().and_then(|w| w.language);
        let language = entry.language.as_deref().or(guessed);
        guessed_languages += usize::from(entry.language.is_none() && guessed.is_some());
        *languages
            .entry(language.unwrap_or("unknown").to_owned())
            .or_default() += 1;
        if let Some(words) = words {
            count(&mut boilerplate, &words.boilerplate);
        }
        let shingles = words
            .as_ref()
            .map(|w| w.shingles.clone())
            .unwrap_or_default();
        texts.push((entry.id.clone(), shingles));
    }
    let mut same_audio: Vec<Vec<usize>> = by_hash.into_values().filter(|g| g.len() > 1).collect();
    same_audio.sort();
    let near_lyrics = groups(&texts);
    let crosses = |group: &&[usize]| {
        let splits: BTreeSet<Split> = group.iter().filter_map(|&i| usable[i].split).collect();
        splits.len() > 1
    };
    let all_groups = same_audio.iter().map(Vec::as_slice);
    let all_groups = all_groups.chain(near_lyrics.iter().map(|n| n.members.as_slice()));
    let duplicates_across_splits = all_groups.filter(crosses).map(ids).collect();

    let balance: Vec<Balance> = Task::ALL
        .map(|task| Balance::of(&usable, task))
        .into_iter()
        .filter(|balance| !balance.classes.is_empty())
        .collect();
    CheckReport {
        rows,
        songs: usable.len(),
        duration_s: songs.iter().map(|(_, sound, _)| sound.duration_s).sum(),
        unusable,
        same_audio: same_audio.iter().map(|group| ids(group)).collect(),
        duplicates_across_splits,
        near_lyrics,
        silent,
        without_lyrics,
        languages,
        guessed_languages,
        artists_across_splits: shared_artists(&usable),
        lonely_classes: lonely_songs(&usable, &balance),
        boilerplate,
        balance,
    }
}

fn shared_artists(entries: &[Entry]) -> Vec<SharedArtist> {
    let mut splits: BTreeMap<String, BTreeSet<Split>> = BTreeMap::new();
    for entry in entries {
        if let (Some(artist), Some(split)) = (artist_key(entry), entry.split) {
            splits.entry(artist).or_default().insert(split);
        }
    }
    splits
        .into_iter()
        .filter(|(_, splits)| splits.len() > 1)
        .map(|(artist, splits)| SharedArtist { artist, splits })
        .collect()
}

fn lonely_songs(entries: &[Entry], balance: &[Balance]) -> Vec<LonelySong> {
    let mut lonely = Vec::new();
    for Balance { task, classes, .. } in balance {
        for class in classes.iter().filter(|c| c.songs == 1) {
            let is_it = |e: &&Entry| label_of(e, *task) == Some(class.class.as_str());
            if let Some(entry) = entries.iter().find(is_it) {
                lonely.push(LonelySong {
                    task: *task,
                    class: class.class.clone(),
                    song: entry.id.clone(),
                });
            }
        }
    }
    lonely
}
