use crate::{ExplanationError, FillerSensitivity, Intervals, RunRecipe};
use musiclime_files::write_by_rename;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The format of `explanation.json`; the number rises when a reader must change.
pub const EXPLANATION_SCHEMA: &str = "musiclime.explanation/1";

/// The component that a weight belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "modality", rename_all = "snake_case")]
pub enum WeightedComponent {
    /// One stem in one segment. Other kinds of components have a word in place of the stem's name: `mixture` (the whole
    /// sound), `200-450Hz` (a band), `region` (of the spectrogram; its index stands for the segment's) and `line`.
    Audio {
        /// The stem's name.
        stem: String,
        /// The segment's index.
        segment: usize,
        /// Where the segment starts, in seconds of the excerpt that the model hears.
        start_s: f64,
        /// Where it ends.
        end_s: f64,
        /// What else is known about it.
        #[serde(flatten)]
        detail: AudioDetail,
    },
    /// One word at all its places.
    Lyrics {
        /// The word.
        word: String,
        /// `[start, end)` of each place, in bytes of the lyrics.
        places: Vec<[usize; 2]>,
        /// Whether the model's token limit leaves every place unread.
        unread: bool,
    },
}

/// What some audio components have beside stem and seconds; what a component does not have is left out of files.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AudioDetail {
    /// The lowest frequency, in Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_hz: Option<f64>,
    /// The highest frequency, in Hz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_hz: Option<f64>,
    /// Cells of the spectrogram that a region has; the seconds and frequencies are the box around them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<usize>,
    /// The segment's name: the line that is sung in it, or `gap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_name: Option<String>,
    /// The number of the line in the file of segments, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// `[start, end)` of each place of the lyrics that is switched together with the sound.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<[usize; 2]>,
}

/// One component's weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentWeight {
    /// The component's name: stem and segment (`vocals0`), or the word.
    pub feature: String,
    /// The component.
    #[serde(flatten)]
    pub component: WeightedComponent,
    /// The weight; 0 for a component that was not selected.
    pub weight: f64,
    /// The weight's 95 % confidence interval, `null` where none can be given.
    pub interval: Option<[f64; 2]>,
}

/// The explanation of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalExplanation {
    /// The class.
    pub label: String,
    /// Its index.
    pub index: usize,
    /// The model's probability for the unperturbed song.
    pub probability: f64,
    /// The surrogate's value with every component off.
    pub intercept: f64,
    /// The surrogate's weighted coefficient of determination.
    pub r2: f64,
    /// The surrogate's value for the unperturbed song.
    pub local_prediction: f64,
    /// Where the intervals come from, or why there are none.
    pub intervals: Intervals,
    /// Every component by falling absolute weight; ties keep the order of the columns.
    pub weights: Vec<ComponentWeight>,
}

/// The song that was explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SongInfo {
    /// Its name.
    pub name: String,
    /// Where the excerpt that the model heard starts in the file.
    pub start_s: f64,
    /// How long the excerpt is.
    pub duration_s: f64,
    /// The rate at which it was perturbed.
    pub sample_rate_hz: u32,
    /// Where the stems came from.
    pub stems: String,
    /// Whether there were lyrics.
    pub has_lyrics: bool,
    /// What a reader should know about the input.
    pub notes: Vec<String>,
}

/// The model that was explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub task: String,
    /// SHA-256 of its weights file, in hex.
    pub weights_sha256: String,
    /// Its version.
    pub version: String,
}

/// The whole of `explanation.json`: nothing in it differs between two runs of one recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplanationFile {
    /// [`EXPLANATION_SCHEMA`].
    pub schema: String,
    /// The song.
    pub song: SongInfo,
    /// The model.
    pub model: ModelInfo,
    /// Every class of the model, in output order.
    pub labels: Vec<String>,
    /// The model's probabilities for the unperturbed song, one a class; empty in files of version 0.1.0.
    #[serde(default)]
    pub probabilities: Vec<f64>,
    /// How the explanation was made.
    pub recipe: RunRecipe,
    /// One explanation a class asked for.
    pub explained: Vec<LocalExplanation>,
    /// How much the choice of the filler moves the explanation, one entry a class; left out where nobody asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filler_sensitivity: Vec<FillerSensitivity>,
}

impl ExplanationFile {
    /// Joins the parts under the current schema.
    pub fn new(
        song: SongInfo,
        model: ModelInfo,
        labels: Vec<String>,
        probabilities: Vec<f64>,
        recipe: RunRecipe,
        explained: Vec<LocalExplanation>,
    ) -> Self {
        Self {
            schema: EXPLANATION_SCHEMA.to_string(),
            song,
            model,
            labels,
            probabilities,
            recipe,
            explained,
            filler_sensitivity: Vec::new(),
        }
    }

    /// The file's text: indented JSON in a fixed order of keys, numbers that read back exactly, a final line end.
    ///
    /// # Errors
    /// None in practice: every part has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Writes the file; it appears whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExplanationError> {
        let text = self.to_json().map_err(|e| ExplanationError::Write {
            path: path.to_path_buf(),
            reason: e.to_string(),
        })?;
        write_by_rename(path, text.as_bytes()).map_err(|e| ExplanationError::write(path, &e))
    }

    /// Reads a file of this schema.
    ///
    /// # Errors
    /// A file that is missing, is not such JSON, or has another schema.
    pub fn read(path: &Path) -> Result<Self, ExplanationError> {
        let text = std::fs::read_to_string(path).map_err(|e| ExplanationError::Read {
            path: path.to_path_buf(),
            reason: e.to_string(),
        })?;
        let wrong = |what: &str, expected: &str, got: String| ExplanationError::File {
            path: path.to_path_buf(),
            what: what.to_string(),
            expected: expected.to_string(),
            got,
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| {
            wrong(
                "format",
                "the JSON that musiclime explain writes",
                e.to_string(),
            )
        })?;
        let schema = value
            .get("schema")
            .and_then(|s| s.as_str())
            .unwrap_or("none");
        if schema != EXPLANATION_SCHEMA {
            return Err(wrong("schema", EXPLANATION_SCHEMA, schema.to_string()));
        }
        serde_json::from_value(value).map_err(|e| {
            wrong(
                "content",
                "the keys that musiclime explain writes",
                e.to_string(),
            )
        })
    }
}
