//! What speaks for one class over many songs: stem x segment beside words.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::{Figure, Size, palette};
use crate::format::plain;
use crate::global_view::{GlobalClass, GlobalView, GlobalWord};
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

const WIDTH: f64 = 1280.0;
const MARGIN: f64 = 36.0;
const PANEL_TOP: f64 = 146.0;
const PANEL_FOOT: f64 = 84.0;
/// Where the heatmap ends when the words stand beside it.
const HEATMAP_RIGHT: f64 = 780.0;
const GUTTER: f64 = 48.0;
const NAME_EM: f64 = 15.0;
const TICK_EM: f64 = 13.0;
const WORD_ROW: f64 = 31.0;
const BAR_HEIGHT: f64 = 18.0;
/// How many words a figure shows.
const MOST_WORDS: usize = 12;
const MAX_NAME_WIDTH: f64 = 120.0;
/// Room for a word's value and its number of songs.
const VALUE_ROOM: f64 = 118.0;
const COLOR_BAR_ROOM: f64 = 80.0;
const COLOR_BAR_WIDTH: f64 = 14.0;
/// Narrowest column that holds a segment's number.
const NUMBERED_COLUMN: f64 = 24.0;

/// The figure of one class.
pub(super) struct GlobalClassFigure<'a> {
    view: &'a GlobalView,
    class: &'a GlobalClass,
    words: Vec<&'a GlobalWord>,
    /// The deepest colour: the largest importance of audio in any class, so that classes can be compared.
    largest: f64,
}

impl<'a> GlobalClassFigure<'a> {
    pub(super) fn new(view: &'a GlobalView, class: &'a GlobalClass) -> Self {
        let mut words: Vec<&GlobalWord> = class.words.iter().collect();
        words.sort_by(|a, b| b.value.total_cmp(&a.value));
        words.truncate(MOST_WORDS);
        let cells = view.classes.iter().flat_map(|c| c.audio.iter().flatten());
        let largest = cells.flatten().copied().fold(0.0, f64::max);
        Self {
            view,
            class,
            words,
            largest,
        }
    }

    fn panel_height(&self) -> f64 {
        let rows = self.class.audio.len() as f64;
        let heatmap = if rows > 0.0 {
            rows * (372.0 / rows).clamp(40.0, 92.0)
        } else {
            0.0
        };
        heatmap.max(self.words.len() as f64 * WORD_ROW).max(80.0)
    }

    fn draw_heatmap<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        frame: Frame,
    ) -> Result<(), String> {
        let names: Vec<String> = self
            .view
            .stems
            .iter()
            .map(|name| fonts::fitted(name, NAME_EM, Weight::Regular, MAX_NAME_WIDTH))
            .collect();
        let grid = Frame {
            left: frame.left + widest(&names) + 14.0,
            right: frame.right - COLOR_BAR_ROOM,
            ..frame
        };
        canvas.panel_title("Stem × segment", grid.left, frame.top - 24.0)?;
        let row_height = grid.height() / names.len() as f64;
        let column = grid.width() / self.view.segments as f64;
        canvas.fill(grid, palette::TRACK)?;
        for (stem, (row, name)) in self.class.audio.iter().zip(&names).enumerate() {
            let top = grid.top + stem as f64 * row_height;
            let set = Type::new(NAME_EM, palette::INK).align(Align::Right);
            canvas.text(name, grid.left - 12.0, top + row_height / 2.0, set)?;
            for (segment, value) in row.iter().enumerate() {
                let Some(value) = value else { continue };
                let left = grid.left + segment as f64 * column;
                let cell = Frame {
                    left,
                    top,
                    right: left + column,
                    bottom: top + row_height,
                };
                canvas.fill(cell, palette::diverging(share(*value, self.largest)))?;
            }
        }
        let white = RGBColor(255, 255, 255);
        for stem in 1..names.len() {
            let y = grid.top + stem as f64 * row_height;
            canvas.rule(grid.left, grid.right, y, 2.0, white)?;
        }
        // Every segment where there is room, else every fifth, tenth, ...
        let steps = [1usize, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
        let step = steps
            .into_iter()
            .find(|s| *s as f64 * column >= NUMBERED_COLUMN)
            .unwrap_or(self.view.segments.max(1));
        for segment in 0..self.view.segments {
            let left = grid.left + segment as f64 * column;
            if segment > 0 && column >= 7.0 {
                canvas.post(left, grid.top, grid.bottom, 1.0, white)?;
            }
            if segment.is_multiple_of(step) {
                let tick = Type::new(TICK_EM, palette::QUIET).align(Align::Centre);
                let x = left + column / 2.0;
                canvas.text(&segment.to_string(), x, grid.bottom + 18.0, tick)?;
            }
        }
        let middle = (grid.left + grid.right) / 2.0;
        let axis = Type::new(14.0, palette::INK).align(Align::Centre);
        canvas.text("segment of the excerpt", middle, grid.bottom + 46.0, axis)?;
        let left = grid.right + 22.0;
        draw_color_bar(
            canvas,
            Frame {
                left,
                right: left + COLOR_BAR_WIDTH,
                ..grid
            },
            self.largest,
        )
    }

    fn draw_words<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        frame: Frame,
    ) -> Result<(), String> {
        let names: Vec<String> = self
            .words
            .iter()
            .map(|w| fonts::fitted(&w.word, NAME_EM, Weight::Regular, MAX_NAME_WIDTH))
            .collect();
        let left = frame.left + widest(&names) + 14.0;
        let right = frame.right - VALUE_ROOM;
        canvas.panel_title("Words", left, frame.top - 24.0)?;
        if self.words.len() < self.class.words.len() {
            let shown = format!("largest {} of {}", self.words.len(), self.class.words.len());
            let remark = Type::new(TICK_EM, palette::QUIET).align(Align::Right);
            canvas.text(&shown, frame.right, frame.top - 24.0, remark)?;
        }
        let largest = self.words.first().map_or(0.0, |w| w.value);
        for (row, (word, name)) in self.words.iter().zip(&names).enumerate() {
            let middle = frame.top + (row as f64 + 0.5) * WORD_ROW;
            let set = Type::new(NAME_EM, palette::INK).align(Align::Right);
            canvas.text(name, left - 12.0, middle, set)?;
            let bar = Frame {
                left,
                top: middle - BAR_HEIGHT / 2.0,
                right: left + share(word.value, largest) * (right - left),
                bottom: middle + BAR_HEIGHT / 2.0,
            };
            canvas.fill(bar, palette::FOR)?;
            let value = format!("{} · {}", plain(word.value), songs(word.songs));
            canvas.text(
                &value,
                bar.right.max(left + 1.0) + 10.0,
                middle,
                Type::new(TICK_EM, palette::QUIET),
            )?;
        }
        let bottom = frame.top + self.words.len() as f64 * WORD_ROW;
        canvas.post(left, frame.top - 2.0, bottom + 2.0, 1.5, palette::QUIET)
    }
}

impl Figure for GlobalClassFigure<'_> {
    fn name(&self) -> &'static str {
        "class"
    }

    fn size(&self) -> Size {
        Size {
            width: WIDTH as u32,
            height: (PANEL_TOP + self.panel_height() + PANEL_FOOT).ceil() as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let label = fonts::fitted(&self.class.label, 26.0, Weight::Bold, 700.0);
        let title = format!("What speaks for “{label}”");
        canvas.text(&title, MARGIN, 44.0, Type::new(26.0, palette::INK).bold())?;
        let mut facts = Vec::new();
        if !self.view.name.is_empty() {
            facts.push(fonts::fitted(&self.view.name, 15.0, Weight::Regular, 420.0));
        }
        facts.extend(self.class.songs.map(songs));
        facts.push(self.view.measure.clone());
        let quiet = Type::new(15.0, palette::QUIET);
        canvas.text(&facts.join("  ·  "), MARGIN, 76.0, quiet)?;
        let whole = Frame {
            left: MARGIN,
            top: PANEL_TOP,
            right: WIDTH - MARGIN,
            bottom: PANEL_TOP + self.panel_height(),
        };
        match (self.class.audio.is_empty(), self.words.is_empty()) {
            (false, true) => self.draw_heatmap(canvas, whole),
            (true, false) => self.draw_words(canvas, whole),
            (true, true) => canvas.text(
                "No song speaks for this class.",
                MARGIN,
                PANEL_TOP + 20.0,
                Type::new(16.0, palette::QUIET),
            ),
            (false, false) => {
                let right = HEATMAP_RIGHT;
                self.draw_heatmap(canvas, Frame { right, ..whole })?;
                let left = HEATMAP_RIGHT + GUTTER;
                self.draw_words(canvas, Frame { left, ..whole })
            }
        }
    }
}

/// `value` of `largest`, 0 to 1; 0 for what cannot be drawn.
pub(super) fn share(value: f64, largest: f64) -> f64 {
    let share = value / largest;
    if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// A number of songs in words.
pub(super) fn songs(count: u64) -> String {
    match count {
        1 => "1 song".to_owned(),
        n => format!("{n} songs"),
    }
}

fn widest(names: &[String]) -> f64 {
    names
        .iter()
        .map(|n| fonts::width(n, NAME_EM, Weight::Regular))
        .fold(0.0, f64::max)
}

/// The colours from 0 to `largest`.
pub(super) fn draw_color_bar<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    bar: Frame,
    largest: f64,
) -> Result<(), String> {
    // One step per unit of height is finer than the eye.
    let steps = (bar.height() as usize).max(1);
    for step in 0..steps {
        let top = bar.top + step as f64 / steps as f64 * bar.height();
        let bottom = bar.top + (step + 1) as f64 / steps as f64 * bar.height();
        let color = palette::diverging(1.0 - (step as f64 + 0.5) / steps as f64);
        canvas.fill(Frame { top, bottom, ..bar }, color)?;
    }
    let number = Type::new(TICK_EM, palette::QUIET);
    canvas.text(&plain(largest), bar.right + 8.0, bar.top + 6.0, number)?;
    canvas.text("0", bar.right + 8.0, bar.bottom - 6.0, number)
}
