//! The word panel: horizontal bars with intervals.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::palette;
use super::ticks::{tick_labels, ticks};
use crate::{ExplainedLabel, WordWeight};
use plotters::prelude::DrawingBackend;

/// How many words a figure shows.
const MOST_WORDS: usize = 12;
const ROW_HEIGHT: f64 = 31.0;
const BAR_HEIGHT: f64 = 18.0;
const WORD_EM: f64 = 15.0;
const TICK_EM: f64 = 13.0;
const MAX_WORD_WIDTH: f64 = 130.0;

/// The words of one label with the largest weights.
pub(super) struct WordBars<'a> {
    words: Vec<&'a WordWeight>,
    read: usize,
}

impl<'a> WordBars<'a> {
    /// `None` when there is no word that the model read.
    pub(super) fn new(label: &'a ExplainedLabel) -> Option<Self> {
        let mut words: Vec<&WordWeight> = label.words.iter().filter(|w| !w.unread).collect();
        let read = words.len();
        words.sort_by(|a, b| {
            b.weight
                .drawable()
                .abs()
                .total_cmp(&a.weight.drawable().abs())
        });
        words.truncate(MOST_WORDS);
        (read > 0).then_some(Self { words, read })
    }

    /// The height it wants.
    pub(super) fn height(&self) -> f64 {
        self.words.len() as f64 * ROW_HEIGHT
    }

    /// The axis' ends: 0, every bar and every whisker lie within.
    fn range(&self) -> (f64, f64) {
        let ends = self.words.iter().flat_map(|word| {
            let interval = word.weight.interval.map_or([0.0; 2], |i| [i.low, i.high]);
            [word.weight.drawable(), interval[0], interval[1]]
        });
        let (low, high) = ends
            .filter(|x| x.is_finite())
            .fold((0.0f64, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        let pad = (high - low) * 0.04;
        if high - low <= 0.0 {
            return (-1.0, 1.0);
        }
        (
            if low < 0.0 { low - pad } else { low },
            if high > 0.0 { high + pad } else { high },
        )
    }

    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        frame: Frame,
    ) -> Result<(), String> {
        let names: Vec<String> = self
            .words
            .iter()
            .map(|w| fonts::fitted(&w.word, WORD_EM, Weight::Regular, MAX_WORD_WIDTH))
            .collect();
        let widest = names
            .iter()
            .map(|n| fonts::width(n, WORD_EM, Weight::Regular))
            .fold(0.0, f64::max);
        let bars = Frame {
            left: frame.left + widest + 14.0,
            bottom: frame.top + self.height(),
            ..frame
        };
        canvas.panel_title("Words", bars.left, frame.top - 24.0)?;
        let shown = match self.words.len() {
            shown if shown < self.read => format!("largest {shown} of {}", self.read),
            _ => String::new(),
        };
        let remark = Type::new(TICK_EM, palette::QUIET).align(Align::Right);
        canvas.text(&shown, bars.right, frame.top - 24.0, remark)?;

        let (low, high) = self.range();
        let x = |value: f64| bars.left + (value - low) / (high - low) * bars.width();
        let most = ((bars.width() / 56.0) as usize).clamp(2, 7);
        let at = ticks(low, high, most);
        for (value, label) in at.iter().zip(tick_labels(&at)) {
            canvas.post(
                x(*value),
                bars.top,
                bars.bottom + 5.0,
                1.0,
                palette::HAIRLINE,
            )?;
            let tick = Type::new(TICK_EM, palette::QUIET).align(Align::Centre);
            canvas.text(&label, x(*value), bars.bottom + 18.0, tick)?;
        }
        for (row, (word, name)) in self.words.iter().zip(&names).enumerate() {
            let middle = bars.top + (row as f64 + 0.5) * ROW_HEIGHT;
            let set = Type::new(WORD_EM, palette::INK).align(Align::Right);
            canvas.text(name, bars.left - 12.0, middle, set)?;
            draw_bar(canvas, word, middle, x)?;
        }
        canvas.post(
            x(0.0),
            bars.top - 2.0,
            bars.bottom + 2.0,
            1.5,
            palette::QUIET,
        )?;
        let name = Type::new(14.0, palette::INK).align(Align::Centre);
        canvas.text(
            "weight",
            (bars.left + bars.right) / 2.0,
            bars.bottom + 46.0,
            name,
        )
    }
}

/// One bar from 0, with its interval as whiskers.
fn draw_bar<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    word: &WordWeight,
    middle: f64,
    x: impl Fn(f64) -> f64,
) -> Result<(), String> {
    let value = word.weight.drawable();
    let color = if value < 0.0 {
        palette::AGAINST
    } else {
        palette::FOR
    };
    let (left, right) = (x(value.min(0.0)), x(value.max(0.0)));
    let (top, bottom) = (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0);
    canvas.fill(
        Frame {
            left,
            top,
            right,
            bottom,
        },
        color,
    )?;
    if let Some(interval) = word
        .weight
        .interval
        .filter(|i| i.low.is_finite() && i.high.is_finite())
    {
        canvas.rule(x(interval.low), x(interval.high), middle, 1.5, palette::INK)?;
        for end in [interval.low, interval.high] {
            canvas.post(x(end), middle - 4.0, middle + 4.0, 1.5, palette::INK)?;
        }
    }
    Ok(())
}
