//! What the components of a recipe are, and what stands in for what is switched off.

use crate::ExplanationError;
use crate::recipe::choice;
use serde::{Deserialize, Serialize};

choice! {
    /// What the audio components are.
    #[derive(Default)]
    AudioParts, "components" {
        /// Each stem in each segment of time.
        #[default]
        Stems = "stems",
        /// The whole sound in each segment of time.
        Time = "time",
        /// Each band of frequency in each segment of time.
        TimeFrequency = "time-frequency",
        /// Regions of the spectrogram of similar size (SLIC superpixels).
        Slic = "slic",
        /// Regions of the spectrogram that follow what is there (Felzenszwalb and Huttenlocher).
        Felzenszwalb = "felzenszwalb",
        /// Each line of the lyrics together with the seconds in which it is sung.
        Lines = "lines",
    }
}

choice! {
    /// What the components of the lyrics are.
    #[derive(Default)]
    WordUnit, "words" {
        /// Each word, at all its places.
        #[default]
        Words = "words",
        /// Each line, at all its places.
        Lines = "lines",
        /// Each section between blank lines, at all its places.
        Sections = "sections",
        /// The lyrics are never perturbed.
        None = "none",
    }
}

choice! {
    /// How the masks came to be.
    #[derive(Default)]
    MaskSource, "masks" {
        /// Drawn at random, or given in a file.
        #[default]
        Random = "random",
        /// Every combination of components, once.
        Exhaustive = "exhaustive",
    }
}

/// A file that a recipe depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFile {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its bytes, in hex; of the samples, where it is a recording.
    pub sha256: String,
}

/// Where time is cut.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segmentation {
    /// Into equal parts.
    #[default]
    Equal,
    /// Every so many seconds.
    Seconds(f64),
    /// At beats, joined to at most `segments` segments.
    Beats,
    /// At the strongest onsets, for at most `segments` segments.
    Onsets,
    /// At the lines of a file, with the gaps between them.
    File(NamedFile),
}

/// What sounds where something is switched off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioFiller {
    /// Nothing.
    #[default]
    Silence,
    /// White noise at the level of what is switched off.
    Noise,
    /// A steady sound with the mean spectrum of what is switched off.
    MeanSpectrum,
    /// The same stem, band or region of another song.
    OtherSong(NamedFile),
}

impl AudioFiller {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Noise => "noise",
            Self::MeanSpectrum => "mean-spectrum",
            Self::OtherSong(_) => "other-song",
        }
    }
}

/// What stands where a word is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LyricFiller {
    /// Nothing.
    #[default]
    Removal,
    /// The tokenizer's mask token.
    Mask,
    /// A neutral word.
    Word(String),
}

impl LyricFiller {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Removal => "removal",
            Self::Mask => "mask",
            Self::Word(_) => "word",
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The part of a recipe that says what is switched; every setting at its default is left out of files.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ComponentRecipe {
    /// What the audio components are.
    #[serde(skip_serializing_if = "is_default")]
    pub components: AudioParts,
    /// Where time is cut.
    #[serde(skip_serializing_if = "is_default")]
    pub segmentation: Segmentation,
    /// Bands of frequency of [`AudioParts::TimeFrequency`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bands: Option<usize>,
    /// The most regions of the spectrogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<usize>,
    /// What the components of the lyrics are.
    #[serde(skip_serializing_if = "is_default")]
    pub words: WordUnit,
    /// Words that are never switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_words: Option<NamedFile>,
    /// What sounds where something is switched off.
    #[serde(skip_serializing_if = "is_default")]
    pub filler: AudioFiller,
    /// What stands where a word is switched off.
    #[serde(skip_serializing_if = "is_default")]
    pub word_filler: LyricFiller,
    /// How the masks came to be; a sampler says so when it used every combination.
    #[serde(skip_serializing_if = "is_default")]
    pub mask_source: MaskSource,
}

impl ComponentRecipe {
    /// Whether components are cut by segments of time.
    pub fn has_segments(&self) -> bool {
        !matches!(self.components, AudioParts::Slic | AudioParts::Felzenszwalb)
    }

    /// Checks that the settings fit each other.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn validate(&self) -> Result<(), ExplanationError> {
        let wrong = |setting, expected: &str, got: String| {
            Err(ExplanationError::Setting {
                setting,
                expected: expected.into(),
                got,
            })
        };
        for (setting, count) in [("bands", self.bands), ("regions", self.regions)] {
            if let Some(got) = count.filter(|n| !(1..=1000).contains(n)) {
                return wrong(setting, "1 to 1000", got.to_string());
            }
        }
        if let Segmentation::Seconds(seconds) = self.segmentation
            && !(seconds.is_finite() && seconds > 0.0)
        {
            return wrong(
                "segment_seconds",
                "a finite number above 0",
                seconds.to_string(),
            );
        }
        if self.bands.is_some() && self.components != AudioParts::TimeFrequency {
            return wrong(
                "components",
                "time-frequency, where bands are given",
                self.components.to_string(),
            );
        }
        if self.regions.is_some() && self.has_segments() {
            return wrong(
                "components",
                "slic or felzenszwalb, where regions are given",
                self.components.to_string(),
            );
        }
        if !self.has_segments() && self.segmentation != Segmentation::Equal {
            return wrong(
                "components",
                "a kind with segments of time, where segments are given",
                self.components.to_string(),
            );
        }
        if self.components == AudioParts::Lines {
            if !matches!(self.segmentation, Segmentation::File(_)) {
                return wrong(
                    "segment_file",
                    "a file of timed lines, for components that are lines",
                    "none".into(),
                );
            }
            if !matches!(self.words, WordUnit::Lines | WordUnit::None) {
                return wrong(
                    "words",
                    "lines or none, where lines and their seconds are one component",
                    self.words.to_string(),
                );
            }
        }
        if self.protected_words.is_some() && self.words != WordUnit::Words {
            return wrong(
                "words",
                "words, where some are protected",
                self.words.to_string(),
            );
        }
        Ok(())
    }
}
