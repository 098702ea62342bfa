//! Figures for papers and slides: PNG at twice the size of the SVG.
//!
//! The font is bundled, so a figure's bytes are the same on every machine.

mod calibration;
mod canvas;
mod confusion;
mod explanation;
mod fonts;
mod heatmap;
mod palette;
mod probabilities;
mod ticks;
mod typeset;
mod word_bars;

use crate::{ReportError, ReportView};
pub use calibration::{CalibrationBin, CalibrationView};
use canvas::Canvas;
pub use confusion::ConfusionView;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use typeset::Typeset;

/// Pixels of a PNG per unit of the layout: 2 prints well at a column's width.
const PNG_SCALE: u32 = 2;

/// A figure's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureFormat {
    /// Pixels.
    Png,
    /// Shapes and text.
    Svg,
}

impl FigureFormat {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::Png, Self::Svg];

    /// The file name's ending.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// Width and height of a figure in layout units (CSS pixels).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Size {
    width: u32,
    height: u32,
}

/// A figure that draws itself on any canvas.
trait Figure {
    fn name(&self) -> &'static str;
    fn size(&self) -> Size;
    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<(), String>;
}

/// Draws one explained label: the stem x time heatmap beside the word bars, as MusicLIME shows them.
///
/// Without audio weights the bars stand alone, without words the heatmap does.
///
/// # Errors
/// A view whose parts do not fit, an index past the explained labels, or a backend that fails.
pub fn explanation(
    view: &ReportView,
    explained: usize,
    format: FigureFormat,
) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    let label = view
        .explained
        .get(explained)
        .ok_or_else(|| ReportError::View {
            what: "explained label".to_owned(),
            expected: format!("an index below {}", view.explained.len()),
            got: explained.to_string(),
        })?;
    render(&explanation::ExplanationFigure::new(view, label), format)
}

/// Draws the model's probabilities as bars, the most probable first.
///
/// # Errors
/// A view whose parts do not fit, or a backend that fails.
pub fn probabilities(view: &ReportView, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    render(&probabilities::ProbabilitiesFigure::new(view), format)
}

/// Draws a confusion matrix: true classes down, predicted ones across.
///
/// # Errors
/// Counts that do not fit the classes, more classes than can be drawn, or a backend that fails.
pub fn confusion(view: &ConfusionView, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    render(&confusion::ConfusionFigure::new(view), format)
}

/// Draws a reliability diagram above the number of songs in each bin.
///
/// # Errors
/// Bins that are not within 0 and 1, or a backend that fails.
pub fn calibration(view: &CalibrationView, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    render(&calibration::CalibrationFigure::new(view), format)
}

fn render(figure: &impl Figure, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    let failed = |reason: String| ReportError::Figure {
        figure: figure.name().to_owned(),
        reason,
    };
    fonts::register().map_err(failed)?;
    let Size { width, height } = figure.size();
    match format {
        FigureFormat::Svg => {
            let mut svg = String::new();
            {
                let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
                draw(figure, Canvas::new(area, 1.0)).map_err(failed)?;
            }
            Ok(svg.into_bytes())
        }
        FigureFormat::Png => {
            let (width, height) = (width * PNG_SCALE, height * PNG_SCALE);
            let mut pixels = vec![255; width as usize * height as usize * 3];
            {
                let bitmap = BitMapBackend::with_buffer(&mut pixels, (width, height));
                let area = Typeset::new(bitmap).into_drawing_area();
                draw(figure, Canvas::new(area, f64::from(PNG_SCALE))).map_err(failed)?;
            }
            encode_png(&pixels, width, height).map_err(|e| failed(e.to_string()))
        }
    }
}

fn draw<DB: DrawingBackend>(figure: &impl Figure, canvas: Canvas<DB>) -> Result<(), String> {
    canvas.clear()?;
    figure.draw(&canvas)?;
    canvas.present()
}

fn encode_png(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}
