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
    /// One region of the song's spectrogram.
    Region {
        /// Index into the regions.
        index: usize,
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

/// What is known about one segment beside its samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SegmentDetail {
    /// Its name, where its source gives one: the line that is sung, or `gap`.
    pub name: Option<String>,
    /// The number of its line in the source, from 1.
    pub line: Option<usize>,
    /// The bytes of the lyrics that go with it: switched off, both are. Empty where a segment is sound alone.
    pub places: Vec<ByteRange>,
}

/// One region of a spectrogram, as the samples that switching it off adds to the song.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// First sample that changes.
    pub start: usize,
    /// What is added to the song: the filler less the region's own sound.
    pub change: Vec<f32>,
    /// First and last second, and lowest and highest frequency in Hz, of its cells.
    pub bounds: RegionBounds,
}

/// The box around a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionBounds {
    /// First second.
    pub start_s: f64,
    /// Last second.
    pub end_s: f64,
    /// Lowest frequency in Hz.
    pub low_hz: f64,
    /// Highest frequency in Hz.
    pub high_hz: f64,
    /// How many cells of the spectrogram it has.
    pub cells: usize,
}

/// What stands in a text where a word is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WordFiller {
    /// Nothing: the word is cut out, and every separator stays.
    #[default]
    Removal,
    /// This text: the model's mask token, or a neutral word.
    Text(String),
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
    /// One detail a segment, where the segments are more than equal parts; else empty.
    pub details: Vec<SegmentDetail>,
    /// Lowest and highest frequency of each stem, where the stems are bands of the song; else empty.
    pub bands: Vec<[f64; 2]>,
    /// What sounds where a stem is off, in the shape of the stems; `None` is silence.
    pub filler: Option<Stems>,
    /// The regions of the song's spectrogram that audio components are, in place of stems and segments.
    pub regions: Vec<Region>,
    /// The words; empty when lyrics are not perturbed.
    pub words: Vec<WordComponent>,
    /// What stands where a word is off.
    pub word_filler: WordFiller,
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
        let mut components = Self {
            stems,
            segments,
            keep_uncovered,
            details: Vec::new(),
            bands: Vec::new(),
            filler: None,
            regions: Vec::new(),
            words,
            word_filler: WordFiller::Removal,
            list: Vec::new(),
        };
        components.number();
        components
    }

    /// The same components with what is known about their segments.
    ///
    /// # Panics
    /// If there is not one detail a segment.
    pub fn with_details(mut self, details: Vec<SegmentDetail>) -> Self {
        assert_eq!(details.len(), self.segments.len(), "one detail a segment");
        self.details = details;
        self
    }

    /// The same components whose stems are these bands of the song.
    ///
    /// # Panics
    /// If there is not one band a stem.
    pub fn with_bands(mut self, bands: Vec<[f64; 2]>) -> Self {
        assert_eq!(
            Some(bands.len()),
            self.stems.as_ref().map(Stems::len),
            "one band a stem"
        );
        self.bands = bands;
        self
    }

    /// The same components with another sound than silence where a stem is off.
    ///
    /// # Panics
    /// If the filler has not the shape of the stems.
    pub fn with_filler(mut self, filler: Stems) -> Self {
        let shape = |stems: &Stems| (stems.len(), stems.waveforms()[0].len());
        assert_eq!(
            Some(shape(&filler)),
            self.stems.as_ref().map(shape),
            "a filler in the shape of the stems"
        );
        self.filler = Some(filler);
        self
    }

    /// Components that are regions of the song's spectrogram, then words.
    pub fn of_regions(regions: Vec<Region>, words: Vec<WordComponent>) -> Self {
        let mut components = Self::new(None, Vec::new(), true, words);
        components.regions = regions;
        components.number();
        components
    }

    /// The same components with something in place of a word that is off.
    pub fn with_word_filler(mut self, filler: WordFiller) -> Self {
        self.word_filler = filler;
        self
    }

    /// Fills the list of columns.
    fn number(&mut self) {
        let mut list = Vec::new();
        if let Some(stems) = &self.stems {
            for segment in 0..self.segments.len() {
                for (stem, name) in stems.names().iter().enumerate() {
                    list.push(Component {
                        id: ComponentId::Stem { stem, segment },
                        feature: format!("{name}{segment}"),
                    });
                }
            }
        }
        for index in 0..self.regions.len() {
            list.push(Component {
                id: ComponentId::Region { index },
                feature: format!("region{index}"),
            });
        }
        for (index, word) in self.words.iter().enumerate() {
            list.push(Component {
                id: ComponentId::Word { index },
                feature: word.word.clone(),
            });
        }
        self.list = list;
    }

    /// Whether a segment carries words with it, so that a mask's audio columns change the text too.
    pub fn is_joint(&self) -> bool {
        self.details.iter().any(|d| !d.places.is_empty())
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

    /// The bytes of the lyrics that each column switches, by column; only columns that switch some.
    pub fn text_places(&self) -> Vec<(usize, &[ByteRange])> {
        let stems = self.stems.as_ref().map_or(0, Stems::len);
        let joint = self
            .details
            .iter()
            .enumerate()
            .filter(|(_, d)| !d.places.is_empty())
            .flat_map(move |(segment, detail)| {
                (0..stems).map(move |stem| (segment * stems + stem, detail.places.as_slice()))
            });
        let words = self.words.iter().enumerate();
        joint
            .chain(
                words.map(|(word, component)| {
                    (self.audio_len() + word, component.places.as_slice())
                }),
            )
            .collect()
    }

    /// The bytes of the lyrics that a mask row switches off.
    ///
    /// `row` is a whole row: audio columns, then words.
    pub fn removed_bytes(&self, row: &[u8]) -> Vec<ByteRange> {
        self.text_places()
            .into_iter()
            .filter(|(column, _)| row[*column] == 0)
            .flat_map(|(_, places)| places.iter().cloned())
            .collect()
    }
}

impl Region {
    /// Adds the change to the song's samples; what lies past their end is cut.
    pub fn add_to(&self, samples: &mut [f32]) {
        let from = self.start.min(samples.len());
        for (x, change) in samples[from..].iter_mut().zip(&self.change) {
            *x += change;
        }
    }
}
