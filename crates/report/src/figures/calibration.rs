//! Whether a model is right as often as it says.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::ticks::{tick_labels, ticks};
use super::{Figure, Size, palette};
use crate::ReportError;
use plotters::prelude::DrawingBackend;

const WIDTH: f64 = 620.0;
const MARGIN: f64 = 36.0;
const TICK_EM: f64 = 13.0;
/// The reliability diagram.
const DIAGRAM: Frame = Frame {
    left: 96.0,
    top: 128.0,
    right: 576.0,
    bottom: 508.0,
};
/// The songs of each bin.
const HISTOGRAM: Frame = Frame {
    left: 96.0,
    top: 552.0,
    right: 576.0,
    bottom: 640.0,
};
const HEIGHT: f64 = 712.0;
/// Dots of the diagonal.
const DIAGONAL_DOTS: usize = 64;

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Lower edge, 0 to 1.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Songs in it.
    pub songs: usize,
    /// Their mean probability of the first choice.
    pub confidence: f64,
    /// Share of right first choices.
    pub accuracy: f64,
}

/// How often a model is right, by how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationView<'a> {
    /// What was measured, as a rule the model's name.
    pub title: &'a str,
    /// A line below the title.
    pub subtitle: &'a str,
    /// The bins, from 0 to 1.
    pub bins: &'a [CalibrationBin],
}

impl CalibrationView<'_> {
    pub(super) fn check(&self) -> Result<(), ReportError> {
        let odd = self.bins.iter().find(|b| {
            let shares = [b.low, b.high, b.confidence, b.accuracy];
            !shares.iter().all(|x| (0.0..=1.0).contains(x)) || b.low >= b.high
        });
        match odd {
            Some(bin) => Err(ReportError::View {
                what: "calibration bin".to_owned(),
                expected: "edges that rise and shares, all from 0 to 1".to_owned(),
                got: format!("{bin:?}"),
            }),
            None => Ok(()),
        }
    }
}

/// The figure of a model's calibration.
pub(super) struct CalibrationFigure<'a> {
    view: &'a CalibrationView<'a>,
}

impl<'a> CalibrationFigure<'a> {
    pub(super) fn new(view: &'a CalibrationView<'a>) -> Self {
        Self { view }
    }
}

fn x_at(frame: Frame, share: f64) -> f64 {
    frame.left + share * frame.width()
}

fn y_at(frame: Frame, share: f64) -> f64 {
    frame.bottom - share * frame.height()
}

impl Figure for CalibrationFigure<'_> {
    fn name(&self) -> &'static str {
        "calibration"
    }

    fn size(&self) -> Size {
        Size {
            width: WIDTH as u32,
            height: HEIGHT as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let room = WIDTH - 2.0 * MARGIN;
        let title = fonts::fitted(self.view.title, 24.0, Weight::Bold, room);
        canvas.text(&title, MARGIN, 42.0, Type::new(24.0, palette::INK).bold())?;
        let subtitle = fonts::fitted(self.view.subtitle, 15.0, Weight::Regular, room);
        canvas.text(&subtitle, MARGIN, 72.0, Type::new(15.0, palette::QUIET))?;
        self.draw_diagram(canvas)?;
        self.draw_histogram(canvas)?;
        canvas.text(
            "probability of the first choice",
            (HISTOGRAM.left + HISTOGRAM.right) / 2.0,
            HISTOGRAM.bottom + 46.0,
            Type::new(TICK_EM, palette::QUIET).align(Align::Centre),
        )
    }
}

impl CalibrationFigure<'_> {
    fn draw_diagram<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let shares = ticks(0.0, 1.0, 6);
        let quiet = Type::new(TICK_EM, palette::QUIET);
        for (share, text) in shares.iter().zip(tick_labels(&shares)) {
            let (x, y) = (x_at(DIAGRAM, *share), y_at(DIAGRAM, *share));
            canvas.rule(DIAGRAM.left, DIAGRAM.right, y, 1.0, palette::HAIRLINE)?;
            canvas.text(&text, DIAGRAM.left - 10.0, y, quiet.align(Align::Right))?;
            canvas.text(&text, x, DIAGRAM.bottom + 18.0, quiet.align(Align::Centre))?;
        }
        for bin in self.view.bins.iter().filter(|b| b.songs > 0) {
            canvas.fill(
                Frame {
                    left: x_at(DIAGRAM, bin.low) + 1.0,
                    top: y_at(DIAGRAM, bin.accuracy),
                    right: x_at(DIAGRAM, bin.high) - 1.0,
                    bottom: DIAGRAM.bottom,
                },
                palette::NEUTRAL,
            )?;
        }
        for i in 0..=DIAGONAL_DOTS {
            let share = i as f64 / DIAGONAL_DOTS as f64;
            let (x, y) = (x_at(DIAGRAM, share), y_at(DIAGRAM, share));
            canvas.dot(x, y, 1.2, palette::QUIET)?;
        }
        for bin in self.view.bins.iter().filter(|b| b.songs > 0) {
            let (x, y) = (x_at(DIAGRAM, bin.confidence), y_at(DIAGRAM, bin.accuracy));
            canvas.dot(x, y, 5.0, palette::ACCENT)?;
        }
        canvas.text(
            "share of right answers; dotted: as often right as it says",
            MARGIN,
            DIAGRAM.top - 24.0,
            quiet,
        )
    }

    fn draw_histogram<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let quiet = Type::new(TICK_EM, palette::QUIET);
        let most = self.view.bins.iter().map(|b| b.songs).max().unwrap_or(0);
        for bin in self.view.bins {
            let height = HISTOGRAM.height() * bin.songs as f64 / most.max(1) as f64;
            let top = HISTOGRAM.bottom - height;
            let (left, right) = (x_at(HISTOGRAM, bin.low), x_at(HISTOGRAM, bin.high));
            canvas.fill(
                Frame {
                    left: left + 1.0,
                    top,
                    right: right - 1.0,
                    bottom: HISTOGRAM.bottom,
                },
                palette::ACCENT,
            )?;
            canvas.text(
                &bin.songs.to_string(),
                (left + right) / 2.0,
                HISTOGRAM.bottom + 18.0,
                quiet.align(Align::Centre),
            )?;
        }
        canvas.rule(
            HISTOGRAM.left,
            HISTOGRAM.right,
            HISTOGRAM.bottom,
            1.0,
            palette::QUIET,
        )?;
        canvas.text(
            "songs",
            HISTOGRAM.left - 10.0,
            HISTOGRAM.bottom + 18.0,
            quiet.align(Align::Right),
        )
    }
}
