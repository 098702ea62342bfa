//! Rectangles, rules, dots and text in layout units, on any backend.

use super::fonts::{FAMILY, Weight};
use super::palette;
use super::typeset::SIZE_PER_EM;
use plotters::coord::Shift;
use plotters::prelude::{Circle, DrawingArea, DrawingBackend, PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, IntoTextStyle, RGBColor};

/// By how much a text's middle is lowered, in em, so that figures and capitals look centred, not the x-height.
const OPTICAL_SHIFT_EM: f64 = 0.08;

/// Which end of a text its x belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Size, weight, colour and alignment of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    pub(super) em_px: f64,
    pub(super) weight: Weight,
    pub(super) color: RGBColor,
    pub(super) align: Align,
}

impl Type {
    /// Regular, left-aligned.
    pub(super) fn new(em_px: f64, color: RGBColor) -> Self {
        Self {
            em_px,
            weight: Weight::Regular,
            color,
            align: Align::Left,
        }
    }

    pub(super) fn bold(self) -> Self {
        Self {
            weight: Weight::Bold,
            ..self
        }
    }

    pub(super) fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

/// A box in layout units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A page to draw on, in layout units.
pub(super) struct Canvas<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    scale: f64,
}

impl<DB: DrawingBackend> Canvas<DB> {
    pub(super) fn new(area: DrawingArea<DB, Shift>, scale: f64) -> Self {
        Self { area, scale }
    }

    fn px(&self, units: f64) -> i32 {
        (units * self.scale).round() as i32
    }

    /// Paints the page white.
    pub(super) fn clear(&self) -> Result<(), String> {
        self.area
            .fill(&plotters::style::WHITE)
            .map_err(|e| e.to_string())
    }

    /// Finishes the page.
    pub(super) fn present(&self) -> Result<(), String> {
        self.area.present().map_err(|e| e.to_string())
    }

    /// Fills a box; its edges fall on whole pixels, so boxes that share an edge neither overlap nor leave a gap.
    pub(super) fn fill(&self, frame: Frame, color: RGBColor) -> Result<(), String> {
        let (x0, y0) = (self.px(frame.left), self.px(frame.top));
        let (x1, y1) = (self.px(frame.right), self.px(frame.bottom));
        if x1 <= x0 || y1 <= y0 {
            return Ok(());
        }
        self.area
            .draw(&Rectangle::new([(x0, y0), (x1, y1)], color.filled()))
            .map_err(|e| e.to_string())
    }

    /// A horizontal rule of `thickness` around `y`.
    pub(super) fn rule(
        &self,
        left: f64,
        right: f64,
        y: f64,
        thickness: f64,
        color: RGBColor,
    ) -> Result<(), String> {
        self.fill(
            Frame {
                left,
                top: y - thickness / 2.0,
                right,
                bottom: y + thickness / 2.0,
            },
            color,
        )
    }

    /// A vertical rule of `thickness` around `x`.
    pub(super) fn post(
        &self,
        x: f64,
        top: f64,
        bottom: f64,
        thickness: f64,
        color: RGBColor,
    ) -> Result<(), String> {
        self.fill(
            Frame {
                left: x - thickness / 2.0,
                top,
                right: x + thickness / 2.0,
                bottom,
            },
            color,
        )
    }

    /// A line through points.
    pub(super) fn line(
        &self,
        points: &[(f64, f64)],
        thickness: f64,
        color: RGBColor,
    ) -> Result<(), String> {
        let points: Vec<(i32, i32)> = points
            .iter()
            .map(|(x, y)| (self.px(*x), self.px(*y)))
            .collect();
        let width = self.px(thickness).max(1) as u32;
        self.area
            .draw(&PathElement::new(points, color.stroke_width(width)))
            .map_err(|e| e.to_string())
    }

    /// A filled dot.
    pub(super) fn dot(&self, x: f64, y: f64, radius: f64, color: RGBColor) -> Result<(), String> {
        self.area
            .draw(&Circle::new(
                (self.px(x), self.px(y)),
                (radius * self.scale).max(1.0),
                color.filled(),
            ))
            .map_err(|e| e.to_string())
    }

    /// One line of text whose middle is at `y`.
    pub(super) fn text(&self, text: &str, x: f64, y: f64, set: Type) -> Result<(), String> {
        let style = match set.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let h_pos = match set.align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = (
            FontFamily::Name(FAMILY),
            set.em_px * SIZE_PER_EM * self.scale,
            style,
        )
            .into_text_style(&self.area)
            .color(&set.color)
            .pos(Pos::new(h_pos, VPos::Center));
        let at = (self.px(x), self.px(y + OPTICAL_SHIFT_EM * set.em_px));
        self.area
            .draw(&Text::new(text.to_owned(), at, style))
            .map_err(|e| e.to_string())
    }

    /// The name of a panel.
    pub(super) fn panel_title(&self, text: &str, x: f64, y: f64) -> Result<(), String> {
        self.text(text, x, y, Type::new(16.0, palette::INK).bold())
    }
}
