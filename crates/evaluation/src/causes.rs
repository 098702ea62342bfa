//! Does an explanation point at what was planted?

use crate::Proportion;
use musiclime_explanation::WeightedComponent;
use serde::Serialize;
use std::fmt::Write;

/// Seconds that a segment must share with a planted stretch to count as a cause.
const MIN_OVERLAP_S: f64 = 0.2;
/// What the difference of two times in seconds may lose by rounding: 1.2 - 1.0 is a little below 0.2.
const ROUNDING_S: f64 = 1e-9;
/// How many components are looked at.
pub const TOP: usize = 3;

/// Something that was planted in a song and alone makes it belong to its class.
#[derive(Debug, Clone, PartialEq)]
pub enum PlantedCause {
    /// A stretch of one stem.
    Stem {
        /// The stem.
        stem: String,
        /// Start, in seconds of the excerpt.
        start_s: f64,
        /// End.
        end_s: f64,
    },
    /// A word.
    Word {
        /// The word, in any case.
        word: String,
    },
}

impl PlantedCause {
    /// Whether it is in the sound.
    pub fn is_audio(&self) -> bool {
        matches!(self, Self::Stem { .. })
    }
}

/// Whether a component is a planted cause: the same stem for at least 0.2 s, or the same word in any case.
pub fn is_hit(component: &WeightedComponent, causes: &[PlantedCause]) -> bool {
    causes.iter().any(|cause| match (component, cause) {
        (
            WeightedComponent::Audio {
                stem,
                start_s,
                end_s,
                ..
            },
            PlantedCause::Stem {
                stem: planted,
                start_s: from_s,
                end_s: to_s,
            },
        ) => {
            stem == planted && end_s.min(*to_s) - start_s.max(*from_s) >= MIN_OVERLAP_S - ROUNDING_S
        }
        (WeightedComponent::Lyrics { word, .. }, PlantedCause::Word { word: planted }) => {
            word.to_lowercase() == planted.to_lowercase()
        }
        _ => false,
    })
}

/// One song and one modality that decides its class.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryCase {
    /// The song.
    pub song: String,
    /// The task.
    pub task: String,
    /// `audio` or `lyrics`.
    pub modality: &'static str,
    /// The true class.
    pub label: String,
    /// Whether the model says so; a wrong prediction is a miss.
    pub right: bool,
    /// For the components by falling weight, positive ones alone, whether each is a cause; at least [`TOP`] of them
    /// where there are so many.
    pub ranked: Vec<bool>,
    /// The same for the naive choice: the loudest stem segments, or the most frequent words.
    pub naive: Vec<bool>,
    /// Components of the modality.
    pub components: usize,
    /// How many of them are causes.
    pub causes: usize,
}

/// How often explanations hit planted causes.
///
/// Category: localisation; higher is better. A case is a hit at k if one of its first k reasons is a cause.
///
/// # Source
/// The planted confounders of audioLIME (arXiv 2009.02051, section 4) as a pointing game (Zhang et al., "Top-down neural
/// attention by excitation backprop", 2018).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// Which cases these are.
    pub group: String,
    /// Share of cases with a right prediction.
    pub right: Proportion,
    /// Hits at 1.
    pub top1: Proportion,
    /// Hits at 3.
    pub top3: Proportion,
    /// Expected share of hits at 1 of components drawn blindly (and of predictions that are right).
    pub chance1: f64,
    /// Expected share of hits at 3.
    pub chance3: f64,
    /// Hits at 1 of the loudest stem segment or the most frequent word.
    pub naive1: Proportion,
    /// Hits at 3.
    pub naive3: Proportion,
}

impl Recovery {
    /// Counts hits.
    pub fn new<'a>(group: &str, cases: impl Iterator<Item = &'a RecoveryCase>) -> Self {
        let cases: Vec<&RecoveryCase> = cases.collect();
        let count = |hit: &dyn Fn(&RecoveryCase) -> bool| {
            Proportion::new(cases.iter().filter(|c| hit(c)).count(), cases.len())
        };
        let within = |ranked: &[bool], k: usize| ranked.iter().take(k).any(|&hit| hit);
        let mean = |f: &dyn Fn(&RecoveryCase) -> f64| {
            cases.iter().map(|c| f(c)).sum::<f64>() / cases.len().max(1) as f64
        };
        Self {
            group: group.to_string(),
            right: count(&|c| c.right),
            top1: count(&|c| c.right && within(&c.ranked, 1)),
            top3: count(&|c| c.right && within(&c.ranked, TOP)),
            chance1: mean(&|c| chance(c.components, c.causes, 1)),
            chance3: mean(&|c| chance(c.components, c.causes, TOP)),
            naive1: count(&|c| within(&c.naive, 1)),
            naive3: count(&|c| within(&c.naive, TOP)),
        }
    }
}

/// The probability that `draws` of `components`, drawn without replacement, hold at least one of `causes`.
fn chance(components: usize, causes: usize, draws: usize) -> f64 {
    let missed: f64 = (0..draws.min(components))
        .map(|i| (components.saturating_sub(causes + i)) as f64 / (components - i) as f64)
        .product();
    1.0 - missed
}

/// All cases, and those of each task, modality and class.
pub fn recoveries(cases: &[RecoveryCase]) -> Vec<Recovery> {
    let mut all = vec![Recovery::new("all", cases.iter())];
    let mut group = |name: &dyn Fn(&RecoveryCase) -> String| {
        let mut names: Vec<String> = Vec::new();
        for case in cases {
            let n = name(case);
            if !names.contains(&n) {
                names.push(n);
            }
        }
        names.sort();
        for n in names {
            all.push(Recovery::new(&n, cases.iter().filter(|c| name(c) == n)));
        }
    };
    group(&|c| c.task.clone());
    group(&|c| format!("{} by {}", c.task, c.modality));
    group(&|c| format!("{} by {}: {}", c.task, c.modality, c.label));
    all
}

/// Recoveries as a Markdown table.
pub fn to_markdown(rows: &[Recovery]) -> String {
    let mut text = String::from(
        "| cases | number | right predictions | top 1 | top 3 | chance 1 / 3 | loudest or most frequent 1 / 3 |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for r in rows {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {} | {} | {:.2} / {:.2} | {:.2} / {:.2} |",
            r.group,
            r.top1.cases,
            r.right.value,
            r.top1,
            r.top3,
            r.chance1,
            r.chance3,
            r.naive1.value,
            r.naive3.value
        );
    }
    text
}
