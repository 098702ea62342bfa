use crate::{
    BootstrapInterval, Calibration, ClassificationReport, EvaluationError, McNemar, csv, mcnemar,
};
use musiclime_core::{LabelSet, Probabilities};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write;

/// Bins of a reliability diagram.
pub const CALIBRATION_BINS: usize = 10;

/// What a classifier said about the songs of a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// The classes.
    pub labels: LabelSet,
    /// The songs, in the test set's order.
    pub songs: Vec<PredictedSong>,
}

/// What a classifier said about one song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedSong {
    /// The song.
    pub id: String,
    /// Index of the true class.
    pub truth: usize,
    /// One probability a class.
    pub probabilities: Vec<f64>,
}

/// The scores of one classifier on one test set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassifierScores {
    /// Accuracy, precision, recall, F1 and the confusion matrix.
    #[serde(flatten)]
    pub report: ClassificationReport,
    /// Accuracy with its bootstrap interval.
    pub accuracy_bootstrap: BootstrapInterval,
    /// Macro F1 with its bootstrap interval.
    pub macro_f1_bootstrap: BootstrapInterval,
    /// Whether it is right as often as it says.
    pub calibration: Calibration,
}

impl Predictions {
    /// The true classes.
    pub fn truth(&self) -> Vec<usize> {
        self.songs.iter().map(|s| s.truth).collect()
    }

    /// The most probable class of each song, the first of equals.
    pub fn predicted(&self) -> Vec<usize> {
        let probabilities = self.probabilities();
        (0..self.songs.len())
            .map(|i| probabilities.ranking(i)[0])
            .collect()
    }

    /// All probabilities.
    pub fn probabilities(&self) -> Probabilities {
        let values = self
            .songs
            .iter()
            .flat_map(|s| s.probabilities.iter().copied())
            .collect();
        Probabilities::from_values(self.labels.len(), values)
    }

    /// Scores them; `seed` is the bootstrap's.
    ///
    /// # Errors
    /// No song, a song with another number of probabilities than there are classes or with an unknown class, or numbers
    /// that are no probabilities.
    pub fn scores(&self, seed: u64) -> Result<ClassifierScores, EvaluationError> {
        self.check()?;
        let (truth, predicted) = (self.truth(), self.predicted());
        Ok(ClassifierScores {
            report: ClassificationReport::new(&self.labels, &truth, &predicted),
            accuracy_bootstrap: BootstrapInterval::accuracy(&truth, &predicted, seed),
            macro_f1_bootstrap: BootstrapInterval::macro_f1(&self.labels, &truth, &predicted, seed),
            calibration: Calibration::new(&truth, &self.probabilities(), CALIBRATION_BINS)?,
        })
    }

    fn check(&self) -> Result<(), EvaluationError> {
        let classes = self.labels.len();
        if self.songs.is_empty() {
            return Err(EvaluationError::NoSongs);
        }
        match self
            .songs
            .iter()
            .find(|s| s.probabilities.len() != classes || s.truth >= classes)
        {
            Some(song) => Err(EvaluationError::Prediction {
                song: song.id.clone(),
                expected: format!("{classes} probabilities and a true class below {classes}"),
                got: format!(
                    "{} probabilities and class {}",
                    song.probabilities.len(),
                    song.truth
                ),
            }),
            None => Ok(()),
        }
    }

    /// McNemar's test of `self`, the first, against `other` on the songs that both have answered; and how many those are.
    pub fn compare(&self, other: &Self) -> (McNemar, usize) {
        let theirs: HashMap<&str, usize> = other
            .songs
            .iter()
            .zip(other.predicted())
            .map(|(song, predicted)| (song.id.as_str(), predicted))
            .collect();
        let (mut truth, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for (song, predicted) in self.songs.iter().zip(self.predicted()) {
            if let Some(&their) = theirs.get(song.id.as_str()) {
                truth.push(song.truth);
                first.push(predicted);
                second.push(their);
            }
        }
        (mcnemar(&truth, &first, &second), truth.len())
    }

    /// One line a song: id, true class, predicted class, and one probability a class; with a header.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("id,true,predicted");
        let names = self.labels.names();
        for name in names {
            // Writing to a string does not fail.
            let _ = write!(text, ",{}", csv::field(&format!("p_{name}")));
        }
        text.push('\n');
        for (song, predicted) in self.songs.iter().zip(self.predicted()) {
            let _ = write!(
                text,
                "{},{},{}",
                csv::field(&song.id),
                csv::field(&names[song.truth]),
                csv::field(&names[predicted])
            );
            for p in &song.probabilities {
                let _ = write!(text, ",{p}");
            }
            text.push('\n');
        }
        text
    }
}

impl ClassifierScores {
    /// Markdown tables.
    pub fn to_markdown(&self) -> String {
        let c = &self.calibration;
        format!(
            "{}\nBootstrap intervals (95 %): accuracy {}, macro F1 {}. Calibration: expected error {:.3}, Brier score {:.3}, \
             negative log-likelihood {:.3}.\n",
            self.report.to_markdown(),
            self.accuracy_bootstrap,
            self.macro_f1_bootstrap,
            c.expected_calibration_error,
            c.brier_score,
            c.negative_log_likelihood
        )
    }
}
