//! What the network makes of the validation songs, whole.

use crate::TrainingError;
use crate::batches::{Batch, BatchMaker, Row};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_core::{LabelSet, Probabilities};
use musiclime_evaluation::ClassificationReport;
use musiclime_model::Network;

/// The figures of a validation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// Mean negative log-probability of the right class.
    pub(crate) loss: f64,
    pub(crate) accuracy: f64,
    pub(crate) macro_f1: f64,
}

/// Logits of a batch, `[rows, classes]`.
pub(crate) fn forward(network: &Network, batch: &Batch, device: &Device) -> Tensor<2> {
    let rows = batch.labels.len();
    let audio = batch.features.as_ref().map(|(values, [frames, mel])| {
        let features = TensorData::new(values.clone(), [rows, *frames, *mel]);
        Tensor::from_data(features, device)
    });
    let lyrics = batch.tokens.as_ref().map(|t| t.to_tensors(device));
    network.forward(audio, lyrics)
}

/// Asks the network about every song; a song of several windows gets the mean of their logits, as in inference.
///
/// # Errors
/// Songs that cannot be read any more, or a device that does not answer with numbers.
pub(crate) fn judge(
    network: &Network,
    maker: &BatchMaker,
    labels: &LabelSet,
    batch: usize,
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
    for members in rows.chunks(batch) {
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
    let answers = Probabilities::softmax(classes, sums);
    let truth: Vec<usize> = songs.iter().map(|s| s.label).collect();
    let predicted: Vec<usize> = (0..songs.len()).map(|i| answers.ranking(i)[0]).collect();
    let surprise =
        |(i, label): (usize, &usize)| -answers.row(i)[*label].max(f64::MIN_POSITIVE).ln();
    let report = ClassificationReport::new(labels, &truth, &predicted);
    let hits = truth.iter().zip(&predicted).filter(|(t, p)| t == p).count();
    Ok(Verdict {
        loss: truth.iter().enumerate().map(surprise).sum::<f64>() / songs.len() as f64,
        accuracy: hits as f64 / songs.len() as f64,
        macro_f1: report.macro_average.f1,
    })
}
