//! What the template reads.

use super::lyrics::LyricsPanel;
use super::regions::{self, RegionPanel};
use super::sung::{self, LineRow};
use super::tables::WeightTable;
use super::{MAX_LABELS, envelope, lyrics, sentence, tables};
use crate::format::{percent, plain, shortened, signed, time_range};
use crate::{AudioKind, ExplainedLabel, Interval, ReportView, Weight};
use serde::Serialize;

/// Below this share of the largest weight a cell carries no sign.
const SIGN_SHARE: f64 = 0.2;
/// The most classes that the page lists.
const MOST_CLASSES: usize = 60;

/// A stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Clause {
    pub(super) text: String,
    strong: bool,
}

impl Clause {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            strong: false,
        }
    }

    pub(super) fn strong(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            strong: true,
        }
    }
}

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    /// What is played alone.
    part: &'static str,
    fillers: Vec<FillerLine>,
    title: String,
    song: String,
    excerpt: String,
    starts_late: Option<String>,
    model: &'a str,
    task: &'a str,
    prediction: Vec<Clause>,
    /// Whether the first label's reasons are those of the one class that is predicted.
    because: bool,
    /// What the answers are called.
    answer: &'static str,
    distrust: &'a [String],
    notes: Vec<String>,
    classes: Vec<Class>,
    hidden_classes: usize,
    labels: Vec<LabelPanel>,
    recipe: &'a [(String, String)],
}

#[derive(Debug, Serialize)]
struct Class {
    label: String,
    probability: String,
    width: String,
    explained: bool,
}

/// What one explained label shows.
#[derive(Debug, Serialize)]
struct LabelPanel {
    index: usize,
    label: String,
    probability: String,
    reasons: Vec<Clause>,
    shares: Option<Shares>,
    heatmap: Option<HeatmapPanel>,
    regions: Option<RegionPanel>,
    lines: Vec<LineRow>,
    lyrics: Option<LyricsPanel>,
    table: WeightTable,
    fit: Vec<(&'static str, String)>,
}

/// How the sum of absolute weights is split between the modalities, in per cent.
#[derive(Debug, Serialize)]
struct Shares {
    audio: i64,
    words: i64,
}

#[derive(Debug, Serialize)]
struct HeatmapPanel {
    what: &'static str,
    others: bool,
    largest: String,
    min_width_px: usize,
    rows: Vec<HeatmapRow>,
    ticks: Vec<Tick>,
}

#[derive(Debug, Serialize)]
struct HeatmapRow {
    stem: String,
    player: String,
    path: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    left: String,
    width: String,
    side: &'static str,
    depth: String,
    sign: &'static str,
    told: String,
    start_s: String,
    end_s: String,
}

#[derive(Debug, Serialize)]
struct Tick {
    left: String,
    /// `first` and `last` keep their text within the axis.
    at: &'static str,
    text: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(view: &'a ReportView) -> Self {
        let shown = &view.explained[..view.explained.len().min(MAX_LABELS)];
        let song = shortened(&view.song_name, 200);
        let mut notes = view.notes.clone();
        if shown.len() < view.explained.len() {
            let all = view.explained.len();
            notes.push(format!(
                "This page shows the first {} of {all} explained labels.",
                shown.len()
            ));
        }
        let best = &view.labels.names()[view.top_label()];
        let first = &view.explained[0].label;
        let is_one_class = view.output.is_softmax();
        let top = shortened(if is_one_class { best } else { first }, 80);
        Self {
            part: match view.audio_kind {
                AudioKind::TimeFrequency => "band",
                _ => "stem",
            },
            fillers: fillers(view),
            title: format!("Why {top}? {song}"),
            song,
            excerpt: time_range(view.start_s, view.start_s + view.duration_s),
            starts_late: (view.start_s > 0.0).then(|| crate::format::moment(view.start_s)),
            model: &view.model_name,
            task: &view.task,
            prediction: sentence::prediction(view),
            because: is_one_class && first == best,
            answer: answer_name(view),
            distrust: &view.distrust,
            notes,
            classes: classes(view),
            hidden_classes: view.labels.len().saturating_sub(MOST_CLASSES),
            labels: shown
                .iter()
                .enumerate()
                .map(|(i, label)| label_panel(view, label, i, shown.len()))
                .collect(),
            recipe: &view.recipe,
        }
    }
}

/// One pair of fillers.
#[derive(Debug, Serialize)]
struct FillerLine {
    label: String,
    first: String,
    second: String,
    correlation: String,
    overlap: String,
    top: usize,
}

fn fillers(view: &ReportView) -> Vec<FillerLine> {
    view.fillers
        .iter()
        .map(|row| FillerLine {
            label: row.label.clone(),
            first: row.fillers[0].clone(),
            second: row.fillers[1].clone(),
            correlation: row.rank_correlation.map_or("–".to_owned(), signed),
            overlap: percent(row.top_overlap),
            top: row.top,
        })
        .collect()
}

fn classes(view: &ReportView) -> Vec<Class> {
    let mut order = view.reading_order();
    order.truncate(MOST_CLASSES);
    order
        .into_iter()
        .map(|class| {
            let label = &view.labels.names()[class];
            let probability = view.probabilities[class];
            let share = view.bar_share(probability);
            Class {
                label: label.clone(),
                probability: view.answer(probability),
                width: format!("{:.1}", share * 100.0),
                explained: view.explained.iter().any(|e| e.label == *label),
            }
        })
        .collect()
}

/// What the model's answers are called.
fn answer_name(view: &ReportView) -> &'static str {
    if view.output.is_probability() {
        "probability"
    } else {
        "value"
    }
}

fn answer_of_the_model(view: &ReportView) -> &'static str {
    if view.output.is_probability() {
        "probability by the model"
    } else {
        "value by the model"
    }
}

fn label_panel(
    view: &ReportView,
    label: &ExplainedLabel,
    index: usize,
    labels: usize,
) -> LabelPanel {
    LabelPanel {
        index,
        label: label.label.clone(),
        probability: view.answer(label.probability),
        reasons: sentence::reasons(view, label),
        shares: shares(label),
        heatmap: heatmap(view, label),
        regions: regions::panel(view, label),
        lines: sung::rows(view, label),
        lyrics: lyrics::panel(view, label, labels),
        table: tables::weights(view, label, labels),
        fit: vec![
            (answer_of_the_model(view), plain(label.probability)),
            (
                "prediction of the linear surrogate",
                plain(label.local_prediction),
            ),
            ("local fit, R²", plain(label.r2)),
            ("intercept", plain(label.intercept)),
        ],
    }
}

fn shares(label: &ExplainedLabel) -> Option<Shares> {
    if (label.audio.is_empty() && label.regions.is_empty()) || label.words.is_empty() {
        return None;
    }
    let audio: f64 = label
        .audio
        .iter()
        .flatten()
        .chain(&label.regions)
        .map(|w| w.drawable().abs())
        .sum();
    let words: f64 = label.words.iter().map(|w| w.weight.drawable().abs()).sum();
    if audio + words <= 0.0 {
        return None;
    }
    let audio = (audio / (audio + words) * 100.0).round() as i64;
    Some(Shares {
        audio,
        words: 100 - audio,
    })
}

fn heatmap(view: &ReportView, label: &ExplainedLabel) -> Option<HeatmapPanel> {
    let stems = view
        .stems
        .as_ref()
        .filter(|_| !label.audio.is_empty() && !view.segments.is_empty())?;
    let end_s = view
        .segments
        .iter()
        .map(|s| s.end_s)
        .fold(view.duration_s.max(1e-6), f64::max);
    let largest = label
        .audio
        .iter()
        .flatten()
        .map(|w| w.drawable().abs())
        .fold(0.0, f64::max);
    let mono: Vec<Vec<f32>> = stems.waveforms().iter().map(|w| w.downmix()).collect();
    // One scale for all stems, so that a quiet stem looks quiet.
    let peak = mono.iter().flatten().fold(0.0f32, |m, x| m.max(x.abs()));
    let mut rows: Vec<HeatmapRow> = stems
        .names()
        .iter()
        .enumerate()
        .map(|(stem, name)| HeatmapRow {
            stem: name.clone(),
            player: match view.audio_kind {
                AudioKind::Time | AudioKind::Lines => "play-song".to_owned(),
                _ => format!("play-stem-{stem}"),
            },
            path: envelope::path(
                &mono[stem],
                peak,
                stems.waveforms()[stem].duration_s() / end_s,
            ),
            cells: (0..view.segments.len())
                .map(|segment| {
                    cell(
                        view,
                        name,
                        label.audio[stem][segment],
                        segment,
                        largest,
                        end_s,
                    )
                })
                .collect(),
        })
        .collect();
    let step_s = tick_step_s(end_s);
    let ticks = (0..)
        .map(|i| f64::from(i) * step_s + (view.start_s / step_s).ceil() * step_s - view.start_s)
        .take_while(|t| *t <= end_s)
        .map(|t| Tick {
            left: format!("{:.2}", t / end_s * 100.0),
            at: match t / end_s {
                share if share < 0.03 => "first",
                share if share > 0.96 => "last",
                _ => "between",
            },
            text: tick_text(view.start_s + t),
        })
        .collect();
    if view.audio_kind == AudioKind::TimeFrequency {
        rows.reverse();
    }
    Some(HeatmapPanel {
        what: match view.audio_kind {
            AudioKind::Stems | AudioKind::Regions => "Stems over time",
            AudioKind::Time => "The whole sound over time",
            AudioKind::TimeFrequency => "Bands of frequency over time, the highest on top",
            AudioKind::Lines => "Lines and the gaps between them over time",
        },
        others: view.audio_kind != AudioKind::Stems,
        largest: signed(largest),
        min_width_px: 84 + view.segments.len() * 18,
        rows,
        ticks,
    })
}

fn cell(
    view: &ReportView,
    stem: &str,
    weight: Weight,
    segment: usize,
    largest: f64,
    end_s: f64,
) -> Cell {
    let time = view.segments[segment];
    let value = weight.drawable();
    let share = if largest > 0.0 {
        value.abs() / largest
    } else {
        0.0
    };
    let sign = match value {
        _ if share < SIGN_SHARE => "",
        v if v > 0.0 => "+",
        _ => "−",
    };
    let when = time_range(view.start_s + time.start_s, view.start_s + time.end_s);
    Cell {
        left: format!("{:.3}", time.start_s / end_s * 100.0),
        width: format!("{:.3}", (time.end_s - time.start_s) / end_s * 100.0),
        side: side(value),
        depth: format!("{share:.2}"),
        sign,
        told: format!(
            "{stem}{}, {when}: {}{}",
            segment_name(view, segment),
            signed(weight.value),
            interval_text(weight.interval)
        ),
        start_s: format!("{:.3}", time.start_s),
        end_s: format!("{:.3}", time.end_s),
    }
}

/// The segment's name in quotes behind a blank, or nothing.
pub(super) fn segment_name(view: &ReportView, segment: usize) -> String {
    match view.segment_names.get(segment) {
        Some(name) if !name.is_empty() => format!(" ‘{}’", shortened(name, 80)),
        _ => String::new(),
    }
}

/// A step of the time axis with at most six ticks, so that they fit on a phone.
fn tick_step_s(span_s: f64) -> f64 {
    [
        0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0,
    ]
    .into_iter()
    .find(|step| span_s / step <= 6.0)
    .unwrap_or(7200.0)
    .max(span_s / 1000.0)
}

fn tick_text(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{} s", (seconds * 10.0).round() / 10.0);
    }
    let whole = seconds.round();
    format!("{:.0}:{:02.0}", (whole / 60.0).floor(), whole % 60.0)
}

/// Which way a weight speaks.
pub(super) fn side(value: f64) -> &'static str {
    match value {
        v if v > 0.0 => "for",
        v if v < 0.0 => "against",
        _ => "neither",
    }
}

/// " (interval a to b)", or nothing.
pub(super) fn interval_text(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |i| {
        format!(" (interval {} to {})", signed(i.low), signed(i.high))
    })
}

/// "a to b", or a dash.
pub(super) fn interval_cell(interval: Option<Interval>) -> String {
    interval.map_or("–".to_owned(), |i| {
        format!("{} to {}", signed(i.low), signed(i.high))
    })
}
