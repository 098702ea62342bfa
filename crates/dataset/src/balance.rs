//! How many songs each class has, split by split.

use crate::manifest::{Entry, Split};
use crate::songbook::Task;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The label of a song for a task.
pub fn label_of(entry: &Entry, task: Task) -> Option<&str> {
    match task {
        Task::Genre => entry.genre.as_deref(),
        Task::Emotion => entry.emotion.as_deref(),
    }
}

/// The artist of a song as songs are kept together by: case and outer blanks do not matter.
pub(crate) fn artist_key(entry: &Entry) -> Option<String> {
    let artist = entry.artist.as_deref()?.trim().to_lowercase();
    (!artist.is_empty()).then_some(artist)
}

/// The songs of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: String,
    /// All songs.
    pub songs: usize,
    /// Artists who are named.
    pub artists: usize,
    /// Songs in train.
    pub train: usize,
    /// Songs in validation.
    pub validation: usize,
    /// Songs in test.
    pub test: usize,
    /// Songs without a split.
    pub unsplit: usize,
}

impl ClassCount {
    /// The songs in a split.
    pub fn in_split(&self, split: Split) -> usize {
        match split {
            Split::Train => self.train,
            Split::Validation => self.validation,
            Split::Test => self.test,
        }
    }
}

/// The classes of a task and their songs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// What is predicted.
    pub task: Task,
    /// By name.
    pub classes: Vec<ClassCount>,
    /// Songs without a label.
    pub unlabelled: usize,
}

impl Balance {
    /// Counts songs.
    pub fn of(entries: &[Entry], task: Task) -> Self {
        let mut classes: BTreeMap<&str, (ClassCount, BTreeSet<String>)> = BTreeMap::new();
        let mut unlabelled = 0;
        for entry in entries {
            let Some(label) = label_of(entry, task) else {
                unlabelled += 1;
                continue;
            };
            let (count, artists) = classes.entry(label).or_default();
            count.songs += 1;
            match entry.split {
                Some(Split::Train) => count.train += 1,
                Some(Split::Validation) => count.validation += 1,
                Some(Split::Test) => count.test += 1,
                None => count.unsplit += 1,
            }
            artists.extend(artist_key(entry));
        }
        let classes = classes
            .into_iter()
            .map(|(class, (count, artists))| ClassCount {
                class: class.to_owned(),
                artists: artists.len(),
                ..count
            });
        Self {
            task,
            classes: classes.collect(),
            unlabelled,
        }
    }

    /// Songs with a label.
    pub fn labelled(&self) -> usize {
        self.classes.iter().map(|c| c.songs).sum()
    }

    /// Whether any song is in a split.
    pub fn is_split(&self) -> bool {
        self.classes.iter().any(|c| c.unsplit < c.songs)
    }
}
