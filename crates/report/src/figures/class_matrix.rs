//! Class against class: the features that matter most to any class, in every class.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::global_class::{draw_color_bar, share};
use super::{Figure, Size, palette};
use crate::global_view::{GlobalClass, GlobalView};
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;
use std::collections::HashMap;

const MARGIN: f64 = 36.0;
const TOP: f64 = 104.0;
const FOOT: f64 = 40.0;
const ROW: f64 = 27.0;
const EM: f64 = 14.0;
const MAX_LABEL_WIDTH: f64 = 230.0;
const MAX_FEATURE_WIDTH: f64 = 140.0;
const COLOR_BAR_ROOM: f64 = 110.0;
/// How many classes a figure shows: those with the most songs, or the first ones where that is not known.
const MOST_CLASSES: usize = 24;
/// How many features the figure holds; every class brings its most important ones.
const MOST_FEATURES: usize = 48;
/// Features of each modality that a class brings where there is room.
const FEATURES_A_CLASS: usize = 4;
/// Width of a column; longer headings stand in several lines, like stairs.
const COLUMN: f64 = 74.0;

/// A feature of any class.
struct Row {
    name: String,
    audio: bool,
    values: Vec<Option<f64>>,
}

/// The figure of all classes: a row a feature, a column a class.
pub(super) struct ClassMatrixFigure<'a> {
    view: &'a GlobalView,
    classes: Vec<&'a GlobalClass>,
    rows: Vec<Row>,
    largest_audio: f64,
    largest_word: f64,
}

impl<'a> ClassMatrixFigure<'a> {
    pub(super) fn new(view: &'a GlobalView) -> Self {
        let mut order: Vec<usize> = (0..view.classes.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(view.classes[i].songs));
        order.truncate(MOST_CLASSES);
        order.sort_unstable();
        let classes: Vec<&GlobalClass> = order.iter().map(|&i| &view.classes[i]).collect();
        let a_class = (MOST_FEATURES / 2)
            .checked_div(classes.len())
            .unwrap_or(1)
            .clamp(1, FEATURES_A_CLASS);
        let audio = audio_rows(view, &classes, a_class);
        let words = word_rows(&classes, a_class);
        let largest = |rows: &[Row]| {
            let values = rows.iter().flat_map(|r| r.values.iter().flatten());
            values.copied().fold(0.0, f64::max)
        };
        Self {
            view,
            largest_audio: largest(&audio),
            largest_word: largest(&words),
            rows: audio.into_iter().chain(words).collect(),
            classes,
        }
    }

    fn columns_left(&self) -> f64 {
        let widest = self
            .rows
            .iter()
            .map(|r| fonts::width(&shown(r), EM, Weight::Regular))
            .fold(0.0, f64::max);
        MARGIN + widest + 14.0
    }

    /// Headings stand in as many lines as keep neighbours apart.
    fn heading_lines(&self) -> usize {
        let widest = self
            .classes
            .iter()
            .map(|c| fonts::width(&heading(c), EM, Weight::Regular))
            .fold(0.0, f64::max);
        ((widest + 12.0) / COLUMN).ceil().max(1.0) as usize
    }

    fn matrix_top(&self) -> f64 {
        TOP + self.heading_lines() as f64 * 20.0 + 8.0
    }
}

/// The most important features of each class, in the order of the classes, none twice.
fn chosen<K: Clone + Eq + std::hash::Hash>(
    classes: impl Iterator<Item = Vec<(K, f64)>>,
    a_class: usize,
) -> Vec<K> {
    let mut known = HashMap::new();
    let mut list = Vec::new();
    for mut features in classes {
        features.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (key, value) in features.into_iter().take(a_class) {
            if value > 0.0 && known.insert(key.clone(), ()).is_none() {
                list.push(key);
            }
        }
    }
    list
}

fn audio_rows(view: &GlobalView, classes: &[&GlobalClass], a_class: usize) -> Vec<Row> {
    let cells = |class: &GlobalClass| -> Vec<((usize, usize), f64)> {
        let rows = class.audio.iter().enumerate();
        rows.flat_map(|(stem, row)| {
            let cells = row.iter().enumerate();
            cells.filter_map(move |(segment, value)| Some(((segment, stem), (*value)?)))
        })
        .collect()
    };
    let mut keys = chosen(classes.iter().map(|c| cells(c)), a_class);
    keys.sort_unstable_by_key(|(segment, stem)| (*stem, *segment));
    keys.into_iter()
        .map(|(segment, stem)| Row {
            name: format!("{}{segment}", view.stems[stem]),
            audio: true,
            values: classes
                .iter()
                .map(|c| c.audio.get(stem).and_then(|row| row[segment]))
                .collect(),
        })
        .collect()
}

fn word_rows(classes: &[&GlobalClass], a_class: usize) -> Vec<Row> {
    let index: Vec<HashMap<&str, f64>> = classes
        .iter()
        .map(|c| c.words.iter().map(|w| (w.word.as_str(), w.value)).collect())
        .collect();
    let words = |class: &&'_ GlobalClass| -> Vec<(String, f64)> {
        let words = class.words.iter();
        words.map(|w| (w.word.clone(), w.value)).collect()
    };
    chosen(classes.iter().map(words), a_class)
        .into_iter()
        .map(|word| Row {
            values: index
                .iter()
                .map(|c| c.get(word.as_str()).copied())
                .collect(),
            name: word,
            audio: false,
        })
        .collect()
}

fn shown(row: &Row) -> String {
    fonts::fitted(&row.name, EM, Weight::Regular, MAX_FEATURE_WIDTH)
}

fn heading(class: &GlobalClass) -> String {
    let label = fonts::fitted(&class.label, EM, Weight::Regular, MAX_LABEL_WIDTH);
    match class.songs {
        Some(songs) => format!("{label} ({songs})"),
        None => label,
    }
}

impl Figure for ClassMatrixFigure<'_> {
    fn name(&self) -> &'static str {
        "classes"
    }

    fn size(&self) -> Size {
        let columns = self.classes.len() as f64 * COLUMN;
        let width = self.columns_left() + columns + COLOR_BAR_ROOM + MARGIN;
        let height = self.matrix_top() + self.rows.len() as f64 * ROW + FOOT;
        Size {
            width: width.max(640.0).ceil() as u32,
            height: height.max(300.0).ceil() as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let title = Type::new(24.0, palette::INK).bold();
        canvas.text("Class against class", MARGIN, 42.0, title)?;
        let mut facts = vec![self.view.measure.clone()];
        let (drawn, all) = (self.classes.len(), self.view.classes.len());
        if drawn < all && self.classes.iter().any(|c| c.songs.is_some()) {
            facts.push(format!("the {drawn} of {all} classes with the most songs"));
        } else if drawn < all {
            facts.push(format!("the first {drawn} of {all} classes"));
        }
        if !self.view.name.is_empty() {
            facts.insert(
                0,
                fonts::fitted(&self.view.name, 15.0, Weight::Regular, 300.0),
            );
        }
        let quiet = Type::new(15.0, palette::QUIET);
        canvas.text(&facts.join("  ·  "), MARGIN, 72.0, quiet)?;
        if self.rows.is_empty() {
            return canvas.text("No song speaks for any class.", MARGIN, TOP + 20.0, quiet);
        }
        let (left, top) = (self.columns_left(), self.matrix_top());
        let lines = self.heading_lines();
        for (column, class) in self.classes.iter().enumerate() {
            let x = left + (column as f64 + 0.5) * COLUMN;
            let y = TOP + (lines - 1 - column % lines) as f64 * 20.0;
            let set = Type::new(EM, palette::INK).align(Align::Centre);
            let label = heading(class);
            // The outermost headings must not leave the page.
            let half = fonts::width(&label, EM, Weight::Regular) / 2.0;
            canvas.text(&label, x.max(MARGIN + half), y, set)?;
            canvas.post(x, y + 11.0, top - 2.0, 1.0, palette::HAIRLINE)?;
        }
        let white = RGBColor(255, 255, 255);
        for (i, row) in self.rows.iter().enumerate() {
            let y = top + i as f64 * ROW;
            let name = Type::new(EM, palette::INK).align(Align::Right);
            canvas.text(&shown(row), left - 12.0, y + ROW / 2.0, name)?;
            let largest = if row.audio {
                self.largest_audio
            } else {
                self.largest_word
            };
            for (column, value) in row.values.iter().enumerate() {
                let cell = Frame {
                    left: left + column as f64 * COLUMN + 1.0,
                    top: y + 1.0,
                    right: left + (column + 1) as f64 * COLUMN - 1.0,
                    bottom: y + ROW - 1.0,
                };
                let color = match value {
                    Some(value) => palette::diverging(share(*value, largest)),
                    None => palette::TRACK,
                };
                canvas.fill(cell, color)?;
            }
            if i > 0 && self.rows[i - 1].audio != row.audio {
                let right = left + self.classes.len() as f64 * COLUMN;
                canvas.rule(left, right, y, 3.0, white)?;
                canvas.rule(left, right, y, 1.0, palette::QUIET)?;
            }
        }
        self.draw_color_bars(
            canvas,
            left + self.classes.len() as f64 * COLUMN + 24.0,
            top,
        )
    }
}

impl ClassMatrixFigure<'_> {
    /// Audio and words have a scale of their own: a word stands in few songs, a stem segment in all.
    fn draw_color_bars<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        left: f64,
        top: f64,
    ) -> Result<(), String> {
        let audio = self.rows.iter().filter(|r| r.audio).count();
        let groups = [
            ("audio", self.largest_audio, 0, audio),
            ("words", self.largest_word, audio, self.rows.len()),
        ];
        for (name, largest, from, to) in groups {
            if to - from < 3 {
                continue;
            }
            let bar = Frame {
                left,
                top: top + from as f64 * ROW + 24.0,
                right: left + 14.0,
                bottom: top + to as f64 * ROW - 4.0,
            };
            canvas.text(name, left, bar.top - 12.0, Type::new(13.0, palette::QUIET))?;
            draw_color_bar(canvas, bar, largest)?;
        }
        Ok(())
    }
}
