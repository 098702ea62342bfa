use crate::{EvaluationError, MultiLabelReport, csv};
use musiclime_core::{LabelSet, OutputKind, Probabilities};
use std::fmt::Write;

/// What a tagger said about the songs of a test set.
#[derive(Debug, Clone, PartialEq)]
pub struct TagPredictions {
    /// The tags.
    pub labels: LabelSet,
    /// The songs, in the test set's order.
    pub songs: Vec<TaggedSong>,
}

/// What a tagger said about one song.
#[derive(Debug, Clone, PartialEq)]
pub struct TaggedSong {
    /// The song.
    pub id: String,
    /// Whether it has each tag, `[tags]`.
    pub truth: Vec<bool>,
    /// One probability a tag, `[tags]`.
    pub probabilities: Vec<f64>,
}

impl TagPredictions {
    /// Scores them; a tag is given from `threshold` on.
    ///
    /// # Errors
    /// No song, a song with another number of tags, or numbers that are no probabilities.
    pub fn report(&self, threshold: f64) -> Result<MultiLabelReport, EvaluationError> {
        let tags = self.labels.len();
        if self.songs.is_empty() {
            return Err(EvaluationError::NoSongs);
        }
        for song in &self.songs {
            check_lengths(&song.id, tags, song.truth.len(), song.probabilities.len())?;
        }
        let truth: Vec<Vec<bool>> = self.songs.iter().map(|s| s.truth.clone()).collect();
        let values = self.songs.iter().flat_map(|s| &s.probabilities).copied();
        let probabilities = Probabilities::from_values(tags, values.collect());
        let probabilities = probabilities.with_output(OutputKind::Sigmoid);
        MultiLabelReport::new(&self.labels, &truth, &probabilities, threshold)
    }

    /// One line a song: id, and for each tag whether it is there (1 or 0) and its probability; with a header.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("id");
        for name in self.labels.names() {
            let (truth, p) = (format!("true_{name}"), format!("p_{name}"));
            // Writing to a string does not fail.
            let _ = write!(text, ",{},{}", csv::field(&truth), csv::field(&p));
        }
        text.push('\n');
        for song in &self.songs {
            text += &csv::field(&song.id);
            for (has, p) in song.truth.iter().zip(&song.probabilities) {
                let _ = write!(text, ",{},{p}", u8::from(*has));
            }
            text.push('\n');
        }
        text
    }
}

/// Refuses a song that has not one truth and one prediction a label.
pub(crate) fn check_lengths(
    song: &str,
    labels: usize,
    truth: usize,
    predicted: usize,
) -> Result<(), EvaluationError> {
    if (truth, predicted) == (labels, labels) {
        return Ok(());
    }
    Err(EvaluationError::Prediction {
        song: song.to_string(),
        expected: format!("{labels} truths and {labels} predictions"),
        got: format!("{truth} and {predicted}"),
    })
}
