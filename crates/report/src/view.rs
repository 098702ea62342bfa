//! Everything that a report shows, as plain data.

use crate::ReportError;
use crate::format::{percent, plain};
use musiclime_core::{ByteRange, LabelSet, OutputKind, RegionBounds, Stems, Waveform};

/// All that one report shows; the caller fills it, the report only draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportView {
    /// The song's name, as people know it.
    pub song_name: String,
    /// Where the explained excerpt starts in the song, in seconds.
    pub start_s: f64,
    /// Length of the excerpt, in seconds.
    pub duration_s: f64,
    /// The model's name.
    pub model_name: String,
    /// What the model tells apart (`genre`, `emotion`).
    pub task: String,
    /// The classes.
    pub labels: LabelSet,
    /// What the model's answers mean.
    pub output: OutputKind,
    /// The model's answer for the unchanged song, one a class: probabilities, or quantities if `output` says so.
    pub probabilities: Vec<f64>,
    /// The labels that are explained, in the order of their tabs; at least one.
    pub explained: Vec<ExplainedLabel>,
    /// The stems whose waveforms lie under the heatmap; `None` when audio is not explained.
    pub stems: Option<Stems>,
    /// The segments of time, relative to the start of the excerpt.
    pub segments: Vec<Segment>,
    /// The segments' names, where they have some (the lines that are sung); else empty.
    pub segment_names: Vec<String>,
    /// What the audio components are.
    pub audio_kind: AudioKind,
    /// The regions of the spectrogram, where components are regions.
    pub regions: Option<RegionImage>,
    /// How much the choice of the filler moves the weights, where that was asked.
    pub fillers: Vec<FillerRow>,
    /// The excerpt as the model hears it.
    pub mixture: Waveform,
    /// The lyrics as the file has them; `None` for an instrumental.
    pub lyrics: Option<String>,
    /// Bytes of the lyrics that the model reads; `None` when it reads them all.
    pub lyrics_read_bytes: Option<usize>,
    /// How the explanation was made: name and value.
    pub recipe: Vec<(String, String)>,
    /// Facts that a reader needs ("no lyrics: explained by its audio alone").
    pub notes: Vec<String>,
    /// What to distrust, one sentence each; shown first.
    pub distrust: Vec<String>,
    /// What can be listened to.
    pub mixes: Vec<Mix>,
}

/// What the audio components are, and with it the words of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioKind {
    /// Stems in segments.
    #[default]
    Stems,
    /// Segments of the whole sound.
    Time,
    /// Bands of frequency in segments.
    TimeFrequency,
    /// Regions of the spectrogram.
    Regions,
    /// Lines with their seconds.
    Lines,
}

/// A spectrogram in regions.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionImage {
    /// Columns, in time.
    pub columns: usize,
    /// Rows, from the lowest frequency up.
    pub rows: usize,
    /// Seconds of one column.
    pub column_s: f64,
    /// The edges of the rows, in Hz.
    pub edges_hz: Vec<f64>,
    /// Levels from 0 to 1, `[columns, rows]`.
    pub levels: Vec<f32>,
    /// The region of each cell, `[columns, rows]`.
    pub labels: Vec<u32>,
    /// The box around each region.
    pub bounds: Vec<RegionBounds>,
}

/// One pair of fillers that were compared.
#[derive(Debug, Clone, PartialEq)]
pub struct FillerRow {
    /// The label.
    pub label: String,
    /// One filler and the other.
    pub fillers: [String; 2],
    /// Spearman's rank correlation of the weights.
    pub rank_correlation: Option<f64>,
    /// The share of the largest weights that both have.
    pub top_overlap: f64,
    /// How many largest weights that is.
    pub top: usize,
}

/// A range of time, in seconds from the start of the excerpt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// First second.
    pub start_s: f64,
    /// Last second.
    pub end_s: f64,
}

/// One label and what speaks for and against it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedLabel {
    /// The label.
    pub label: String,
    /// The model's probability of it.
    pub probability: f64,
    /// The surrogate's intercept.
    pub intercept: f64,
    /// The surrogate's weighted R².
    pub r2: f64,
    /// The surrogate's prediction for the unchanged song.
    pub local_prediction: f64,
    /// One weight a stem and segment; empty when audio is not explained.
    ///
    /// # Shapes
    /// `[stem][segment]`
    pub audio: Vec<Vec<Weight>>,
    /// One weight a region of the spectrogram; empty for other components.
    pub regions: Vec<Weight>,
    /// One weight a word; empty when lyrics are not explained.
    pub words: Vec<WordWeight>,
}

/// What a component adds to the label, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The weight: above 0 speaks for the label, below 0 against it.
    pub value: f64,
    /// Its confidence interval, if there is one.
    pub interval: Option<Interval>,
}

impl Weight {
    /// Whether the interval leaves no doubt about the sign; `None` without an interval.
    pub fn sign_is_certain(&self) -> Option<bool> {
        self.interval.map(|i| i.low > 0.0 || i.high < 0.0)
    }

    /// The value, with 0 in place of what cannot be drawn (NaN, infinity).
    pub(crate) fn drawable(&self) -> f64 {
        if self.value.is_finite() {
            self.value
        } else {
            0.0
        }
    }
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The weight of one word at all its places.
#[derive(Debug, Clone, PartialEq)]
pub struct WordWeight {
    /// The word.
    pub word: String,
    /// Its weight.
    pub weight: Weight,
    /// Where it stands, in bytes of the lyrics.
    pub places: Vec<ByteRange>,
    /// Whether the model's token limit leaves it unread.
    pub unread: bool,
}

/// What one player plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MixKind {
    /// The excerpt as it is.
    Song,
    /// One stem alone.
    Stem {
        /// Index into the stems.
        stem: usize,
    },
    /// Only what speaks for a label.
    Reasons {
        /// Index into the explained labels.
        explained: usize,
    },
    /// All but what speaks for a label.
    WithoutReasons {
        /// Index into the explained labels.
        explained: usize,
    },
}

/// Something to listen to.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// What it is.
    pub kind: MixKind,
    /// Its name on the page.
    pub title: String,
    /// One sentence about it.
    pub caption: String,
    /// The sound; any rate and channel count.
    pub waveform: Waveform,
}

impl ReportView {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// No explained label; probabilities, stems, segments, word places or mixes that do not fit.
    pub fn check(&self) -> Result<(), ReportError> {
        let misfit = |what: &str, expected: String, got: String| {
            Err(ReportError::View {
                what: what.to_owned(),
                expected,
                got,
            })
        };
        if self.probabilities.len() != self.labels.len() {
            return misfit(
                "probabilities",
                format!("{} (one a label)", self.labels.len()),
                self.probabilities.len().to_string(),
            );
        }
        if self.explained.is_empty() {
            return misfit("explained labels", "at least 1".into(), "0".into());
        }
        let stems = self.stems.as_ref().map_or(0, Stems::len);
        if !self.segment_names.is_empty() && self.segment_names.len() != self.segments.len() {
            return misfit(
                "names of segments",
                format!("{} (one a segment)", self.segments.len()),
                self.segment_names.len().to_string(),
            );
        }
        let regions = self.regions.as_ref().map_or(0, |image| image.bounds.len());
        if let Some(image) = &self.regions {
            let cells = image.columns * image.rows;
            let fits = image.labels.iter().all(|l| (*l as usize) < regions);
            if image.levels.len() != cells
                || image.labels.len() != cells
                || image.edges_hz.len() != image.rows + 1
                || !fits
            {
                let got = format!(
                    "{} levels, {} labels",
                    image.levels.len(),
                    image.labels.len()
                );
                return misfit(
                    "regions",
                    format!("{cells} cells of {regions} regions"),
                    got,
                );
            }
        }
        for explained in &self.explained {
            if explained.regions.len() != regions {
                return misfit(
                    &format!("region weights of \"{}\"", explained.label),
                    format!("{regions} (one a region)"),
                    explained.regions.len().to_string(),
                );
            }
            let what = format!("audio weights of \"{}\"", explained.label);
            if !explained.audio.is_empty() && explained.audio.len() != stems {
                return misfit(
                    &what,
                    format!("{stems} rows (one a stem)"),
                    explained.audio.len().to_string(),
                );
            }
            if let Some(row) = explained
                .audio
                .iter()
                .find(|row| row.len() != self.segments.len())
            {
                let expected = format!("{} columns (one a segment)", self.segments.len());
                return misfit(&what, expected, row.len().to_string());
            }
            let text = self.lyrics.as_deref().unwrap_or("");
            for word in &explained.words {
                if let Some(place) = word
                    .places
                    .iter()
                    .find(|place| text.get((*place).clone()).is_none())
                {
                    return misfit(
                        &format!("place of the word \"{}\"", word.word),
                        format!("whole characters within {} bytes of lyrics", text.len()),
                        format!("{}..{}", place.start, place.end),
                    );
                }
            }
        }
        if let Some(segment) = self.segments.iter().find(|s| {
            !(s.start_s.is_finite()
                && s.end_s.is_finite()
                && s.start_s >= 0.0
                && s.end_s > s.start_s)
        }) {
            let got = format!("{} s to {} s", segment.start_s, segment.end_s);
            return misfit("segment", "a start from 0 s and a later end".into(), got);
        }
        for mix in &self.mixes {
            let (index, bound, of) = match mix.kind {
                MixKind::Song => continue,
                MixKind::Stem { stem } => (stem, stems, "stems"),
                MixKind::Reasons { explained } | MixKind::WithoutReasons { explained } => {
                    (explained, self.explained.len(), "explained labels")
                }
            };
            if index >= bound {
                return misfit(
                    &format!("mix \"{}\"", mix.title),
                    format!("an index into {bound} {of}"),
                    index.to_string(),
                );
            }
        }
        Ok(())
    }

    /// One of the model's answers as people read it: in per cent, or as the number that it is.
    pub(crate) fn answer(&self, value: f64) -> String {
        if self.output.is_probability() {
            percent(value)
        } else {
            plain(value)
        }
    }

    /// The labels in the order in which people read them: the most probable first, quantities as they are.
    pub(crate) fn reading_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        if self.output.is_probability() {
            order.sort_by(|&a, &b| self.probabilities[b].total_cmp(&self.probabilities[a]));
        }
        order
    }

    /// Where the bars of the answers begin and end: 0 and 1, farther out where quantities are.
    pub(crate) fn bar_range(&self) -> [f64; 2] {
        let finite = || self.probabilities.iter().copied().filter(|x| x.is_finite());
        [finite().fold(0.0, f64::min), finite().fold(1.0, f64::max)]
    }

    /// The share of a bar's room that an answer fills.
    pub(crate) fn bar_share(&self, value: f64) -> f64 {
        let [low, high] = self.bar_range();
        if value.is_finite() {
            (value - low) / (high - low)
        } else {
            0.0
        }
    }

    /// The index of the most probable label.
    pub(crate) fn top_label(&self) -> usize {
        (0..self.probabilities.len())
            .rev()
            .max_by(|&a, &b| self.probabilities[a].total_cmp(&self.probabilities[b]))
            .unwrap_or(0)
    }

    /// The names of the stems that have weights.
    pub(crate) fn stem_names(&self) -> &[String] {
        self.stems.as_ref().map_or(&[], Stems::names)
    }
}
