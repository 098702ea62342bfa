//! The paper's table of models, its numbers beside ours.

use crate::{BootstrapInterval, ClassifierScores, McNemar, csv};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The numbers of a paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedTable {
    /// The paper.
    pub paper: String,
    /// The data that it was measured on.
    pub data: String,
    /// Test songs.
    pub test_songs: usize,
    /// One row a model.
    pub rows: Vec<PublishedRow>,
}

/// One model of a paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedRow {
    /// `genre` or `emotion`.
    pub task: String,
    /// `lyrics`, `audio` or `both`.
    pub modality: String,
    /// Share of right answers.
    pub accuracy: f64,
    /// Mean F1 over the classes.
    pub macro_f1: f64,
}

impl PublishedTable {
    /// The six models of MusicLIME on Music4All.
    ///
    /// # Errors
    /// None, unless the file that is compiled in is broken.
    ///
    /// # Source
    /// arXiv 2409.10496, the table of the models' performance; kept in `data/music4all_models.json`.
    pub fn music4all() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../data/music4all_models.json"))
    }

    /// The row of a task and a modality.
    pub fn row(&self, task: &str, modality: &str) -> Option<&PublishedRow> {
        self.rows
            .iter()
            .find(|r| r.task == task && r.modality == modality)
    }
}

/// Our models beside a paper's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelTable {
    /// The paper.
    pub paper: String,
    /// In one sentence, that and how the data differ.
    pub remark: String,
    /// One row a model.
    pub rows: Vec<TableRow>,
}

/// One of our models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableRow {
    /// `genre` or `emotion`.
    pub task: String,
    /// `lyrics`, `audio` or `both`.
    pub modality: String,
    /// The paper's accuracy, where it has this model.
    pub published_accuracy: Option<f64>,
    /// The paper's macro F1.
    pub published_macro_f1: Option<f64>,
    /// Test songs.
    pub songs: usize,
    /// Share of right answers.
    pub accuracy: BootstrapInterval,
    /// Mean F1 over the classes.
    pub macro_f1: BootstrapInterval,
    /// Mean F1 weighted by the classes' songs.
    pub weighted_f1: f64,
    /// Expected calibration error.
    pub expected_calibration_error: f64,
    /// The model that hears and reads, the first, against this one; none for itself.
    pub both_against_this: Option<McNemar>,
}

impl ModelTable {
    /// An empty table beside a paper's; `data` and `songs` are ours.
    pub fn new(published: &PublishedTable, data: &str, songs: usize) -> Self {
        Self {
            paper: published.paper.clone(),
            remark: format!(
                "The data differ: the paper's numbers are of {} ({} test songs), ours of {data} ({songs} test songs); only the \
                 order of the models can be compared, not their accuracies.",
                published.data, published.test_songs
            ),
            rows: Vec::new(),
        }
    }

    /// Adds a model.
    pub fn push(
        &mut self,
        published: &PublishedTable,
        task: &str,
        modality: &str,
        scores: &ClassifierScores,
        both_against_this: Option<McNemar>,
    ) {
        let theirs = published.row(task, modality);
        self.rows.push(TableRow {
            task: task.to_string(),
            modality: modality.to_string(),
            published_accuracy: theirs.map(|r| r.accuracy),
            published_macro_f1: theirs.map(|r| r.macro_f1),
            songs: scores.report.songs,
            accuracy: scores.accuracy_bootstrap,
            macro_f1: scores.macro_f1_bootstrap,
            weighted_f1: scores.report.weighted_average.f1,
            expected_calibration_error: scores.calibration.expected_calibration_error,
            both_against_this,
        });
    }

    /// A Markdown table, the remark above it.
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "{}\n\nIntervals are 95 % percentile bootstrap intervals over songs; p is McNemar's exact test of both against the \
             row's model.\n\n\
             | task | modality | {paper}: accuracy | macro F1 | ours: accuracy | macro F1 | p, both against it |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n",
            self.remark,
            paper = self.paper
        );
        for row in &self.rows {
            let published = |x: Option<f64>, percent: bool| match x {
                Some(x) if percent => format!("{:.2} %", 100.0 * x),
                Some(x) => format!("{x:.2}"),
                None => "-".to_string(),
            };
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} |",
                row.task,
                row.modality,
                published(row.published_accuracy, true),
                published(row.published_macro_f1, false),
                in_percent(&row.accuracy),
                row.macro_f1,
                row.both_against_this
                    .map_or(String::new(), |m| format!("{:.1e}", m.p_value))
            );
        }
        text
    }

    /// One line a model, with a header; the remark is the last column of each line.
    pub fn to_csv(&self) -> String {
        let mut text = String::from(
            "task,modality,published_accuracy,published_macro_f1,songs,accuracy,accuracy_low,accuracy_high,macro_f1,\
             macro_f1_low,macro_f1_high,weighted_f1,expected_calibration_error,only_both_right,only_this_right,mcnemar_p,\
             remark\n",
        );
        for row in &self.rows {
            let number = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
            let count = |x: Option<usize>| x.map_or(String::new(), |x| x.to_string());
            let test = row.both_against_this;
            let fields = [
                row.task.clone(),
                row.modality.clone(),
                number(row.published_accuracy),
                number(row.published_macro_f1),
                row.songs.to_string(),
                row.accuracy.value.to_string(),
                row.accuracy.low.to_string(),
                row.accuracy.high.to_string(),
                row.macro_f1.value.to_string(),
                row.macro_f1.low.to_string(),
                row.macro_f1.high.to_string(),
                row.weighted_f1.to_string(),
                row.expected_calibration_error.to_string(),
                count(test.map(|m| m.only_first)),
                count(test.map(|m| m.only_second)),
                number(test.map(|m| m.p_value)),
                self.remark.clone(),
            ];
            let fields: Vec<_> = fields.iter().map(|f| csv::field(f)).collect();
            text += &fields.join(",");
            text.push('\n');
        }
        text
    }
}

fn in_percent(x: &BootstrapInterval) -> String {
    format!(
        "{:.2} % ({:.2} to {:.2})",
        100.0 * x.value,
        100.0 * x.low,
        100.0 * x.high
    )
}
