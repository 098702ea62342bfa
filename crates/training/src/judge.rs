//! What the network makes of the validation songs, whole.

use crate::batches::{Batch, BatchMaker, Row};
use crate::objective::class;
use crate::{Regression, TrainConfig, TrainingError, ValidationScores};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_core::{LabelSet, OutputKind, Probabilities};
use musiclime_evaluation::{ClassificationReport, GroundTruth, MultiLabelReport, RegressionReport};
use musiclime_model::Network;

/// The probability from which on a tag is given.
const TAG_THRESHOLD: f64 = 0.5;

/// The figures of a validation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// Mean loss, without weights and smoothing.
    pub(crate) loss: f64,
    pub(crate) scores: ValidationScores,
}

/// Logits of a batch, `[rows, classes]`.
pub(crate) fn forward(network: &Network, batch: &Batch, device: &Device) -> Tensor<2> {
    let rows = batch.truth.len();
    let audio = batch.features.as_ref().map(|(values, [frames, mel])| {
        let features = TensorData::new(values.clone(), [rows, *frames, *mel]);
        Tensor::from_data(features, device)
    });
    let lyrics = batch
        .tokens
        .as_ref()
        .map(|tokens| tokens.to_tensors(device));
    network.forward(audio, lyrics)
}

/// Asks the network about every song; a song of several windows gets the mean of their logits, as in inference.
///
/// # Errors
/// Songs that cannot be read any more, or a device that does not answer with numbers.
pub(crate) fn judge(
    network: &Network,
    maker: &BatchMaker,
    config: &TrainConfig,
    labels: &LabelSet,
    device: &Device,
) -> Result<Verdict, TrainingError> {
    let songs = maker.songs();
    let rows: Vec<Row> = (0..songs.len())
        .flat_map(|song| {
            (0..maker.windows(song).len()).map(move |window| Row {
                song,
                window: Some(window),
            })
        })
        .collect();
    let classes = labels.len();
    let mut sums = vec![0.0f64; songs.len() * classes];
    for members in rows.chunks(config.batch) {
        let made = maker.make(members, None)?;
        let logits = forward(network, &made, device);
        let values =
            logits
                .try_into_vec_as::<f32>()
                .map_err(|e| musiclime_model::ModelError::Invalid {
                    what: "logits".into(),
                    expected: "numbers from the device".into(),
                    got: format!("{e:?}"),
                })?;
        for (row, logits) in members.iter().zip(values.chunks_exact(classes)) {
            let sum = &mut sums[row.song * classes..(row.song + 1) * classes];
            sum.iter_mut()
                .zip(logits)
                .for_each(|(a, b)| *a += f64::from(*b));
        }
    }
    for (song, sum) in sums.chunks_exact_mut(classes).enumerate() {
        let windows = maker.windows(song).len() as f64;
        sum.iter_mut().for_each(|x| *x /= windows);
    }
    if !sums.iter().all(|x| x.is_finite()) {
        return Err(TrainingError::NotANumber);
    }
    let answers = Probabilities::from_logits(config.task.output(), classes, sums);
    let truth: Vec<&GroundTruth> = songs.iter().map(|s| &s.truth).collect();
    Ok(match config.task.output() {
        OutputKind::Softmax => classes_verdict(&answers, &truth, labels),
        OutputKind::Sigmoid => tags_verdict(&answers, &truth, labels)?,
        OutputKind::Regression => values_verdict(&answers, &truth, config.regression_loss)?,
    })
}

fn classes_verdict(answers: &Probabilities, truth: &[&GroundTruth], labels: &LabelSet) -> Verdict {
    let truth: Vec<usize> = truth.iter().map(|t| class(t)).collect();
    let predicted: Vec<usize> = (0..truth.len()).map(|i| answers.ranking(i)[0]).collect();
    let surprise =
        |(i, label): (usize, &usize)| -answers.row(i)[*label].max(f64::MIN_POSITIVE).ln();
    let report = ClassificationReport::new(labels, &truth, &predicted);
    let hits = truth.iter().zip(&predicted).filter(|(t, p)| t == p).count();
    let songs = truth.len() as f64;
    Verdict {
        loss: truth.iter().enumerate().map(surprise).sum::<f64>() / songs,
        scores: ValidationScores::Classes {
            macro_f1: report.macro_average.f1,
            validation_accuracy: hits as f64 / songs,
        },
    }
}

fn tags_verdict(
    answers: &Probabilities,
    truth: &[&GroundTruth],
    labels: &LabelSet,
) -> Result<Verdict, TrainingError> {
    let truth: Vec<Vec<bool>> = truth
        .iter()
        .map(|t| match t {
            GroundTruth::Tags(tags) => tags.clone(),
            other => unreachable!("tags are prepared for this task, not {other:?}"),
        })
        .collect();
    let surprise: f64 = truth
        .iter()
        .flatten()
        .zip(answers.logits())
        // softplus, of the logit's other sign where the tag is there
        .map(|(has, x)| if *has { -x } else { *x })
        .map(|x| x.max(0.0) + (-x.abs()).exp().ln_1p())
        .sum();
    let report = MultiLabelReport::new(labels, &truth, answers, TAG_THRESHOLD)?;
    Ok(Verdict {
        loss: surprise / answers.logits().len() as f64,
        scores: ValidationScores::Tags {
            mean_average_precision: report.macro_average_precision.unwrap_or(0.0),
            macro_f1: report.macro_f1,
        },
    })
}

fn values_verdict(
    answers: &Probabilities,
    truth: &[&GroundTruth],
    loss: Regression,
) -> Result<Verdict, TrainingError> {
    let values = answers.classes();
    let truth: Vec<f64> = truth
        .iter()
        .flat_map(|t| match t {
            GroundTruth::Values(values) => values.clone(),
            other => unreachable!("quantities are prepared for this task, not {other:?}"),
        })
        .collect();
    let off = || answers.values().iter().zip(&truth).map(|(p, t)| p - t);
    let column = |all: &[f64], i| all.iter().skip(i).step_by(values).copied().collect();
    let mut r2 = 0.0;
    for i in 0..values {
        let (truth, said): (Vec<f64>, Vec<f64>) = (column(&truth, i), column(answers.values(), i));
        r2 += RegressionReport::new(&truth, &said)?.r2;
    }
    let count = truth.len() as f64;
    Ok(Verdict {
        loss: off().map(|x| loss.of(x)).sum::<f64>() / count,
        scores: ValidationScores::Values {
            mean_r2: r2 / values as f64,
            root_mean_squared_error: (off().map(|x| x * x).sum::<f64>() / count).sqrt(),
        },
    })
}
