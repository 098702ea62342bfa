//! Bars of the model's answers: probabilities, or quantities.

use super::canvas::{Align, Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::{Figure, Size, palette};
use crate::ReportView;
use musiclime_core::OutputKind;
use plotters::prelude::DrawingBackend;

const WIDTH: f64 = 900.0;
const MARGIN: f64 = 36.0;
const TOP: f64 = 104.0;
const ROW_HEIGHT: f64 = 36.0;
const BAR_HEIGHT: f64 = 20.0;
/// How many classes a figure shows.
const MOST_CLASSES: usize = 20;
const NAME_EM: f64 = 16.0;
const VALUE_ROOM: f64 = 70.0;

/// The figure of the model's answer.
pub(super) struct ProbabilitiesFigure<'a> {
    view: &'a ReportView,
    shown: Vec<usize>,
}

impl<'a> ProbabilitiesFigure<'a> {
    pub(super) fn new(view: &'a ReportView) -> Self {
        let mut shown = view.reading_order();
        shown.truncate(MOST_CLASSES);
        Self { view, shown }
    }

    fn hidden(&self) -> usize {
        self.view.labels.len() - self.shown.len()
    }
}

impl Figure for ProbabilitiesFigure<'_> {
    fn name(&self) -> &'static str {
        "probabilities"
    }

    fn size(&self) -> Size {
        let foot = if self.hidden() > 0 { 52.0 } else { 28.0 };
        let height = TOP + self.shown.len() as f64 * ROW_HEIGHT + foot;
        Size {
            width: WIDTH as u32,
            height: height as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let view = self.view;
        let title = fonts::fitted(
            &format!("What the model hears: {}", view.task),
            24.0,
            Weight::Bold,
            828.0,
        );
        canvas.text(&title, MARGIN, 42.0, Type::new(24.0, palette::INK).bold())?;
        let song = fonts::fitted(&view.song_name, 15.0, Weight::Regular, 480.0);
        let model = fonts::fitted(&view.model_name, 15.0, Weight::Regular, 320.0);
        canvas.text(
            &format!("{song}  ·  {model}"),
            MARGIN,
            72.0,
            Type::new(15.0, palette::QUIET),
        )?;

        let names: Vec<String> = self
            .shown
            .iter()
            .map(|&class| fonts::fitted(&view.labels.names()[class], NAME_EM, Weight::Bold, 260.0))
            .collect();
        let widest = names
            .iter()
            .map(|n| fonts::width(n, NAME_EM, Weight::Bold))
            .fold(0.0, f64::max);
        let left = MARGIN + widest + 14.0;
        let room = WIDTH - MARGIN - VALUE_ROOM - left;
        for (row, (&class, name)) in self.shown.iter().zip(&names).enumerate() {
            let middle = TOP + (row as f64 + 0.5) * ROW_HEIGHT;
            let (top, bottom) = (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0);
            let is_explained = view
                .explained
                .iter()
                .any(|e| e.label == view.labels.names()[class]);
            let set = Type::new(NAME_EM, palette::INK).align(Align::Right);
            canvas.text(
                name,
                left - 12.0,
                middle,
                if is_explained { set.bold() } else { set },
            )?;
            let probability = view.probabilities[class];
            let share = view.bar_share(probability);
            canvas.fill(
                Frame {
                    left,
                    top,
                    right: left + room,
                    bottom,
                },
                palette::TRACK,
            )?;
            let color = if is_explained {
                palette::ACCENT
            } else {
                palette::NEUTRAL
            };
            canvas.fill(
                Frame {
                    left,
                    top,
                    right: left + (share * room).max(1.0),
                    bottom,
                },
                color,
            )?;
            canvas.text(
                &view.answer(probability),
                left + room + 12.0,
                middle,
                Type::new(15.0, palette::INK),
            )?;
        }
        if self.hidden() > 0 {
            let y = TOP + self.shown.len() as f64 * ROW_HEIGHT + 18.0;
            let rest = match view.output {
                OutputKind::Softmax => format!("and {} less probable classes", self.hidden()),
                OutputKind::Sigmoid => format!("and {} less probable tags", self.hidden()),
                OutputKind::Regression => format!("and {} more", self.hidden()),
            };
            canvas.text(&rest, left, y, Type::new(14.0, palette::QUIET))?;
        }
        Ok(())
    }
}
