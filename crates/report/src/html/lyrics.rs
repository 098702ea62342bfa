//! Lyrics cut into pieces, each place of a word with its weight.

use super::page::interval_text;
use crate::format::signed;
use crate::{ExplainedLabel, ReportView};
use serde::Serialize;

/// The most bytes of lyrics that a page shows: a long book chapter.
const MOST_BYTES: usize = 100_000;
/// The most places with a weight that a page marks, over all labels.
const MOST_PLACES: usize = 24_000;

/// A stretch of lyrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Piece {
    text: String,
    kind: PieceKind,
    /// Depth of the colour, 0 to 1.
    depth: String,
    /// What a reader is told on touch; empty for what is no component.
    told: String,
}

/// How a stretch of lyrics is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum PieceKind {
    Plain,
    For,
    Against,
    Unread,
}

/// The lyrics as one label sees them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LyricsPanel {
    pieces: Vec<Piece>,
    /// Bytes that are not shown.
    hidden_bytes: usize,
    has_unread: bool,
    largest: String,
}

/// Cuts the lyrics; `None` without lyrics. `labels` panels share the page's room.
pub(super) fn panel(
    view: &ReportView,
    label: &ExplainedLabel,
    labels: usize,
) -> Option<LyricsPanel> {
    let text = view
        .lyrics
        .as_deref()
        .filter(|text| !text.trim().is_empty())?;
    let mut shown_bytes = text.len().min(MOST_BYTES / labels.max(1));
    while !text.is_char_boundary(shown_bytes) {
        shown_bytes -= 1;
    }
    let mut read_bytes = view
        .lyrics_read_bytes
        .unwrap_or(text.len())
        .min(shown_bytes);
    while !text.is_char_boundary(read_bytes) {
        read_bytes -= 1;
    }
    let largest = label
        .words
        .iter()
        .map(|w| w.weight.drawable().abs())
        .fold(0.0, f64::max);
    let mut places: Vec<(usize, usize, usize)> = label
        .words
        .iter()
        .enumerate()
        .flat_map(|(w, word)| {
            word.places
                .iter()
                .map(move |place| (place.start, place.end, w))
        })
        .filter(|&(start, end, _)| end > start && end <= shown_bytes)
        .collect();
    places.sort_unstable();
    let most = MOST_PLACES / labels.max(1);
    if places.len() > most {
        shown_bytes = places[most].0;
        read_bytes = read_bytes.min(shown_bytes);
        places.truncate(most);
    }

    let mut cut = Cut {
        text,
        read_bytes,
        at: 0,
        pieces: Vec::new(),
    };
    for (start, end, w) in places {
        // Words do not overlap; if a caller's do, the first stands.
        if start < cut.at {
            continue;
        }
        let word = &label.words[w];
        if word.unread || start >= read_bytes {
            if start < read_bytes {
                cut.plain_until(start);
                cut.push(
                    end,
                    PieceKind::Unread,
                    0.0,
                    "not read by the model".to_owned(),
                );
            }
            continue;
        }
        cut.plain_until(start);
        let value = word.weight.drawable();
        let share = if largest > 0.0 {
            value.abs() / largest
        } else {
            0.0
        };
        let kind = match value {
            v if v > 0.0 => PieceKind::For,
            v if v < 0.0 => PieceKind::Against,
            _ => PieceKind::Plain,
        };
        let told = format!(
            "{}{}",
            signed(word.weight.value),
            interval_text(word.weight.interval)
        );
        cut.push(end, kind, share, told);
    }
    cut.plain_until(shown_bytes);
    let has_unread = cut.pieces.iter().any(|p| p.kind == PieceKind::Unread);
    Some(LyricsPanel {
        pieces: cut.pieces,
        hidden_bytes: text.len() - shown_bytes,
        has_unread,
        largest: signed(largest),
    })
}

/// Lyrics that are cut up to `at`.
struct Cut<'a> {
    text: &'a str,
    read_bytes: usize,
    at: usize,
    pieces: Vec<Piece>,
}

impl Cut<'_> {
    fn push(&mut self, end: usize, kind: PieceKind, share: f64, told: String) {
        if let Some(text) = self.text.get(self.at..end).filter(|text| !text.is_empty()) {
            let depth = format!("{share:.2}");
            self.pieces.push(Piece {
                text: text.to_owned(),
                kind,
                depth,
                told,
            });
        }
        self.at = end.max(self.at);
    }

    /// Everything up to `end` that is no component: plain as far as the model reads, then unread.
    fn plain_until(&mut self, end: usize) {
        let read = end.min(self.read_bytes);
        if read > self.at {
            self.push(read, PieceKind::Plain, 0.0, String::new());
        }
        if end > self.at {
            self.push(end, PieceKind::Unread, 0.0, String::new());
        }
    }
}
