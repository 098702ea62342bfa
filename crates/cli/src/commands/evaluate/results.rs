//! What an evaluation came to, on paper.

use super::answers::Answers;
use super::predicted::{Predicted, Scores};
use crate::failure::{Failure, OrFail};
use musiclime_evaluation::{ClassifierScores, McNemar};
use musiclime_report::figures::{
    CalibrationBin, CalibrationView, ConfusionView, FigureFormat, calibration, confusion,
};
use serde::Serialize;
use std::path::Path;

/// What one model came to.
#[derive(Serialize)]
pub struct ModelResult {
    /// The model's name.
    pub model: String,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// McNemar's exact p against the first model; none for the first, for models of other labels, and for those that
    /// do not give a song one class.
    pub mcnemar_p: Option<f64>,
    /// The whole test: "first" is the first model, "second" this one.
    pub mcnemar: Option<McNemar>,
    /// Songs that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Songs without a label that the model knows.
    pub left_out: usize,
    /// The answers.
    #[serde(skip)]
    pub predictions: Predicted,
}

/// A song that could not be read.
#[derive(Serialize)]
pub struct Unreadable {
    /// The song.
    pub id: String,
    /// Why.
    pub because: String,
}

impl ModelResult {
    /// Scores a model's answers; `seed` is the bootstrap's, `first` the first model's result.
    ///
    /// # Errors
    /// Answers that are no probabilities.
    pub fn new(
        model: &str,
        answers: Answers,
        left_out: usize,
        seed: u64,
        first: Option<&Self>,
    ) -> Result<Self, Failure> {
        let predictions = answers.predictions;
        let test = first.and_then(|f| f.predictions.compare(&predictions));
        Ok(Self {
            model: model.to_string(),
            scores: predictions.scores(model, seed)?,
            mcnemar_p: test.map(|t| t.p_value),
            mcnemar: test,
            unreadable: answers
                .unreadable
                .into_iter()
                .map(|(id, because)| Unreadable { id, because })
                .collect(),
            left_out,
            predictions,
        })
    }

    /// The result as Markdown; `first` is the name of the first model.
    pub fn to_markdown(&self, first: &str) -> String {
        let mut text = format!("# {}\n\n{}", self.model, self.scores.to_markdown());
        if let Some(test) = self.mcnemar {
            text += &format!(
                "\nMcNemar's test against {first}: p = {:.2e}\n",
                test.p_value
            );
        }
        if self.left_out > 0 {
            text += &format!(
                "\n{} songs were left out: they have no label that the model knows.\n",
                self.left_out
            );
        }
        if !self.unreadable.is_empty() {
            text += &format!("\n{} songs could not be read:\n\n", self.unreadable.len());
            for song in &self.unreadable {
                text += &format!("- {}: {}\n", song.id, song.because);
            }
        }
        text
    }
}

/// Names for files, one a model: its own, with a number behind names that came before.
pub fn file_names(results: &[ModelResult]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for result in results {
        let clean: String = result
            .model
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let mut name = clean.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{clean}-{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// Draws a model's confusion matrix and reliability diagram into `folder`, as PNG and SVG.
///
/// # Errors
/// A folder that cannot be written.
pub fn draw(
    folder: &Path,
    name: &str,
    title: &str,
    labels: &[String],
    scores: &ClassifierScores,
) -> Result<(), Failure> {
    let headline = format!("cannot draw the figures of \"{title}\"");
    std::fs::create_dir_all(folder).or_fail(headline.clone())?;
    let report = &scores.report;
    let accuracy = format!("{} songs, accuracy {}", report.songs, report.accuracy);
    let matrix = ConfusionView {
        title,
        subtitle: &accuracy,
        labels,
        counts: &report.confusion,
    };
    let c = &scores.calibration;
    let bins: Vec<CalibrationBin> = c
        .bins
        .iter()
        .map(|b| CalibrationBin {
            low: b.low,
            high: b.high,
            songs: b.songs,
            confidence: b.confidence.min(1.0),
            accuracy: b.accuracy,
        })
        .collect();
    let errors = format!(
        "expected calibration error {:.3}, Brier score {:.3}",
        c.expected_calibration_error, c.brier_score
    );
    let diagram = CalibrationView {
        title,
        subtitle: &errors,
        bins: &bins,
    };
    for format in FigureFormat::ALL {
        let drawn = [
            ("confusion", confusion(&matrix, format)),
            ("calibration", calibration(&diagram, format)),
        ];
        for (kind, bytes) in drawn {
            let path = folder.join(format!("{kind}-{name}.{}", format.extension()));
            std::fs::write(path, bytes.or_fail(headline.clone())?).or_fail(headline.clone())?;
        }
    }
    Ok(())
}
