//! A run's learning curve: losses on the left, scores on the right.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::ticks::{tick_labels, ticks};
use super::{Figure, Size, palette};
use crate::LearningCurve;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

const WIDTH: f64 = 980.0;
const HEIGHT: f64 = 420.0;
const MARGIN: f64 = 36.0;
const TOP: f64 = 132.0;
const BOTTOM: f64 = 356.0;
const AXIS_ROOM: f64 = 52.0;
const GAP: f64 = 48.0;
/// Most ticks of an axis.
const MOST_TICKS: usize = 6;
/// Most points of a line: more than there are pixels tell nothing.
const MOST_POINTS: usize = 600;
/// The smoothed line's memory, as a share of the run's steps.
const SMOOTHED_SHARE: f64 = 0.02;

pub(super) struct LearningCurveFigure<'a> {
    curve: &'a LearningCurve,
    /// Steps of an epoch.
    steps_an_epoch: f64,
    epochs: f64,
}

/// A plot's place and scales.
struct Panel {
    frame: Frame,
    most_x: f64,
    low_y: f64,
    high_y: f64,
}

impl Panel {
    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let share = (y - self.low_y) / (self.high_y - self.low_y);
        (
            self.frame.left + x / self.most_x * self.frame.width(),
            self.frame.bottom - share.clamp(0.0, 1.0) * self.frame.height(),
        )
    }

    fn axes<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let quiet = Type::new(13.0, palette::QUIET);
        let Frame {
            left,
            right,
            bottom,
            ..
        } = self.frame;
        let marks = ticks(self.low_y, self.high_y, MOST_TICKS);
        for (mark, label) in marks.iter().zip(tick_labels(&marks)) {
            let (_, y) = self.at((0.0, *mark));
            canvas.rule(left, right, y, 1.0, palette::HAIRLINE)?;
            canvas.text(&label, left - 8.0, y, quiet.align(Align::Right))?;
        }
        let marks = ticks(0.0, self.most_x, MOST_TICKS);
        for (mark, label) in marks.iter().zip(tick_labels(&marks)) {
            let (x, _) = self.at((*mark, self.low_y));
            canvas.post(x, bottom, bottom + 5.0, 1.0, palette::QUIET)?;
            canvas.text(&label, x, bottom + 16.0, quiet.align(Align::Centre))?;
        }
        canvas.rule(left, right, bottom, 1.0, palette::QUIET)?;
        let middle = (left + right) / 2.0;
        canvas.text("epoch", middle, bottom + 38.0, quiet.align(Align::Centre))
    }

    fn line<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        points: &[(f64, f64)],
        thickness: f64,
        color: RGBColor,
    ) -> Result<(), String> {
        let points: Vec<(f64, f64)> = points.iter().map(|p| self.at(*p)).collect();
        canvas.line(&points, thickness, color)
    }

    fn dots<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        points: &[(f64, f64)],
        color: RGBColor,
    ) -> Result<(), String> {
        points.iter().try_for_each(|p| {
            let (x, y) = self.at(*p);
            canvas.dot(x, y, 3.0, color)
        })
    }

    /// Names and colours of the lines, above the plot.
    fn legend<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<DB>,
        entries: &[(&str, RGBColor)],
    ) -> Result<(), String> {
        let y = self.frame.top - 18.0;
        let mut x = self.frame.left;
        for (name, color) in entries {
            canvas.rule(x, x + 18.0, y, 3.0, *color)?;
            canvas.text(name, x + 24.0, y, Type::new(13.0, palette::INK))?;
            x += 24.0 + fonts::width(name, 13.0, Weight::Regular) + 22.0;
        }
        Ok(())
    }
}

impl<'a> LearningCurveFigure<'a> {
    pub(super) fn new(curve: &'a LearningCurve) -> Self {
        let last = curve.epochs.last().map_or(curve.steps.len(), |e| e.step);
        let epochs = curve.epochs.len().max(1) as f64;
        Self {
            curve,
            steps_an_epoch: (last as f64 / epochs).max(1.0),
            epochs,
        }
    }

    fn panel(&self, number: usize, low_y: f64, high_y: f64) -> Panel {
        let width = (WIDTH - 2.0 * MARGIN - GAP) / 2.0;
        let left = MARGIN + number as f64 * (width + GAP);
        Panel {
            frame: Frame {
                left: left + AXIS_ROOM,
                top: TOP,
                right: left + width,
                bottom: BOTTOM,
            },
            most_x: self.epochs,
            low_y,
            high_y,
        }
    }

    fn of_epochs(&self, value: impl Fn(&crate::CurveEpoch) -> f64) -> Vec<(f64, f64)> {
        self.curve
            .epochs
            .iter()
            .map(|e| (e.step as f64 / self.steps_an_epoch, value(e)))
            .collect()
    }

    /// The steps' losses, and the same smoothed; each thinned to what can be seen.
    fn of_steps(&self) -> [Vec<(f64, f64)>; 2] {
        let steps = &self.curve.steps;
        let keep = 1.0 / (steps.len() as f64 * SMOOTHED_SHARE).max(1.0);
        let every = steps.len().div_ceil(MOST_POINTS).max(1);
        let mut mean = steps.first().copied().unwrap_or(0.0);
        let (mut raw, mut smooth) = (Vec::new(), Vec::new());
        for (step, loss) in steps.iter().enumerate() {
            mean += keep * (loss - mean);
            if step % every == 0 || step + 1 == steps.len() {
                let x = (step + 1) as f64 / self.steps_an_epoch;
                raw.push((x, *loss));
                smooth.push((x, mean));
            }
        }
        [raw, smooth]
    }
}

impl Figure for LearningCurveFigure<'_> {
    fn name(&self) -> &'static str {
        "learning_curve"
    }

    fn size(&self) -> Size {
        Size {
            width: WIDTH as u32,
            height: HEIGHT as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let title = fonts::fitted(
            &format!("How {} was learned", self.curve.model),
            24.0,
            Weight::Bold,
            WIDTH - 2.0 * MARGIN,
        );
        canvas.text(&title, MARGIN, 42.0, Type::new(24.0, palette::INK).bold())?;
        let [first, second] = &self.curve.scores;
        let best = self.curve.epochs.get(self.curve.best_epoch);
        let text = best.map_or_else(String::new, |best| {
            format!(
                "kept: epoch {} of {}, {first} {:.3}, {second} {:.3} on the validation songs",
                self.curve.best_epoch + 1,
                self.curve.epochs.len(),
                best.scores[0],
                best.scores[1]
            )
        });
        canvas.text(&text, MARGIN, 72.0, Type::new(15.0, palette::QUIET))?;

        let [raw, smooth] = self.of_steps();
        let validation = self.of_epochs(|e| e.validation_loss);
        let highest = raw
            .iter()
            .chain(&validation)
            .map(|p| p.1)
            .filter(|y| y.is_finite())
            .fold(0.0, f64::max);
        let losses = self.panel(0, 0.0, (highest * 1.05).max(1e-6));
        losses.axes(canvas)?;
        losses.line(canvas, &raw, 1.0, palette::NEUTRAL)?;
        losses.line(canvas, &smooth, 2.5, palette::AGAINST)?;
        losses.line(canvas, &validation, 2.5, palette::FOR)?;
        losses.dots(canvas, &validation, palette::FOR)?;
        losses.legend(
            canvas,
            &[
                ("loss of a step", palette::NEUTRAL),
                ("smoothed", palette::AGAINST),
                ("validation loss", palette::FOR),
            ],
        )?;

        let scores = self.panel(1, 0.0, 1.0);
        scores.axes(canvas)?;
        if let Some(best) = best {
            let (x, _) = scores.at((best.step as f64 / self.steps_an_epoch, 0.0));
            canvas.post(x, TOP, BOTTOM, 1.5, palette::QUIET)?;
        }
        for (points, color) in [
            (self.of_epochs(|e| e.scores[1]), palette::NEUTRAL),
            (self.of_epochs(|e| e.scores[0]), palette::ACCENT),
        ] {
            scores.line(canvas, &points, 2.5, color)?;
            scores.dots(canvas, &points, color)?;
        }
        scores.legend(
            canvas,
            &[
                (first, palette::ACCENT),
                (second, palette::NEUTRAL),
                ("epoch that was kept", palette::QUIET),
            ],
        )
    }
}
