//! The prediction and its reasons in one plain sentence.

use super::page::Clause;
use crate::format::{shortened, time_range};
use crate::{AudioKind, ExplainedLabel, ReportView};
use musiclime_core::OutputKind;

/// A neighbouring cell joins the strongest one when its weight is at least this share of it.
const JOINING_SHARE: f64 = 0.5;
/// A further word is named when its weight is at least this share of the strongest word's.
const NAMING_SHARE: f64 = 0.4;
/// A modality is named when its strongest weight is at least this share of the other's.
const MODALITY_SHARE: f64 = 0.2;
const MOST_WORDS: usize = 3;
/// How many tags or quantities are named.
const MOST_ANSWERS: usize = 5;

/// What speaks for a label, in words; empty when nothing does.
pub(super) fn reasons(view: &ReportView, label: &ExplainedLabel) -> Vec<Clause> {
    let sound = strongest_sound(view, label);
    let words = strongest_words(label);
    let top_sound = sound.as_ref().map_or(0.0, |(weight, _)| *weight);
    let top_word = words.first().map_or(0.0, |(weight, _)| *weight);
    let largest = top_sound.max(top_word);
    let mut sound_clauses = Vec::new();
    if let Some((_, clauses)) = sound.filter(|_| top_sound >= MODALITY_SHARE * largest) {
        sound_clauses = clauses;
    }
    let mut word_clauses = Vec::new();
    if !words.is_empty() && top_word >= MODALITY_SHARE * largest {
        word_clauses.push(Clause::plain(if words.len() == 1 {
            "the word "
        } else {
            "the words "
        }));
        for (i, (_, word)) in words.iter().enumerate() {
            let joint = match i {
                0 => "",
                i if i + 1 == words.len() => " and ",
                _ => ", ",
            };
            word_clauses.push(Clause::plain(joint));
            word_clauses.push(Clause::strong(format!("‘{}’", shortened(word, 40))));
        }
    }
    let (mut first, second) = if top_sound >= top_word {
        (sound_clauses, word_clauses)
    } else {
        (word_clauses, sound_clauses)
    };
    if !first.is_empty() && !second.is_empty() {
        first.push(Clause::plain(" and "));
    }
    first.extend(second);
    first.retain(|clause| !clause.text.is_empty());
    first
}

/// The stem and seconds with the largest weight for the label, with equally telling neighbours.
fn strongest_sound(view: &ReportView, label: &ExplainedLabel) -> Option<(f64, Vec<Clause>)> {
    if view.regions.is_some() {
        return strongest_region(view, label);
    }
    let (mut best, mut at) = (0.0, None);
    for (stem, row) in label.audio.iter().enumerate() {
        for (segment, weight) in row.iter().enumerate() {
            if weight.drawable() > best {
                (best, at) = (weight.drawable(), Some((stem, segment)));
            }
        }
    }
    let (stem, segment) = at?;
    let row = &label.audio[stem];
    let joins = |s: &usize| row[*s].drawable() >= JOINING_SHARE * best;
    let first = (0..segment)
        .rev()
        .take_while(joins)
        .last()
        .unwrap_or(segment);
    let last = (segment + 1..row.len())
        .take_while(joins)
        .last()
        .unwrap_or(segment);
    let (from, to) = (view.segments[first].start_s, view.segments[last].end_s);
    let name = match view.audio_kind {
        AudioKind::Stems | AudioKind::TimeFrequency | AudioKind::Regions => {
            shortened(&view.stem_names()[stem], 40)
        }
        AudioKind::Time => "the sound".to_owned(),
        AudioKind::Lines => match view.segment_names.get(segment).map(String::as_str) {
            None | Some("gap") => "the sound".to_owned(),
            Some(line) => format!("the line ‘{}’", shortened(line, 60)),
        },
    };
    let when = time_range(view.start_s + from, view.start_s + to);
    Some((
        best,
        vec![Clause::strong(name), Clause::plain(format!(" at {when}"))],
    ))
}

/// The region with the largest weight for the label.
fn strongest_region(view: &ReportView, label: &ExplainedLabel) -> Option<(f64, Vec<Clause>)> {
    let weight = |region: &usize| label.regions[*region].drawable();
    let best = (0..label.regions.len())
        .rev()
        .max_by(|a, b| weight(a).total_cmp(&weight(b)))
        .filter(|region| weight(region) > 0.0)?;
    let bounds = view.regions.as_ref()?.bounds.get(best)?;
    let when = time_range(view.start_s + bounds.start_s, view.start_s + bounds.end_s);
    let pitch = format!(
        "the sound between {:.0} and {:.0} Hz",
        bounds.low_hz, bounds.high_hz
    );
    Some((
        weight(&best),
        vec![Clause::strong(pitch), Clause::plain(format!(" at {when}"))],
    ))
}

fn strongest_words(label: &ExplainedLabel) -> Vec<(f64, &str)> {
    let mut words: Vec<(f64, &str)> = label
        .words
        .iter()
        .filter(|w| !w.unread && w.weight.drawable() > 0.0)
        .map(|w| (w.weight.drawable(), w.word.as_str()))
        .collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0));
    let largest = words.first().map_or(0.0, |w| w.0);
    words.retain(|w| w.0 >= NAMING_SHARE * largest);
    words.truncate(MOST_WORDS);
    words
}

/// "The model hears shanty (93 %)"; of a tagger the tags that are more probable than not, of quantities all.
pub(super) fn prediction(view: &ReportView) -> Vec<Clause> {
    let mut named = match view.output {
        OutputKind::Softmax => vec![view.top_label()],
        OutputKind::Regression => view.reading_order(),
        OutputKind::Sigmoid => {
            let order = view.reading_order().into_iter();
            order.filter(|&i| view.probabilities[i] >= 0.5).collect()
        }
    };
    if named.is_empty() {
        return vec![Clause::plain("The model hears none of its tags")];
    }
    named.truncate(MOST_ANSWERS);
    let mut clauses = vec![Clause::plain("The model hears ")];
    for (i, &index) in named.iter().enumerate() {
        let joint = match i {
            0 => "",
            i if i + 1 == named.len() => " and ",
            _ => ", ",
        };
        let answer = view.answer(view.probabilities[index]);
        clauses.push(Clause::plain(joint));
        clauses.push(Clause::strong(shortened(&view.labels.names()[index], 80)));
        clauses.push(Clause::plain(format!(" ({answer})")));
    }
    clauses.retain(|clause| !clause.text.is_empty());
    clauses
}
