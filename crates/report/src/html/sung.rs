//! Named segments as a list: each line with its seconds and its weight.

use super::page::side;
use crate::format::{shortened, signed, time_range};
use crate::{ExplainedLabel, ReportView};
use serde::Serialize;

/// The name of a stretch between lines.
const GAP: &str = "gap";

/// One segment.
#[derive(Debug, Serialize)]
pub(super) struct LineRow {
    name: String,
    is_gap: bool,
    when: String,
    weight: String,
    side: &'static str,
    depth: String,
    start_s: String,
    end_s: String,
}

/// The segments in order of time; empty where they have no names, or where there are several stems.
pub(super) fn rows(view: &ReportView, label: &ExplainedLabel) -> Vec<LineRow> {
    let ([row], false) = (label.audio.as_slice(), view.segment_names.is_empty()) else {
        return Vec::new();
    };
    let largest = row.iter().map(|w| w.drawable().abs()).fold(0.0, f64::max);
    let named = view.segments.iter().zip(&view.segment_names).zip(row);
    named
        .map(|((segment, name), weight)| LineRow {
            name: shortened(name, 200),
            is_gap: name == GAP,
            when: time_range(view.start_s + segment.start_s, view.start_s + segment.end_s),
            weight: signed(weight.value),
            side: side(weight.drawable()),
            depth: match largest > 0.0 {
                true => format!("{:.2}", weight.drawable().abs() / largest),
                false => "0".to_owned(),
            },
            start_s: format!("{:.3}", segment.start_s),
            end_s: format!("{:.3}", segment.end_s),
        })
        .collect()
}
