//! Which class is taken for which.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::{Figure, Size, palette};
use crate::ReportError;
use plotters::prelude::DrawingBackend;

const MARGIN: f64 = 36.0;
const TOP: f64 = 150.0;
const FOOT: f64 = 64.0;
const NAME_EM: f64 = 14.0;
const MOST_NAME_WIDTH: f64 = 150.0;
/// Cells at least this wide bear the names of their columns; narrower ones bear numbers.
const NAMED_CELL: f64 = 62.0;
/// Cells at least this wide bear a number of songs.
const COUNTED_CELL: f64 = 24.0;
/// Cells at least this wide have rows with names.
const LABELLED_CELL: f64 = 12.0;
/// The most that all cells of a row take together.
const MOST_WIDTH: f64 = 1060.0;
/// The least width, so that titles fit.
const LEAST_WIDTH: f64 = 560.0;
/// More classes than this leave less than a point each.
const MOST_CLASSES: usize = 700;

/// How often each class was taken for which.
///
/// # Shapes
/// `counts`: `[truth][predicted]`, songs.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionView<'a> {
    /// What was measured, as a rule the model's name.
    pub title: &'a str,
    /// A line below the title.
    pub subtitle: &'a str,
    /// The classes.
    pub labels: &'a [String],
    /// The songs.
    pub counts: &'a [Vec<usize>],
}

impl ConfusionView<'_> {
    pub(super) fn check(&self) -> Result<(), ReportError> {
        let classes = self.labels.len();
        let wrong = |what: &str, expected: String, got: usize| {
            Err(ReportError::View {
                what: what.to_owned(),
                expected,
                got: got.to_string(),
            })
        };
        if classes == 0 || classes > MOST_CLASSES {
            return wrong("classes", format!("1 to {MOST_CLASSES}"), classes);
        }
        if self.counts.len() != classes {
            return wrong("confusion rows", classes.to_string(), self.counts.len());
        }
        match self.counts.iter().find(|row| row.len() != classes) {
            Some(row) => wrong("confusion columns", classes.to_string(), row.len()),
            None => Ok(()),
        }
    }
}

/// The figure of a confusion matrix.
pub(super) struct ConfusionFigure<'a> {
    view: &'a ConfusionView<'a>,
    cell: f64,
    cell_height: f64,
    names_width: f64,
}

impl<'a> ConfusionFigure<'a> {
    pub(super) fn new(view: &'a ConfusionView<'a>) -> Self {
        let widest = view
            .labels
            .iter()
            .map(|name| fonts::width(name, NAME_EM, Weight::Regular))
            .fold(0.0, f64::max)
            .min(MOST_NAME_WIDTH);
        let classes = view.labels.len() as f64;
        let wanted = (widest + 14.0).max(NAMED_CELL);
        let cell = wanted.min(MOST_WIDTH / classes);
        // Numbers stand before names where columns are known by number alone.
        let number = if cell < NAMED_CELL { 30.0 } else { 0.0 };
        Self {
            view,
            cell,
            cell_height: cell.min(44.0),
            names_width: if cell.min(44.0) >= LABELLED_CELL {
                widest + number + 16.0
            } else {
                0.0
            },
        }
    }

    fn grid(&self) -> Frame {
        let classes = self.view.labels.len() as f64;
        let left = MARGIN + self.names_width;
        Frame {
            left,
            top: TOP,
            right: left + classes * self.cell,
            bottom: TOP + classes * self.cell_height,
        }
    }

    fn name(&self, class: usize, room: f64) -> String {
        fonts::fitted(&self.view.labels[class], NAME_EM, Weight::Regular, room)
    }
}

impl Figure for ConfusionFigure<'_> {
    fn name(&self) -> &'static str {
        "confusion"
    }

    fn size(&self) -> Size {
        let grid = self.grid();
        Size {
            width: (grid.right + MARGIN).max(LEAST_WIDTH).ceil() as u32,
            height: (grid.bottom + FOOT).ceil() as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let grid = self.grid();
        let room = f64::from(self.size().width) - 2.0 * MARGIN;
        let title = fonts::fitted(self.view.title, 24.0, Weight::Bold, room);
        canvas.text(&title, MARGIN, 42.0, Type::new(24.0, palette::INK).bold())?;
        let subtitle = fonts::fitted(self.view.subtitle, 15.0, Weight::Regular, room);
        canvas.text(&subtitle, MARGIN, 72.0, Type::new(15.0, palette::QUIET))?;
        canvas.text(
            "predicted class",
            grid.left,
            TOP - 42.0,
            Type::new(13.0, palette::QUIET),
        )?;
        let by_name = self.cell >= NAMED_CELL;
        for (truth, row) in self.view.counts.iter().enumerate() {
            let top = grid.top + truth as f64 * self.cell_height;
            let middle = top + self.cell_height / 2.0;
            if self.names_width > 0.0 {
                let mut name = self.name(truth, MOST_NAME_WIDTH);
                if !by_name {
                    name = format!("{name}  {}", truth + 1);
                }
                let set = Type::new(NAME_EM.min(self.cell_height), palette::INK);
                canvas.text(&name, grid.left - 10.0, middle, set.align(Align::Right))?;
                let column = if by_name {
                    self.name(truth, self.cell - 6.0)
                } else {
                    (truth + 1).to_string()
                };
                let em = if by_name {
                    NAME_EM
                } else {
                    NAME_EM.min(self.cell * 0.55)
                };
                canvas.text(
                    &column,
                    grid.left + (truth as f64 + 0.5) * self.cell,
                    TOP - 16.0,
                    Type::new(em, palette::INK).align(Align::Centre),
                )?;
            }
            let songs: usize = row.iter().sum();
            for (predicted, &count) in row.iter().enumerate() {
                let share = count as f64 / songs.max(1) as f64;
                // The blue half of the map; hits and misses alike, for the diagonal tells them apart.
                let color = palette::diverging(-share);
                let left = grid.left + predicted as f64 * self.cell;
                let cell = Frame {
                    left,
                    top,
                    right: left + self.cell,
                    bottom: top + self.cell_height,
                };
                canvas.fill(cell, color)?;
                if count > 0 && self.cell >= COUNTED_CELL {
                    let em = 14.0f64.min(self.cell * 0.42);
                    let set = Type::new(em, palette::ink_on(color)).align(Align::Centre);
                    canvas.text(&count.to_string(), left + self.cell / 2.0, middle, set)?;
                }
            }
        }
        if self.cell_height >= LABELLED_CELL {
            for line in 0..=self.view.labels.len() {
                let (x, y) = (line as f64 * self.cell, line as f64 * self.cell_height);
                canvas.post(grid.left + x, grid.top, grid.bottom, 1.0, palette::HAIRLINE)?;
                canvas.rule(grid.left, grid.right, grid.top + y, 1.0, palette::HAIRLINE)?;
            }
        }
        canvas.text(
            "Rows: the true class. Numbers: songs. Colour: share of the row.",
            MARGIN,
            grid.bottom + 30.0,
            Type::new(13.0, palette::QUIET),
        )
    }
}
