use crate::EvaluationError;
use crate::calibration::check_probabilities;
use musiclime_core::{LabelSet, Probabilities};
use serde::Serialize;
use std::fmt::Write;

/// How well a tagger, which gives a song any number of tags, agrees with the truth.
///
/// Category: accuracy; for every figure higher is better.
///
/// # Source
/// `sklearn.metrics`: `f1_score` with `zero_division=0`, `roc_auc_score` and `average_precision_score`. A tag that no song
/// or every song has, has no ROC-AUC, and one that no song has, has no average precision; means leave it out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MultiLabelReport {
    /// Songs.
    pub songs: usize,
    /// The probability from which on a tag is given.
    pub threshold: f64,
    /// One row a tag.
    pub tags: Vec<TagRow>,
    /// F1 over all decisions together.
    pub micro_f1: f64,
    /// Mean F1 over the tags.
    pub macro_f1: f64,
    /// Mean ROC-AUC over the tags that have one.
    pub macro_roc_auc: Option<f64>,
    /// Mean average precision over the tags that have one.
    pub macro_average_precision: Option<f64>,
}

/// One tag of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TagRow {
    /// The tag.
    pub tag: String,
    /// Songs that have it.
    pub support: usize,
    /// Share of its predictions that are right.
    pub precision: f64,
    /// Share of its songs that are found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Probability that a song that has it gets a higher score than one that has not.
    pub roc_auc: Option<f64>,
    /// Area under precision over recall, as a step function.
    pub average_precision: Option<f64>,
}

impl MultiLabelReport {
    /// Compares tags with the truth; a tag is given from `threshold` on.
    ///
    /// # Shapes
    /// `truth`: `[songs][tags]`; `probabilities`: `[songs, tags]`.
    ///
    /// # Errors
    /// A probability that is not a number from 0 to 1.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn new(
        labels: &LabelSet,
        truth: &[Vec<bool>],
        probabilities: &Probabilities,
        threshold: f64,
    ) -> Result<Self, EvaluationError> {
        assert_eq!(truth.len(), probabilities.rows(), "one row a song");
        assert!(
            truth.iter().all(|row| row.len() == labels.len()),
            "one truth a tag"
        );
        check_probabilities(probabilities)?;
        let (mut all_hits, mut all_said, mut all_support) = (0, 0, 0);
        let tags: Vec<TagRow> = labels
            .names()
            .iter()
            .enumerate()
            .map(|(tag, name)| {
                let mut scored: Vec<(f64, bool)> = truth
                    .iter()
                    .enumerate()
                    .map(|(song, row)| (probabilities.row(song)[tag], row[tag]))
                    .collect();
                scored.sort_by(|a, b| b.0.total_cmp(&a.0));
                let support = scored.iter().filter(|(_, has)| *has).count();
                let said = scored.iter().filter(|(p, _)| *p >= threshold).count();
                let hits = scored
                    .iter()
                    .filter(|(p, has)| *has && *p >= threshold)
                    .count();
                all_hits += hits;
                all_said += said;
                all_support += support;
                TagRow {
                    tag: name.clone(),
                    support,
                    precision: ratio(hits, said),
                    recall: ratio(hits, support),
                    f1: ratio(2 * hits, said + support),
                    roc_auc: roc_auc(&scored),
                    average_precision: average_precision(&scored),
                }
            })
            .collect();
        Ok(Self {
            songs: truth.len(),
            threshold,
            micro_f1: ratio(2 * all_hits, all_said + all_support),
            macro_f1: mean(tags.iter().map(|t| Some(t.f1))).unwrap_or(0.0),
            macro_roc_auc: mean(tags.iter().map(|t| t.roc_auc)),
            macro_average_precision: mean(tags.iter().map(|t| t.average_precision)),
            tags,
        })
    }

    /// The report as Markdown tables.
    pub fn to_markdown(&self) -> String {
        let area = |x: Option<f64>| x.map_or("–".to_string(), |x| format!("{x:.3}"));
        let mut text = format!(
            "{} songs; a tag is given from {} on: macro F1 {:.3}, micro F1 {:.3}\n\n",
            self.songs, self.threshold, self.macro_f1, self.micro_f1
        );
        text += "| tag | precision | recall | F1 | ROC-AUC | average precision | songs |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- |\n";
        for t in &self.tags {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| {} | {:.3} | {:.3} | {:.3} | {} | {} | {} |",
                t.tag,
                t.precision,
                t.recall,
                t.f1,
                area(t.roc_auc),
                area(t.average_precision),
                t.support
            );
        }
        let _ = writeln!(
            text,
            "| macro | | | {:.3} | {} | {} | {} |",
            self.macro_f1,
            area(self.macro_roc_auc),
            area(self.macro_average_precision),
            self.songs
        );
        text
    }
}

fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let there: Vec<f64> = values.flatten().collect();
    (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
}

/// Songs with and without the tag at each distinct score, the highest first; `scored` falls.
fn at_each_score(scored: &[(f64, bool)]) -> Vec<(usize, usize)> {
    scored
        .chunk_by(|a, b| a.0 == b.0)
        .map(|tied| {
            let with = tied.iter().filter(|(_, has)| *has).count();
            (with, tied.len() - with)
        })
        .collect()
}

/// The area under the receiver operating characteristic; ties count half.
fn roc_auc(scored: &[(f64, bool)]) -> Option<f64> {
    let groups = at_each_score(scored);
    let with: usize = groups.iter().map(|g| g.0).sum();
    let without: usize = groups.iter().map(|g| g.1).sum();
    if with == 0 || without == 0 {
        return None;
    }
    let mut above = 0;
    let mut area = 0.0;
    for (hits, misses) in groups {
        area += misses as f64 * (above as f64 + hits as f64 / 2.0);
        above += hits;
    }
    Some(area / (with as f64 * without as f64))
}

/// The sum over distinct scores of the gain in recall times the precision there.
fn average_precision(scored: &[(f64, bool)]) -> Option<f64> {
    let with = scored.iter().filter(|(_, has)| *has).count();
    if with == 0 {
        return None;
    }
    let (mut found, mut seen, mut sum) = (0, 0, 0.0);
    for (hits, misses) in at_each_score(scored) {
        found += hits;
        seen += hits + misses;
        sum += hits as f64 * found as f64 / seen as f64;
    }
    Some(sum / with as f64)
}
