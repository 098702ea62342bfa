//! Stem x time beside words.

use super::canvas::{Canvas, Frame, Type};
use super::fonts::{self, Weight};
use super::heatmap::Heatmap;
use super::word_bars::WordBars;
use super::{Figure, Size, palette};
use crate::format::{plain, time_range};
use crate::{ExplainedLabel, ReportView};
use plotters::prelude::DrawingBackend;

const WIDTH: f64 = 1280.0;
const MARGIN: f64 = 36.0;
/// Top of the panels: below title, subtitle and the panels' names.
const PANEL_TOP: f64 = 146.0;
/// Room below the panels for ticks and the axis' name.
const PANEL_FOOT: f64 = 84.0;
/// Where the heatmap ends when the word bars stand beside it.
const HEATMAP_RIGHT: f64 = 800.0;
const GUTTER: f64 = 48.0;

/// The figure of one explained label.
pub(super) struct ExplanationFigure<'a> {
    view: &'a ReportView,
    label: &'a ExplainedLabel,
    heatmap: Option<Heatmap<'a>>,
    bars: Option<WordBars<'a>>,
}

impl<'a> ExplanationFigure<'a> {
    pub(super) fn new(view: &'a ReportView, label: &'a ExplainedLabel) -> Self {
        Self {
            view,
            label,
            heatmap: Heatmap::new(view, label),
            bars: WordBars::new(label),
        }
    }

    fn panel_height(&self) -> f64 {
        let heatmap = self.heatmap.as_ref().map_or(0.0, Heatmap::height);
        let bars = self.bars.as_ref().map_or(0.0, WordBars::height);
        heatmap.max(bars).max(80.0)
    }

    fn subtitle(&self) -> String {
        let view = self.view;
        let name = fonts::fitted(&view.song_name, 15.0, Weight::Regular, 420.0);
        let model = fonts::fitted(&view.model_name, 15.0, Weight::Regular, 300.0);
        let excerpt = time_range(view.start_s, view.start_s + view.duration_s);
        format!(
            "{name}  ·  {excerpt}  ·  {model}  ·  local fit R² {}",
            plain(self.label.r2)
        )
    }
}

impl Figure for ExplanationFigure<'_> {
    fn name(&self) -> &'static str {
        "explanation"
    }

    fn size(&self) -> Size {
        Size {
            width: WIDTH as u32,
            height: (PANEL_TOP + self.panel_height() + PANEL_FOOT).ceil() as u32,
        }
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String> {
        let label = fonts::fitted(&self.label.label, 26.0, Weight::Bold, 700.0);
        let title = format!(
            "Why “{label}”? ({})",
            self.view.answer(self.label.probability)
        );
        canvas.text(&title, MARGIN, 44.0, Type::new(26.0, palette::INK).bold())?;
        canvas.text(
            &self.subtitle(),
            MARGIN,
            76.0,
            Type::new(15.0, palette::QUIET),
        )?;

        let bottom = PANEL_TOP + self.panel_height();
        let whole = Frame {
            left: MARGIN,
            top: PANEL_TOP,
            right: WIDTH - MARGIN,
            bottom,
        };
        match (&self.heatmap, &self.bars) {
            (Some(heatmap), Some(bars)) => {
                heatmap.draw(
                    canvas,
                    Frame {
                        right: HEATMAP_RIGHT,
                        ..whole
                    },
                )?;
                bars.draw(
                    canvas,
                    Frame {
                        left: HEATMAP_RIGHT + GUTTER,
                        ..whole
                    },
                )
            }
            (Some(heatmap), None) => heatmap.draw(canvas, whole),
            (None, Some(bars)) => bars.draw(canvas, whole),
            (None, None) => canvas.text(
                "Neither audio nor words are explained.",
                MARGIN,
                PANEL_TOP + 20.0,
                Type::new(16.0, palette::QUIET),
            ),
        }
    }
}
