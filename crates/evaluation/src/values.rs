use crate::tags::check_lengths;
use crate::{EvaluationError, RegressionReport, csv};
use musiclime_core::LabelSet;
use serde::Serialize;
use std::fmt::Write;

/// What a model of quantities, such as valence and energy, said about the songs of a test set.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuePredictions {
    /// The quantities.
    pub labels: LabelSet,
    /// The songs, in the test set's order.
    pub songs: Vec<ValuedSong>,
}

/// What a model of quantities said about one song.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuedSong {
    /// The song.
    pub id: String,
    /// The true quantities, `[values]`.
    pub truth: Vec<f64>,
    /// The predicted ones, `[values]`.
    pub predicted: Vec<f64>,
}

/// How near the predicted quantities are to the true ones, each on its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValuesReport {
    /// Songs.
    pub songs: usize,
    /// Mean R2 of the quantities.
    pub mean_r2: f64,
    /// One row a quantity.
    pub values: Vec<ValueRow>,
}

/// One quantity of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueRow {
    /// The quantity.
    pub value: String,
    /// Its figures.
    #[serde(flatten)]
    pub report: RegressionReport,
}

impl ValuePredictions {
    /// Scores them.
    ///
    /// # Errors
    /// No song, a song with another number of quantities, or numbers that are not finite.
    pub fn report(&self) -> Result<ValuesReport, EvaluationError> {
        if self.songs.is_empty() {
            return Err(EvaluationError::NoSongs);
        }
        let names = self.labels.names();
        for song in &self.songs {
            check_lengths(
                &song.id,
                names.len(),
                song.truth.len(),
                song.predicted.len(),
            )?;
        }
        let values = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let truth: Vec<f64> = self.songs.iter().map(|s| s.truth[i]).collect();
                let predicted: Vec<f64> = self.songs.iter().map(|s| s.predicted[i]).collect();
                Ok(ValueRow {
                    value: name.clone(),
                    report: RegressionReport::new(&truth, &predicted)?,
                })
            })
            .collect::<Result<Vec<ValueRow>, EvaluationError>>()?;
        Ok(ValuesReport {
            songs: self.songs.len(),
            mean_r2: values.iter().map(|v| v.report.r2).sum::<f64>() / values.len() as f64,
            values,
        })
    }

    /// One line a song: id, and each quantity, true and predicted; with a header.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("id");
        for name in self.labels.names() {
            let (truth, predicted) = (format!("true_{name}"), format!("predicted_{name}"));
            // Writing to a string does not fail.
            let _ = write!(text, ",{},{}", csv::field(&truth), csv::field(&predicted));
        }
        text.push('\n');
        for song in &self.songs {
            text += &csv::field(&song.id);
            for (truth, predicted) in song.truth.iter().zip(&song.predicted) {
                let _ = write!(text, ",{truth},{predicted}");
            }
            text.push('\n');
        }
        text
    }
}

impl ValuesReport {
    /// The report as a Markdown table.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("{} songs, mean R² {:.3}\n\n", self.songs, self.mean_r2);
        text += "| value | mean absolute error | RMSE | R² | Pearson |\n| --- | --- | --- | --- | --- |\n";
        for ValueRow { value, report: r } in &self.values {
            let pearson = r.pearson.map_or("–".to_string(), |p| format!("{p:.3}"));
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| {value} | {:.3} | {:.3} | {:.3} | {pearson} |",
                r.mean_absolute_error, r.root_mean_squared_error, r.r2
            );
        }
        text
    }
}
