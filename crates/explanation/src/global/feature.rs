use std::fmt;

/// The stems whose names mark an audio feature where a file says no more than `vocals0`.
const STEM_NAMES: [&str; 4] = ["vocals", "drums", "bass", "other"];
/// No song has as many segments; `other1000000` is a word.
const MAX_SEGMENTS: usize = 10_000;

/// What a global weight belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FeatureId {
    /// One stem in one segment.
    Audio {
        /// Index of the segment.
        segment: usize,
        /// The stem's name.
        stem: String,
    },
    /// A word.
    Word(String),
}

impl FeatureId {
    /// Reads a bare feature name: one of the four usual stems and a number is audio, all else is a word.
    pub fn parse(name: &str) -> Self {
        let audio = STEM_NAMES.iter().find_map(|stem| {
            let segment: usize = name.strip_prefix(stem)?.parse().ok()?;
            (segment < MAX_SEGMENTS && name == format!("{stem}{segment}")).then(|| Self::Audio {
                segment,
                stem: (*stem).to_string(),
            })
        });
        audio.unwrap_or_else(|| Self::Word(name.to_string()))
    }

    /// Whether it is heard rather than read.
    pub fn is_audio(&self) -> bool {
        matches!(self, Self::Audio { .. })
    }

    /// `audio` or `lyrics`.
    pub fn modality(&self) -> &'static str {
        if self.is_audio() { "audio" } else { "lyrics" }
    }
}

impl fmt::Display for FeatureId {
    /// The bare name that files use; a word that looks like a stem and a segment is marked as a word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audio { segment, stem } => write!(f, "{stem}{segment}"),
            Self::Word(word) if Self::parse(word).is_audio() => write!(f, "word:{word}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}
