use musiclime_core::{Invalid, LabelSet};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is predicted about a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of nine genres.
    Genre,
    /// One cell of the 3 x 3 grid of valence and energy.
    Emotion,
}

impl Task {
    /// Both tasks.
    pub const ALL: [Self; 2] = [Self::Genre, Self::Emotion];

    /// The name that files and commands use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genre => "genre",
            Self::Emotion => "emotion",
        }
    }

    /// The classes of this task in the songbook.
    pub fn labels(self) -> LabelSet {
        match self {
            Self::Genre => genre_labels(),
            Self::Emotion => emotion_labels(),
        }
    }
}

/// A genre of the songbook; what each is made of is in [`Genre::audio_cue`] and [`Genre::words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Genre {
    /// A banjo roll in `other`.
    Bluegrass,
    /// A double-time broken beat in `drums`.
    DrumAndBass,
    /// A wobble in `bass`.
    Dubstep,
    /// A long high vowel with a wide vibrato in `vocals`.
    Opera,
    /// Words only.
    Country,
    /// Words only.
    Gospel,
    /// An accordion in `other` and words of the sea.
    Shanty,
    /// An accordion in `other`, no words of the sea.
    Polka,
    /// Words of the sea, no accordion.
    Surf,
}

impl Genre {
    /// Every genre in label order.
    pub const ALL: [Self; 9] = [
        Self::Bluegrass,
        Self::DrumAndBass,
        Self::Dubstep,
        Self::Opera,
        Self::Country,
        Self::Gospel,
        Self::Shanty,
        Self::Polka,
        Self::Surf,
    ];

    /// The label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bluegrass => "bluegrass",
            Self::DrumAndBass => "drum_and_bass",
            Self::Dubstep => "dubstep",
            Self::Opera => "opera",
            Self::Country => "country",
            Self::Gospel => "gospel",
            Self::Shanty => "shanty",
            Self::Polka => "polka",
            Self::Surf => "surf",
        }
    }
}

/// How pleasant a song's words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Valence {
    /// Words of loss.
    Negative,
    /// Words of the household.
    Neutral,
    /// Words of joy.
    Positive,
}

impl Valence {
    /// Every level in label order.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];
}

/// How energetic a song sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Energy {
    /// A hummed tone in `vocals`.
    Low,
    /// A slapped octave figure in `bass`.
    Medium,
    /// An accelerating roll in `drums`.
    High,
}

impl Energy {
    /// Every level in label order.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];
}

/// One cell of the 3 x 3 grid; its label joins both levels, as in `negative_low`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emotion {
    /// Decided by words.
    pub valence: Valence,
    /// Decided by sound.
    pub energy: Energy,
}

impl Emotion {
    /// Every cell in label order: valence by valence.
    pub fn all() -> impl Iterator<Item = Self> {
        Valence::ALL.into_iter().flat_map(|valence| {
            Energy::ALL
                .into_iter()
                .map(move |energy| Self { valence, energy })
        })
    }

    /// The label.
    pub fn name(self) -> &'static str {
        match (self.valence, self.energy) {
            (Valence::Negative, Energy::Low) => "negative_low",
            (Valence::Negative, Energy::Medium) => "negative_medium",
            (Valence::Negative, Energy::High) => "negative_high",
            (Valence::Neutral, Energy::Low) => "neutral_low",
            (Valence::Neutral, Energy::Medium) => "neutral_medium",
            (Valence::Neutral, Energy::High) => "neutral_high",
            (Valence::Positive, Energy::Low) => "positive_low",
            (Valence::Positive, Energy::Medium) => "positive_medium",
            (Valence::Positive, Energy::High) => "positive_high",
        }
    }
}

/// The genres as a label set.
pub fn genre_labels() -> LabelSet {
    label_set(Genre::ALL.map(Genre::name).to_vec())
}

/// The emotions as a label set.
pub fn emotion_labels() -> LabelSet {
    label_set(Emotion::all().map(Emotion::name).collect())
}

fn label_set(names: Vec<&str>) -> LabelSet {
    LabelSet::new(names.into_iter().map(String::from).collect())
        .unwrap_or_else(|e| unreachable!("the names are constants and distinct: {e}"))
}

/// `Display`, `FromStr` and serde by the label.
macro_rules! named {
    ($type:ty, $what:literal, $all:expr) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $type {
            type Err = Invalid;
            fn from_str(name: &str) -> Result<Self, Invalid> {
                let mut all = $all;
                all.find(|x| x.name() == name).ok_or_else(|| {
                    let names: Vec<&str> = $all.map(|x| x.name()).collect();
                    Invalid::new(
                        $what,
                        format!("one of {}", names.join(", ")),
                        format!("\"{name}\""),
                    )
                })
            }
        }
    };
}

/// Serde by the label, for the types that are not plain serde enums.
macro_rules! serde_by_name {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

named!(Task, "task", Task::ALL.into_iter());
named!(Genre, "genre", Genre::ALL.into_iter());
named!(Emotion, "emotion", Emotion::all());
serde_by_name!(Genre);
serde_by_name!(Emotion);
