use crate::TrainingError;
use musiclime_core::{Invalid, LabelSet, OutputKind};
use musiclime_dataset::manifest::Entry;
use musiclime_dataset::songbook::{Emotion, Genre, Task, tag_names, tags};
use musiclime_evaluation::GroundTruth;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The quantities of [`TrainTask::Mood`], as a manifest names them.
const MOOD: [&str; 2] = ["valence", "energy"];

/// What a model is fitted to predict; what its outputs mean follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainTask {
    /// One genre a song: a softmax.
    Genre,
    /// One emotion a song: a softmax.
    Emotion,
    /// Any number of tags a song: a sigmoid a tag.
    Tags,
    /// Valence and energy, 0 to 1 each: regression.
    Mood,
}

/// What a manifest's song says about a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<'a> {
    /// The truth.
    Truth(GroundTruth),
    /// A label that is none of the model's.
    Unknown(&'a str),
    /// Nothing.
    Nothing,
}

impl TrainTask {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Genre, Self::Emotion, Self::Tags, Self::Mood];

    /// The name that files and commands use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genre => Task::Genre.name(),
            Self::Emotion => Task::Emotion.name(),
            Self::Tags => "tags",
            Self::Mood => "mood",
        }
    }

    /// What the outputs of its models mean.
    pub fn output(self) -> OutputKind {
        match self {
            Self::Genre | Self::Emotion => OutputKind::Softmax,
            Self::Tags => OutputKind::Sigmoid,
            Self::Mood => OutputKind::Regression,
        }
    }

    /// The labels of the songbook: its genres, its emotions, both as tags, or the middles of the emotions' cells.
    pub fn songbook_labels(self) -> LabelSet {
        let names = |names: Vec<&str>| {
            LabelSet::new(names.into_iter().map(String::from).collect())
                .unwrap_or_else(|e| unreachable!("the names are constants and distinct: {e}"))
        };
        match self {
            Self::Genre => Task::Genre.labels(),
            Self::Emotion => Task::Emotion.labels(),
            Self::Tags => names(tag_names()),
            Self::Mood => names(MOOD.to_vec()),
        }
    }

    /// What is true of a song of the songbook, in the order of [`TrainTask::songbook_labels`].
    pub fn of_songbook(self, genre: Genre, emotion: Emotion) -> GroundTruth {
        let class = |task: Task, name| {
            let labels = task.labels();
            let class = labels.names().iter().position(|n| n == name);
            GroundTruth::Class(class.unwrap_or_else(|| unreachable!("every class is in its list")))
        };
        match self {
            Self::Genre => class(Task::Genre, genre.name()),
            Self::Emotion => class(Task::Emotion, emotion.name()),
            Self::Tags => {
                let has = tags(genre, emotion);
                GroundTruth::Tags(tag_names().iter().map(|t| has.contains(t)).collect())
            }
            Self::Mood => {
                GroundTruth::Values(vec![emotion.valence.centre(), emotion.energy.centre()])
            }
        }
    }

    /// Whether a manifest's song says anything about the task.
    pub fn is_told(self, entry: &Entry) -> bool {
        match self {
            Self::Genre => entry.genre.is_some(),
            Self::Emotion => entry.emotion.is_some(),
            Self::Tags => entry.tags.is_some(),
            Self::Mood => entry.valence.is_some() && entry.energy.is_some(),
        }
    }

    /// What a manifest's song needs for the task, for messages.
    pub fn fields(self) -> &'static str {
        match self {
            Self::Genre => "\"genre\"",
            Self::Emotion => "\"emotion\"",
            Self::Tags => "\"tags\"",
            Self::Mood => "\"valence\" and \"energy\"",
        }
    }

    /// What a manifest's song says in terms of a model's labels; tags that the model does not have are left aside.
    pub fn of_entry<'a>(self, entry: &'a Entry, labels: &LabelSet) -> Told<'a> {
        let class = |label: Option<&'a str>| match label {
            None => Told::Nothing,
            Some(label) => match labels.names().iter().position(|n| n == label) {
                Some(class) => Told::Truth(GroundTruth::Class(class)),
                None => Told::Unknown(label),
            },
        };
        match self {
            Self::Genre => class(entry.genre.as_deref()),
            Self::Emotion => class(entry.emotion.as_deref()),
            Self::Tags => match &entry.tags {
                None => Told::Nothing,
                Some(tags) => Told::Truth(GroundTruth::Tags(
                    labels.names().iter().map(|n| tags.contains(n)).collect(),
                )),
            },
            Self::Mood => {
                let value = |name: &String| match name.as_str() {
                    "valence" => entry.valence,
                    "energy" => entry.energy,
                    _ => None,
                };
                let values: Option<Vec<f64>> = labels.names().iter().map(value).collect();
                values.map_or(Told::Nothing, |v| Told::Truth(GroundTruth::Values(v)))
            }
        }
    }

    /// The labels of training songs, sorted; tags that fewer than `min_tag_songs` of them have are none. Mood has
    /// valence and energy.
    ///
    /// # Errors
    /// No label, or a single class.
    pub(crate) fn labels_of(
        self,
        songs: &[&Entry],
        min_tag_songs: usize,
    ) -> Result<LabelSet, TrainingError> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for song in songs {
            let labels: Vec<&str> = match self {
                Self::Genre => song.genre.as_deref().into_iter().collect(),
                Self::Emotion => song.emotion.as_deref().into_iter().collect(),
                Self::Tags => song.tags.iter().flatten().map(String::as_str).collect(),
                Self::Mood => return Ok(self.songbook_labels()),
            };
            labels
                .into_iter()
                .for_each(|label| *counts.entry(label).or_default() += 1);
        }
        let least = if self == Self::Tags { min_tag_songs } else { 1 };
        let names = counts.into_iter().filter(|(_, n)| *n >= least);
        let names: Vec<String> = names.map(|(name, _)| name.to_string()).collect();
        if names.is_empty() {
            return Err(TrainingError::Setting {
                what: "labels",
                expected: "a tag that at least min_tag_songs training songs have",
                got: format!("none that {least} have"),
            });
        }
        LabelSet::new(names).map_err(|e| musiclime_dataset::DatasetError::from(e).into())
    }
}

impl From<Task> for TrainTask {
    fn from(task: Task) -> Self {
        match task {
            Task::Genre => Self::Genre,
            Task::Emotion => Self::Emotion,
        }
    }
}

impl fmt::Display for TrainTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TrainTask {
    type Err = Invalid;
    fn from_str(name: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|t| t.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                Invalid::new("task", format!("one of {names}"), format!("\"{name}\""))
            })
    }
}
