//! The bundled font, its measures, and what fits into a width.

use ab_glyph::{Font, FontRef, Glyph, GlyphId, point};
use plotters::style::{FontStyle, register_font};
use std::sync::OnceLock;

/// The families that an SVG asks for, and the name under which plotters finds the bundled font.
pub(super) const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

static REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Running text.
    Regular,
    /// Titles.
    Bold,
}

/// Makes the font known to plotters.
pub(super) fn register() -> Result<(), String> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = *DONE.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, SEMI_BOLD).is_ok()
    });
    if done {
        Ok(())
    } else {
        Err("the bundled font cannot be read".to_owned())
    }
}

/// The bundled font of a weight.
pub(super) fn face(weight: Weight) -> Option<&'static FontRef<'static>> {
    static FACES: OnceLock<Option<[FontRef<'static>; 2]>> = OnceLock::new();
    let faces = FACES.get_or_init(|| {
        Some([
            FontRef::try_from_slice(REGULAR).ok()?,
            FontRef::try_from_slice(SEMI_BOLD).ok()?,
        ])
    });
    faces
        .as_ref()
        .map(|faces| &faces[usize::from(weight == Weight::Bold)])
}

/// The glyph of a character: the box of `.notdef` where the font lacks it, nothing for characters without a shape.
fn glyph_id(face: &FontRef<'_>, c: char) -> Option<GlyphId> {
    let shapeless = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0100}'..='\u{e01ef}');
    (!shapeless).then(|| face.glyph_id(c))
}

/// The glyphs of a line, placed from x = 0 on the baseline y = 0, and the line's width.
pub(super) fn layout(face: &FontRef<'_>, text: &str, em_px: f64) -> (Vec<Glyph>, f64) {
    let units_per_em = face.units_per_em().unwrap_or(1000.0);
    let px_per_unit = em_px as f32 / units_per_em;
    let scale = face.height_unscaled() * px_per_unit;
    let mut x = 0.0f32;
    let mut glyphs = Vec::new();
    for id in text.chars().filter_map(|c| glyph_id(face, c)) {
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += face.h_advance_unscaled(id) * px_per_unit;
    }
    (glyphs, f64::from(x))
}

/// The width of a line.
pub(super) fn width(text: &str, em_px: f64, weight: Weight) -> f64 {
    face(weight).map_or(0.0, |face| layout(face, text, em_px).1)
}

/// `text` without control characters, cut with an ellipsis so that it is no wider than `max_width`.
pub(super) fn fitted(text: &str, em_px: f64, weight: Weight, max_width: f64) -> String {
    let mut kept = crate::format::shortened(text, 200);
    if width(&kept, em_px, weight) <= max_width {
        return kept;
    }
    loop {
        kept.pop();
        let cut = format!("{}…", kept.trim_end().trim_end_matches('…'));
        if kept.is_empty() || width(&cut, em_px, weight) <= max_width {
            return cut;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_glyph_is_a_box_with_width() {
        let face = face(Weight::Regular).expect("the bundled font");
        for missing in ['🎵', '漢'] {
            let (glyphs, width) = layout(face, &missing.to_string(), 16.0);
            assert_eq!(glyphs.len(), 1);
            assert!(width > 4.0);
            assert!(
                face.outline_glyph(glyphs[0].clone()).is_some(),
                "the box of {missing} must be visible"
            );
        }
        assert_eq!(layout(face, "\u{fe0f}\u{200d}", 16.0).0.len(), 0);
    }

    #[test]
    fn the_subset_holds_what_figures_write() {
        let face = face(Weight::Bold).expect("the bundled font");
        for c in "aZ09éßŁžΩжЯ–—…‘’“”−×·•≤²".chars() {
            assert_ne!(
                face.glyph_id(c),
                GlyphId(0),
                "{c} is missing from the bundled font"
            );
        }
    }

    #[test]
    fn long_words_end_in_an_ellipsis_within_the_width() {
        let cut = fitted(
            "Donaudampfschifffahrtsgesellschaft",
            14.0,
            Weight::Regular,
            100.0,
        );
        assert!(cut.ends_with('…') && cut.starts_with("Donau"));
        assert!(width(&cut, 14.0, Weight::Regular) <= 100.0);
        assert_eq!(fitted("sea", 14.0, Weight::Regular, 100.0), "sea");
    }
}
