//! A model's answers beside what is true, by the kind of its outputs.

use super::test_songs::TestSong;
use crate::failure::{Failure, OrFail};
use musiclime_core::{LabelSet, OutputKind};
use musiclime_evaluation::{
    ClassifierScores, GroundTruth, McNemar, MultiLabelReport, PredictedSong, Predictions,
    TagPredictions, TaggedSong, ValuePredictions, ValuedSong, ValuesReport,
};
use musiclime_training::TrainTask;
use serde::Serialize;

/// The probability from which on a tag is given.
const TAG_THRESHOLD: f64 = 0.5;

/// What a model said about the songs of a test set.
pub enum Predicted {
    /// One class a song.
    Classes(Predictions),
    /// Tags.
    Tags(TagPredictions),
    /// Quantities.
    Values(ValuePredictions),
}

/// How good that is.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Scores {
    /// One class a song.
    Classes(Box<ClassifierScores>),
    /// Tags.
    Tags(MultiLabelReport),
    /// Quantities.
    Values(ValuesReport),
}

impl Predicted {
    /// Answers in the order of the songs; a song's truth is of the kind that the task has.
    pub fn new(labels: LabelSet, answered: Vec<(&TestSong, Vec<f64>)>, task: TrainTask) -> Self {
        let of_kind = answered
            .into_iter()
            .map(|(song, answer)| (song.id.clone(), song.truth.clone(), answer));
        match task.output() {
            OutputKind::Softmax => Self::Classes(Predictions {
                labels,
                songs: of_kind
                    .filter_map(|(id, truth, probabilities)| match truth {
                        GroundTruth::Class(truth) => Some(PredictedSong {
                            id,
                            truth,
                            probabilities,
                        }),
                        _ => None,
                    })
                    .collect(),
            }),
            OutputKind::Sigmoid => Self::Tags(TagPredictions {
                labels,
                songs: of_kind
                    .filter_map(|(id, truth, probabilities)| match truth {
                        GroundTruth::Tags(truth) => Some(TaggedSong {
                            id,
                            truth,
                            probabilities,
                        }),
                        _ => None,
                    })
                    .collect(),
            }),
            OutputKind::Regression => Self::Values(ValuePredictions {
                labels,
                songs: of_kind
                    .filter_map(|(id, truth, predicted)| match truth {
                        GroundTruth::Values(truth) => Some(ValuedSong {
                            id,
                            truth,
                            predicted,
                        }),
                        _ => None,
                    })
                    .collect(),
            }),
        }
    }

    /// The classes' predictions.
    ///
    /// # Errors
    /// A tagger or a model of quantities.
    pub fn into_classes(self) -> Result<Predictions, Failure> {
        match self {
            Self::Classes(predictions) => Ok(predictions),
            Self::Tags(_) | Self::Values(_) => {
                Err(Failure::new("the model does not give a song one class")
                    .hint("a model of genres or emotions"))
            }
        }
    }

    /// Scores them; `seed` is the bootstrap's.
    ///
    /// # Errors
    /// Answers that are no probabilities, or not finite.
    pub fn scores(&self, model: &str, seed: u64) -> Result<Scores, Failure> {
        let headline = format!("cannot score the model \"{model}\"");
        Ok(match self {
            Self::Classes(p) => Scores::Classes(Box::new(p.scores(seed).or_fail(headline)?)),
            Self::Tags(p) => Scores::Tags(p.report(TAG_THRESHOLD).or_fail(headline)?),
            Self::Values(p) => Scores::Values(p.report().or_fail(headline)?),
        })
    }

    /// McNemar's test of `self`, the first, against `other`; `None` unless both name one of the same classes.
    pub fn compare(&self, other: &Self) -> Option<McNemar> {
        match (self, other) {
            (Self::Classes(a), Self::Classes(b)) if a.labels == b.labels => Some(a.compare(b).0),
            _ => None,
        }
    }

    /// One line a song, with a header.
    pub fn to_csv(&self) -> String {
        match self {
            Self::Classes(p) => p.to_csv(),
            Self::Tags(p) => p.to_csv(),
            Self::Values(p) => p.to_csv(),
        }
    }
}

impl Scores {
    /// Markdown tables.
    pub fn to_markdown(&self) -> String {
        match self {
            Self::Classes(scores) => scores.to_markdown(),
            Self::Tags(report) => report.to_markdown(),
            Self::Values(report) => report.to_markdown(),
        }
    }
}
