use crate::{ByteRange, Stems};
use std::ops::Range;

/// A range of samples at the rate of the stems.
pub type SampleRange = Range<usize>;

/// What one column of a mask switches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ComponentId {
    /// One stem in one segment of time.
    Stem {
        /// Index into the stems.
        stem: usize,
        /// Index of the segment.
        segment: usize,
    },
    /// One word, at all its places.
    Word {
        /// Index among the words, by first appearance.
        index: usize,
    },
}

/// One interpretable component: its id and the name that files use (`vocals0`, or the word).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it switches.
    pub id: ComponentId,
    /// The bare feature name.
    pub feature: String,
}

/// One word component and every place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordComponent {
    /// The word as the files name it (folded where the recipe folds case).
    pub word: String,
    /// Its places in the lyrics, in bytes of the unchanged text.
    pub places: Vec<ByteRange>,
    /// Whether the model's token limit leaves every place of it unread.
    pub unread: bool,
}

/// The interpretable components of one song: audio first, segment-major, then words by first appearance.
///
/// Column `c` of every mask belongs to `list[c]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// The stems that the audio components switch; `None` when audio is not perturbed.
    pub stems: Option<Stems>,
    /// The segments in samples of the stems, in order, without overlap. What no segment covers stays on in
    /// every perturbation only when `keep_uncovered` is true, else it is dropped from the input.
    pub segments: Vec<SampleRange>,
    /// Whether samples after the last segment stay in the input (they are never switched off).
    pub keep_uncovered: bool,
    /// The words; empty when lyrics are not perturbed.
    pub words: Vec<WordComponent>,
    /// Every component in column order.
    pub list: Vec<Component>,
}

impl Components {
    /// Builds the column list from stems, segments and words.
    pub fn new(
        stems: Option<Stems>,
        segments: Vec<SampleRange>,
        keep_uncovered: bool,
        words: Vec<WordComponent>,
    ) -> Self {
        let mut list = Vec::new();
        if let Some(stems) = &stems {
            for segment in 0..segments.len() {
                for (stem, name) in stems.names().iter().enumerate() {
                    list.push(Component {
                        id: ComponentId::Stem { stem, segment },
                        feature: format!("{name}{segment}"),
                    });
                }
            }
        }
        for (index, word) in words.iter().enumerate() {
            list.push(Component {
                id: ComponentId::Word { index },
                feature: word.word.clone(),
            });
        }
        Self {
            stems,
            segments,
            keep_uncovered,
            words,
            list,
        }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is nothing to switch.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Number of audio columns; they come first.
    pub fn audio_len(&self) -> usize {
        self.len() - self.words.len()
    }

    /// The column of a stem in a segment.
    pub fn stem_column(&self, stem: usize, segment: usize) -> usize {
        segment * self.stems.as_ref().map_or(0, Stems::len) + stem
    }

    /// The bytes of the lyrics that a mask row removes.
    ///
    /// `row` is a whole row: audio columns, then words.
    pub fn removed_bytes(&self, row: &[u8]) -> Vec<ByteRange> {
        let words = &row[self.audio_len()..];
        self.words
            .iter()
            .zip(words)
            .filter(|(_, on)| **on == 0)
            .flat_map(|(word, _)| word.places.iter().cloned())
            .collect()
    }
}
