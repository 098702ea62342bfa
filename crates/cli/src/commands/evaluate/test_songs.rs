//! The songs that a model is tested on.

use crate::failure::{Failure, OrFail};
use crate::song_arg::{Heard, LoadedSong, SongArg, WantStems};
use crate::stems_source::StemsSource;
use musiclime_core::{LabelSet, Song};
use musiclime_dataset::manifest::{Entry, Manifest, Split};
use musiclime_dataset::nearest;
use musiclime_dataset::songbook::{Songbook, SongbookSong};
use musiclime_evaluation::GroundTruth;
use musiclime_model::Hearing;
use musiclime_training::{Told, TrainTask};
use std::path::Path;

/// A test set: where each song is, and what is true of it.
pub struct TestSongs {
    /// What is predicted.
    pub task: TrainTask,
    /// Something that a user should know.
    pub note: Option<String>,
    songs: Vec<TestSong>,
    /// Songs that could not even be looked for: name and why.
    pub unreadable: Vec<(String, String)>,
    /// Songs whose label the model does not know, or that have none.
    pub left_out: usize,
}

/// One song of a test set.
pub struct TestSong {
    /// Its name.
    pub id: String,
    /// What is true of it.
    pub truth: GroundTruth,
    place: Place,
}

/// Where a song is.
enum Place {
    Songbook(Songbook, usize),
    Files(SongArg),
}

/// What becomes of songs whose label a model does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownLabels {
    /// They end the run.
    Refused,
    /// They are left out and counted.
    LeftOut,
}

impl TestSongs {
    /// The first `count` songs of a songbook.
    ///
    /// # Errors
    /// No song.
    pub fn songbook(seed: u64, count: usize, task: TrainTask) -> Result<Self, Failure> {
        if count == 0 {
            return Err(Failure::new("--songs 0: expected at least 1").hint("--songs 500"));
        }
        let book = Songbook::new(seed);
        let songs = (0..count)
            .map(|index| {
                // The labels are known before the song is made.
                let (genre, emotion) = book.labels(index);
                TestSong {
                    id: book.song_id(index),
                    truth: task.of_songbook(genre, emotion),
                    place: Place::Songbook(book, index),
                }
            })
            .collect();
        Ok(Self {
            task,
            note: None,
            songs,
            unreadable: Vec::new(),
            left_out: 0,
        })
    }

    /// The songs of a manifest, of one split if given; rows that cannot be used are kept as unreadable.
    ///
    /// # Errors
    /// A manifest that cannot be read, a label that is not in `labels`, no song at all.
    pub fn manifest(
        path: &Path,
        split: Option<Split>,
        task: TrainTask,
        labels: &LabelSet,
        unknown: UnknownLabels,
    ) -> Result<Self, Failure> {
        let (manifest, problems) = Manifest::read_lenient(path)
            .or_fail(format!("cannot use the manifest {}", path.display()))
            .map_err(|f| f.maybe_hint(Some("a .jsonl or .csv file with one song a row".into())))?;
        let unreadable = problems
            .into_iter()
            .map(|p| {
                let name = p.id.unwrap_or_else(|| format!("line {}", p.line));
                (name, p.problem)
            })
            .collect();
        let (mut songs, mut left_out) = (Vec::new(), 0);
        let chosen = manifest
            .entries()
            .iter()
            .filter(|e| split.is_none() || e.split == split);
        for entry in chosen {
            match task.of_entry(entry, labels) {
                Told::Truth(truth) => songs.push(TestSong {
                    id: entry.id.clone(),
                    truth,
                    place: Place::Files(files(&manifest, entry)),
                }),
                Told::Unknown(label) if unknown == UnknownLabels::Refused => {
                    return Err(unknown_label(path, entry, label, labels));
                }
                Told::Unknown(_) | Told::Nothing => left_out += 1,
            }
        }
        if songs.is_empty() {
            let which = split.map_or(String::new(), |s| format!(" of the split {}", s.name()));
            return Err(Failure::new(format!(
                "{}: no readable song{which} has {} that the model knows",
                path.display(),
                task.fields()
            ))
            .hint("another --split or --manifest, or a model of these labels"));
        }
        let note = absent_tags(path, labels, &songs)?;
        Ok(Self {
            task,
            note,
            songs,
            unreadable,
            left_out,
        })
    }

    /// The songs, in order.
    pub fn songs(&self) -> &[TestSong] {
        &self.songs
    }
}

impl TestSong {
    /// The song as a model hears it.
    ///
    /// # Errors
    /// Files that cannot be used.
    pub fn load(&self, hearing: Option<Hearing>) -> Result<Song, Failure> {
        match &self.place {
            Place::Songbook(book, index) => {
                load_songbook_song(&book.song(*index), hearing).map(|loaded| loaded.song)
            }
            Place::Files(files) => files.load(hearing, WantStems::No).map(|loaded| loaded.song),
        }
    }
}

fn files(manifest: &Manifest, entry: &Entry) -> SongArg {
    let from_here = |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| manifest.resolve(p));
    SongArg {
        audio: from_here(&entry.audio),
        lyrics: from_here(&entry.lyrics),
        stems: from_here(&entry.stems),
        start: None,
        duration: None,
    }
}

fn unknown_label(path: &Path, entry: &Entry, label: &str, labels: &LabelSet) -> Failure {
    let near = nearest(label, labels.names().iter().map(String::as_str))
        .map_or(String::new(), |n| format!("; the nearest is \"{n}\""));
    Failure::new(format!(
        "{}: song \"{}\" has the label \"{label}\", which the model does not know{near}",
        path.display(),
        entry.id
    ))
    .hint(format!(
        "correct the label ({}), or --skip-unknown-labels",
        labels.names().join(", ")
    ))
}

/// Says which of a tagger's tags no song has.
///
/// # Errors
/// None of them is there.
fn absent_tags(
    path: &Path,
    labels: &LabelSet,
    songs: &[TestSong],
) -> Result<Option<String>, Failure> {
    let is_there = |tag: usize| {
        songs.iter().any(|song| match &song.truth {
            GroundTruth::Tags(tags) => tags[tag],
            GroundTruth::Class(_) | GroundTruth::Values(_) => true,
        })
    };
    let (there, absent): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&t| is_there(t));
    let names: Vec<&str> = absent.iter().map(|&t| labels.names()[t].as_str()).collect();
    if there.is_empty() {
        return Err(Failure::new(format!(
            "{}: no song has one of the model's tags ({})",
            path.display(),
            names.join(", ")
        ))
        .hint("a manifest whose \"tags\" are spelled as the model's, or another --model"));
    }
    Ok((!names.is_empty()).then(|| {
        format!(
            "tags that no song has ({}) count as F1 0 and are left out of the other means",
            names.join(", ")
        )
    }))
}

/// A songbook song as a model hears it, with its true stems.
///
/// # Errors
/// Sound that cannot be resampled.
pub fn load_songbook_song(
    song: &SongbookSong,
    hearing: Option<Hearing>,
) -> Result<LoadedSong, Failure> {
    let heard = Heard {
        name: song.id.clone(),
        start_s: 0.0,
        mixture: song.stems.mixture(),
        stems: Some(song.stems.clone()),
        stems_source: StemsSource::Songbook,
        lyrics: Some(song.lyrics.clone()),
        notes: Vec::new(),
    };
    LoadedSong::new(heard, hearing)
}
