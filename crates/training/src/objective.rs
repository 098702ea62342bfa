//! The loss of each kind of output.

use crate::losses::{BinaryCrossEntropy, CrossEntropy, LossSum, Regression};
use crate::songs::TrainingSong;
use crate::{ClassWeights, TrainConfig, TrainTask, TrainingError};
use burn::tensor::{Tensor, TensorData};
use musiclime_evaluation::GroundTruth;

/// What a fit makes small.
pub(crate) enum Objective {
    /// One class a song.
    Classes(CrossEntropy),
    /// Tags.
    Tags(BinaryCrossEntropy),
    /// Quantities.
    Values(Regression),
}

impl Objective {
    /// The loss of a run, weighted by what the training songs are.
    ///
    /// # Errors
    /// Weights that do not fit the songs.
    pub(crate) fn new(
        config: &TrainConfig,
        songs: &[TrainingSong],
        labels: usize,
    ) -> Result<Self, TrainingError> {
        match config.task {
            TrainTask::Genre | TrainTask::Emotion => {
                let classes: Vec<usize> = songs.iter().map(|s| class(&s.truth)).collect();
                let weights = config.class_weights.resolve(&classes, labels)?;
                CrossEntropy::new(weights, config.label_smoothing).map(Self::Classes)
            }
            TrainTask::Tags => Ok(Self::Tags(BinaryCrossEntropy {
                positive_weights: positive_weights(&config.class_weights, songs, labels)?,
            })),
            TrainTask::Mood => Ok(Self::Values(config.regression_loss)),
        }
    }

    /// The loss of a batch.
    ///
    /// # Shapes
    /// `logits`: `[batch, labels]`, `truth`: `[batch]`.
    pub(crate) fn forward(&self, logits: Tensor<2>, truth: &[GroundTruth]) -> LossSum {
        match self {
            Self::Classes(loss) => {
                let classes: Vec<usize> = truth.iter().map(class).collect();
                loss.forward(logits, &classes)
            }
            Self::Tags(loss) => {
                let targets = targets(truth, &logits);
                loss.forward(logits, targets)
            }
            Self::Values(loss) => {
                let targets = targets(truth, &logits);
                loss.forward(logits, targets)
            }
        }
    }
}

/// The class of a song that has one.
pub(crate) fn class(truth: &GroundTruth) -> usize {
    match truth {
        GroundTruth::Class(class) => *class,
        other => unreachable!("a class is prepared for this task, not {other:?}"),
    }
}

/// Tags as 0 and 1, or quantities, `[batch, labels]`.
fn targets(truth: &[GroundTruth], logits: &Tensor<2>) -> Tensor<2> {
    let values: Vec<f32> = truth
        .iter()
        .flat_map(|truth| match truth {
            GroundTruth::Tags(tags) => tags.iter().map(|t| f32::from(u8::from(*t))).collect(),
            GroundTruth::Values(values) => values.iter().map(|v| *v as f32).collect(),
            GroundTruth::Class(_) => Vec::new(),
        })
        .collect();
    Tensor::from_data(TensorData::new(values, logits.dims()), &logits.device())
}

/// How much more a tag counts where it is there: songs without it over songs with it, if balanced.
fn positive_weights(
    weights: &ClassWeights,
    songs: &[TrainingSong],
    tags: usize,
) -> Result<Option<Vec<f64>>, TrainingError> {
    match weights {
        ClassWeights::Equal => Ok(None),
        // The check of given weights is the same as for classes, and needs no song.
        ClassWeights::Given(_) => weights.resolve(&[], tags).map(Some),
        ClassWeights::Balanced => {
            let mut counts = vec![0usize; tags];
            for song in songs {
                if let GroundTruth::Tags(has) = &song.truth {
                    let there = counts.iter_mut().zip(has).filter(|(_, has)| **has);
                    there.for_each(|(count, _)| *count += 1);
                }
            }
            if let Some(tag) = counts.iter().position(|n| *n == 0) {
                return Err(TrainingError::Setting {
                    what: "class_weights",
                    expected: "a training song of every tag, to balance them",
                    got: format!("none of tag {tag}"),
                });
            }
            // A tag that every song has keeps a little weight.
            let weight = |n: usize| (songs.len() - n).max(1) as f64 / n as f64;
            Ok(Some(counts.into_iter().map(weight).collect()))
        }
    }
}
