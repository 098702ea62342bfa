//! A bitmap backend with real typesetting.

use super::fonts::{self, Weight};
use ab_glyph::{Font, point};
use plotters::prelude::{BitMapBackend, DrawingBackend};
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};

/// plotters writes a font's size as its em times this.
pub(super) const SIZE_PER_EM: f64 = 1.24;

/// Half the x-height of the bundled font, in em: where SVG's `0.5ex` puts the baseline below the middle.
const HALF_X_HEIGHT_EM: f64 = 0.273;

/// plotters' bitmap backend, but glyphs stand at fractions of a pixel with their side bearings, so that spacing is
/// even and a PNG has the layout of the SVG.
pub(super) struct Typeset<'a> {
    bitmap: BitMapBackend<'a>,
}

impl<'a> Typeset<'a> {
    pub(super) fn new(bitmap: BitMapBackend<'a>) -> Self {
        Self { bitmap }
    }
}

impl<'a> DrawingBackend for Typeset<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.bitmap.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.bitmap.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.bitmap.present()
    }

    fn draw_pixel(
        &mut self,
        point: BackendCoord,
        color: BackendColor,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.bitmap.draw_pixel(point, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.bitmap.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let weight = if matches!(style.style(), FontStyle::Bold) {
            Weight::Bold
        } else {
            Weight::Regular
        };
        let Some(face) = fonts::face(weight) else {
            return Ok(());
        };
        let em_px = style.size() / SIZE_PER_EM;
        let (glyphs, width) = fonts::layout(face, text, em_px);
        let left = f64::from(pos.0)
            - match style.anchor().h_pos {
                HPos::Left => 0.0,
                HPos::Center => width / 2.0,
                HPos::Right => width,
            };
        let baseline = (f64::from(pos.1) + HALF_X_HEIGHT_EM * em_px).round();
        let ink = style.color();
        let (page_width, page_height) = self.get_size();
        for mut glyph in glyphs {
            glyph.position = point(glyph.position.x + left as f32, baseline as f32);
            let Some(outline) = face.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            let mut covered = Vec::new();
            outline.draw(|x, y, coverage| {
                let at = (
                    bounds.min.x as i32 + x as i32,
                    bounds.min.y as i32 + y as i32,
                );
                if coverage > 0.0
                    && at.0 >= 0
                    && at.1 >= 0
                    && at.0 < page_width as i32
                    && at.1 < page_height as i32
                {
                    covered.push((at, coverage));
                }
            });
            for (at, coverage) in covered {
                let alpha = ink.alpha * f64::from(coverage.min(1.0));
                self.bitmap.draw_pixel(
                    at,
                    BackendColor {
                        alpha,
                        rgb: ink.rgb,
                    },
                )?;
            }
        }
        Ok(())
    }
}
