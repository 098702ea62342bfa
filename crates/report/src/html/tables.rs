//! All weights as a table.

use super::page::{interval_cell, segment_name, side};
use super::regions::place;
use crate::format::{signed, time_range};
use crate::{ExplainedLabel, ReportView};
use serde::Serialize;

/// The most rows of all tables of a page together; `explanation.json` has every weight.
const MOST_ROWS: usize = 6_000;

/// One component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    component: String,
    place: String,
    weight: String,
    side: &'static str,
    interval: String,
}

/// The weights of one label, largest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct WeightTable {
    rows: Vec<Row>,
    hidden: usize,
}

/// Lists the weights; `labels` tables share the page's room.
pub(super) fn weights(view: &ReportView, label: &ExplainedLabel, labels: usize) -> WeightTable {
    let mut rows: Vec<(f64, Row)> = Vec::new();
    for (name, row) in view.stem_names().iter().zip(&label.audio) {
        for (index, (weight, segment)) in row.iter().zip(&view.segments).enumerate() {
            let place = time_range(view.start_s + segment.start_s, view.start_s + segment.end_s);
            rows.push((
                weight.drawable(),
                Row {
                    component: format!("{name}{}", segment_name(view, index)),
                    place,
                    weight: signed(weight.value),
                    side: side(weight.drawable()),
                    interval: interval_cell(weight.interval),
                },
            ));
        }
    }
    for (region, weight) in label.regions.iter().enumerate() {
        rows.push((
            weight.drawable(),
            Row {
                component: format!("region {region}"),
                place: place(view, region),
                weight: signed(weight.value),
                side: side(weight.drawable()),
                interval: interval_cell(weight.interval),
            },
        ));
    }
    for word in &label.words {
        let times = word.places.len();
        let place = match (word.unread, times) {
            (true, _) => "unread".to_owned(),
            (false, 1) => "once".to_owned(),
            (false, times) => format!("{times} times"),
        };
        rows.push((
            word.weight.drawable(),
            Row {
                component: format!("‘{}’", crate::format::shortened(&word.word, 80)),
                place,
                weight: signed(word.weight.value),
                side: side(word.weight.drawable()),
                interval: interval_cell(word.weight.interval),
            },
        ));
    }
    rows.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let all = rows.len();
    rows.truncate(MOST_ROWS / labels.max(1));
    let hidden = all - rows.len();
    WeightTable {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        hidden,
    }
}
