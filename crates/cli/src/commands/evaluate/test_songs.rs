//! The songs that a model is tested on.

use crate::failure::{Failure, OrFail};
use crate::song_arg::{Heard, LoadedSong, SongArg, WantStems};
use crate::stems_source::StemsSource;
use musiclime_core::{LabelSet, Song};
use musiclime_dataset::manifest::{Entry, Manifest, Split};
use musiclime_dataset::nearest;
use musiclime_dataset::songbook::{Songbook, SongbookSong, Task};
use musiclime_model::Hearing;
use std::path::Path;

/// A test set: where each song is, and its true class.
pub struct TestSongs {
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
    /// Index of its true class.
    pub truth: usize,
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
    pub fn songbook(seed: u64, count: usize, task: Task) -> Result<Self, Failure> {
        if count == 0 {
            return Err(Failure::new("--songs 0: expected at least 1").hint("--songs 500"));
        }
        let book = Songbook::new(seed);
        let songs = (0..count)
            .map(|index| TestSong {
                id: format!("s{seed}-{index:06}"),
                truth: class_of(book, index, task),
                place: Place::Songbook(book, index),
            })
            .collect();
        Ok(Self {
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
        task: Task,
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
            let label = match task {
                Task::Genre => entry.genre.as_deref(),
                Task::Emotion => entry.emotion.as_deref(),
            };
            let truth = label.and_then(|l| labels.names().iter().position(|n| n == l));
            match (label, truth) {
                (_, Some(truth)) => songs.push(TestSong {
                    id: entry.id.clone(),
                    truth,
                    place: Place::Files(files(&manifest, entry)),
                }),
                (Some(label), None) if unknown == UnknownLabels::Refused => {
                    return Err(unknown_label(path, entry, label, labels));
                }
                _ => left_out += 1,
            }
        }
        if songs.is_empty() {
            let which = split.map_or(String::new(), |s| format!(" of the split {}", s.name()));
            return Err(Failure::new(format!(
                "{}: no readable song{which} has a {} that the model knows",
                path.display(),
                task.name()
            ))
            .hint("another --split or --manifest, or a model of these labels"));
        }
        Ok(Self {
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

/// The class of a songbook song, which is known before it is made.
fn class_of(book: Songbook, index: usize, task: Task) -> usize {
    let (genre, emotion) = book.labels(index);
    let name = match task {
        Task::Genre => genre.name(),
        Task::Emotion => emotion.name(),
    };
    let labels = task.labels();
    let class = labels.names().iter().position(|n| n == name);
    class.unwrap_or_else(|| unreachable!("every class is in its list"))
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
