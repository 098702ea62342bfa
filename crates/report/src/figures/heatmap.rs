//! The stem x time panel.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::palette;
use super::region_map;
use super::ticks::{tick_labels, ticks};
use crate::format::signed;
use crate::{AudioKind, ExplainedLabel, ReportView};
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

const STEM_EM: f64 = 15.0;
const TICK_EM: f64 = 13.0;
const MAX_STEM_WIDTH: f64 = 120.0;
/// Width of the colour bar with its numbers.
const COLOR_BAR_ROOM: f64 = 92.0;
const COLOR_BAR_WIDTH: f64 = 14.0;
/// Height of a spectrogram in regions.
const REGIONS_HEIGHT: f64 = 372.0;
/// Cells narrower than this stand without gaps.
const MIN_GAPPED_CELL: f64 = 7.0;

/// Weights of one label over stems and segments.
pub(super) struct Heatmap<'a> {
    view: &'a ReportView,
    label: &'a ExplainedLabel,
    largest: f64,
}

impl<'a> Heatmap<'a> {
    /// `None` when there is no audio weight to draw.
    pub(super) fn new(view: &'a ReportView, label: &'a ExplainedLabel) -> Option<Self> {
        if view.regions.is_none() && (label.audio.is_empty() || view.segments.is_empty()) {
            return None;
        }
        let largest = label
            .audio
            .iter()
            .flatten()
            .chain(&label.regions)
            .map(|w| w.drawable().abs())
            .fold(0.0, f64::max);
        Some(Self {
            view,
            label,
            largest,
        })
    }

    /// The height it wants: rows tall enough to read, the whole low enough for a page.
    pub(super) fn height(&self) -> f64 {
        if self.view.regions.is_some() {
            return REGIONS_HEIGHT;
        }
        let rows = self.label.audio.len() as f64;
        rows * (372.0 / rows).clamp(40.0, 92.0)
    }

    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        frame: Frame,
    ) -> Result<(), String> {
        let names: Vec<String> = self
            .view
            .stem_names()
            .iter()
            .map(|name| fonts::fitted(name, STEM_EM, Weight::Regular, MAX_STEM_WIDTH))
            .collect();
        let widest = names
            .iter()
            .map(|n| fonts::width(n, STEM_EM, Weight::Regular))
            .fold(
                if self.view.regions.is_some() {
                    64.0
                } else {
                    0.0
                },
                f64::max,
            );
        let grid = Frame {
            left: frame.left + widest + 14.0,
            right: frame.right - COLOR_BAR_ROOM,
            ..frame
        };
        let title = match self.view.audio_kind {
            AudioKind::Stems => "Stem × time",
            AudioKind::Time => "Time",
            AudioKind::TimeFrequency | AudioKind::Regions => "Frequency × time",
            AudioKind::Lines => "Lines",
        };
        canvas.panel_title(title, grid.left, frame.top - 24.0)?;
        if self
            .label
            .audio
            .iter()
            .flatten()
            .any(|w| w.sign_is_certain().is_some())
        {
            let remark = Type::new(TICK_EM, palette::QUIET).align(Align::Right);
            canvas.text("interval excludes 0", grid.right, frame.top - 24.0, remark)?;
            let width = fonts::width("interval excludes 0", TICK_EM, Weight::Regular);
            canvas.dot(
                grid.right - width - 10.0,
                frame.top - 24.0,
                2.6,
                palette::QUIET,
            )?;
        }
        match &self.view.regions {
            Some(image) => region_map::draw(canvas, grid, image, self.label, self.largest)?,
            None => self.draw_cells(canvas, grid, &names)?,
        }
        self.draw_time_axis(canvas, grid)?;
        let bar_left = grid.right + 22.0;
        self.draw_color_bar(
            canvas,
            Frame {
                left: bar_left,
                right: bar_left + COLOR_BAR_WIDTH,
                ..grid
            },
        )
    }

    /// First and last second that the grid covers.
    fn extent_s(&self) -> (f64, f64) {
        let end = self
            .view
            .segments
            .iter()
            .map(|s| s.end_s)
            .fold(self.view.duration_s.max(1e-6), f64::max);
        (0.0, end)
    }

    fn draw_cells<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        grid: Frame,
        names: &[String],
    ) -> Result<(), String> {
        let (start, end) = self.extent_s();
        let x = |t: f64| grid.left + (t - start) / (end - start) * grid.width();
        let row_height = grid.height() / self.label.audio.len() as f64;
        // Time that no segment covers keeps this ground.
        canvas.fill(grid, RGBColor(240, 242, 244))?;
        for (stem, row) in self.label.audio.iter().enumerate() {
            // The highest band of frequency is on top, as in a spectrogram.
            let place = match self.view.audio_kind {
                AudioKind::TimeFrequency => self.label.audio.len() - 1 - stem,
                _ => stem,
            };
            let top = grid.top + place as f64 * row_height;
            let name = Type::new(STEM_EM, palette::INK).align(Align::Right);
            canvas.text(&names[stem], grid.left - 12.0, top + row_height / 2.0, name)?;
            for (weight, segment) in row.iter().zip(&self.view.segments) {
                let share = if self.largest > 0.0 {
                    weight.drawable() / self.largest
                } else {
                    0.0
                };
                let color = palette::diverging(share);
                let (left, right) = (x(segment.start_s), x(segment.end_s));
                canvas.fill(
                    Frame {
                        left,
                        top,
                        right,
                        bottom: top + row_height,
                    },
                    color,
                )?;
                if weight.sign_is_certain() == Some(true) {
                    let radius = ((right - left) / 6.0).clamp(1.0, 2.6);
                    canvas.dot(
                        (left + right) / 2.0,
                        top + row_height / 2.0,
                        radius,
                        palette::ink_on(color),
                    )?;
                }
            }
        }
        for stem in 1..self.label.audio.len() {
            let y = grid.top + stem as f64 * row_height;
            canvas.rule(grid.left, grid.right, y, 2.0, RGBColor(255, 255, 255))?;
        }
        for segment in self.view.segments.iter().skip(1) {
            if x(segment.end_s) - x(segment.start_s) >= MIN_GAPPED_CELL {
                canvas.post(
                    x(segment.start_s),
                    grid.top,
                    grid.bottom,
                    1.0,
                    RGBColor(255, 255, 255),
                )?;
            }
        }
        draw_frame(canvas, grid)
    }

    fn draw_time_axis<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        grid: Frame,
    ) -> Result<(), String> {
        let (start, end) = self.extent_s();
        let (from, to) = (self.view.start_s + start, self.view.start_s + end);
        let most = ((grid.width() / 80.0) as usize).clamp(2, 12);
        let at = ticks(from, to, most);
        for (t, label) in at.iter().zip(tick_labels(&at)) {
            let x = grid.left + (t - from) / (to - from) * grid.width();
            canvas.post(x, grid.bottom, grid.bottom + 5.0, 1.0, palette::QUIET)?;
            let tick = Type::new(TICK_EM, palette::QUIET).align(Align::Centre);
            canvas.text(&label, x, grid.bottom + 18.0, tick)?;
        }
        let middle = (grid.left + grid.right) / 2.0;
        let name = Type::new(14.0, palette::INK).align(Align::Centre);
        canvas.text("time in the song (s)", middle, grid.bottom + 46.0, name)
    }

    fn draw_color_bar<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        bar: Frame,
    ) -> Result<(), String> {
        // One step per unit of height is finer than the eye.
        let steps = bar.height() as usize;
        for step in 0..steps {
            let share = 1.0 - 2.0 * (step as f64 + 0.5) / steps as f64;
            let top = bar.top + step as f64 / steps as f64 * bar.height();
            let bottom = bar.top + (step + 1) as f64 / steps as f64 * bar.height();
            canvas.fill(Frame { top, bottom, ..bar }, palette::diverging(share))?;
        }
        draw_frame(canvas, bar)?;
        let number = Type::new(TICK_EM, palette::QUIET);
        let middle = (bar.top + bar.bottom) / 2.0;
        for (value, y) in [
            (self.largest, bar.top + 6.0),
            (0.0, middle),
            (-self.largest, bar.bottom - 6.0),
        ] {
            if value != 0.0 || y == middle {
                canvas.text(&signed(value), bar.right + 8.0, y, number)?;
            }
        }
        let side = Type::new(TICK_EM, palette::INK);
        canvas.text("for", bar.right + 8.0, bar.top + 24.0, side)?;
        canvas.text("against", bar.right + 8.0, bar.bottom - 24.0, side)?;
        let name = Type::new(TICK_EM, palette::QUIET);
        canvas.text("weight", bar.left, bar.top - 24.0, name)
    }
}

/// A hairline around a box, outside it.
fn draw_frame<DB: DrawingBackend>(canvas: &Canvas<DB>, frame: Frame) -> Result<(), String> {
    for y in [frame.top - 0.5, frame.bottom + 0.5] {
        canvas.rule(
            frame.left - 1.0,
            frame.right + 1.0,
            y,
            1.0,
            palette::NEUTRAL,
        )?;
    }
    for x in [frame.left - 0.5, frame.right + 0.5] {
        canvas.post(
            x,
            frame.top - 1.0,
            frame.bottom + 1.0,
            1.0,
            palette::NEUTRAL,
        )?;
    }
    Ok(())
}
