use crate::Proportion;
use musiclime_core::LabelSet;
use serde::Serialize;
use std::fmt::Write;

/// How well a classifier's answers agree with the truth.
///
/// Category: accuracy; for every figure higher is better.
///
/// # Source
/// `sklearn.metrics.classification_report` with `zero_division=0`: a class that is never predicted has precision 0, one
/// that never occurs has recall 0, and averages run over all classes of the label set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationReport {
    /// Songs.
    pub songs: usize,
    /// Share of right answers.
    pub accuracy: Proportion,
    /// One row a class.
    pub classes: Vec<ClassRow>,
    /// Unweighted mean over the classes.
    pub macro_average: Average,
    /// Mean weighted by how often each class occurs.
    pub weighted_average: Average,
    /// `[truth][predicted]`.
    pub confusion: Vec<Vec<usize>>,
}

/// One class of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassRow {
    /// The class.
    pub label: String,
    /// Share of its predictions that are right.
    pub precision: f64,
    /// Share of its songs that are found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// How often it occurs.
    pub support: usize,
}

/// A mean over classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Average {
    /// Mean precision.
    pub precision: f64,
    /// Mean recall.
    pub recall: f64,
    /// Mean F1.
    pub f1: f64,
}

fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

impl ClassificationReport {
    /// Compares answers with the truth; both are class indices.
    ///
    /// # Panics
    /// If the vectors differ in length or an index is no class.
    pub fn new(labels: &LabelSet, truth: &[usize], predicted: &[usize]) -> Self {
        assert_eq!(truth.len(), predicted.len(), "one prediction a song");
        let n = labels.len();
        let mut confusion = vec![vec![0usize; n]; n];
        for (t, p) in truth.iter().zip(predicted) {
            confusion[*t][*p] += 1;
        }
        let classes: Vec<ClassRow> = (0..n)
            .map(|c| {
                let hits = confusion[c][c];
                let support: usize = confusion[c].iter().sum();
                let said: usize = confusion.iter().map(|row| row[c]).sum();
                ClassRow {
                    label: labels.names()[c].clone(),
                    precision: ratio(hits, said),
                    recall: ratio(hits, support),
                    // 2 P R / (P + R), without the division by zero.
                    f1: ratio(2 * hits, said + support),
                    support,
                }
            })
            .collect();
        let songs = truth.len();
        let mean = |weight: &dyn Fn(&ClassRow) -> f64| Average {
            precision: classes.iter().map(|c| c.precision * weight(c)).sum(),
            recall: classes.iter().map(|c| c.recall * weight(c)).sum(),
            f1: classes.iter().map(|c| c.f1 * weight(c)).sum(),
        };
        let hits = (0..n).map(|c| confusion[c][c]).sum();
        Self {
            songs,
            accuracy: Proportion::new(hits, songs),
            macro_average: mean(&|_| 1.0 / n as f64),
            weighted_average: mean(&|c| ratio(c.support, songs)),
            classes,
            confusion,
        }
    }

    /// The report as Markdown tables.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("{} songs, accuracy {}\n\n", self.songs, self.accuracy);
        text += "| class | precision | recall | F1 | songs |\n| --- | --- | --- | --- | --- |\n";
        let mut row = |name: &str, p: f64, r: f64, f1: f64, songs: usize| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "| {name} | {p:.3} | {r:.3} | {f1:.3} | {songs} |");
        };
        for c in &self.classes {
            row(&c.label, c.precision, c.recall, c.f1, c.support);
        }
        for (name, a) in [
            ("macro", self.macro_average),
            ("weighted", self.weighted_average),
        ] {
            row(name, a.precision, a.recall, a.f1, self.songs);
        }
        text
    }
}
