//! Figures for papers and slides: PNG at twice the size of the SVG.
//!
//! The font is bundled, so a figure's bytes are the same on every machine.

mod balance;
mod calibration;
mod canvas;
mod class_matrix;
mod confusion;
mod explanation;
mod fonts;
mod global_class;
mod heatmap;
mod learning_curve;
mod palette;
mod probabilities;
mod region_map;
mod ticks;
mod typeset;
mod word_bars;

pub use balance::{BalanceView, ClassBar};
pub use calibration::{CalibrationBin, CalibrationView};
pub use confusion::ConfusionView;

use crate::{GlobalView, LearningCurve, ReportError, ReportView};
use canvas::Canvas;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use typeset::Typeset;

/// Pixels of a PNG per unit of the layout: 2 prints well at a column's width.
const PNG_SCALE: u32 = 2;

/// The colour of a weight's share of the largest, as on the figures.
pub(crate) fn diverging_rgb(share: f64) -> [u8; 3] {
    let color = palette::diverging(share);
    [color.0, color.1, color.2]
}

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

/// Draws how many songs each class has in each split.
///
/// # Errors
/// No class, or a backend that fails.
pub fn balance(view: &BalanceView, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    if view.classes.is_empty() {
        return Err(ReportError::View {
            what: "classes".to_owned(),
            expected: "at least 1".to_owned(),
            got: "none".to_owned(),
        });
    }
    render(&balance::BalanceFigure::new(view), format)
}

/// Draws what speaks for one class over many songs: the stem x segment heatmap beside the word bars.
///
/// # Errors
/// A view whose parts do not fit, an index past its classes, or a backend that fails.
pub fn global_class(
    view: &GlobalView,
    class: usize,
    format: FigureFormat,
) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    let class = view.classes.get(class).ok_or_else(|| ReportError::View {
        what: "class".to_owned(),
        expected: format!("an index below {}", view.classes.len()),
        got: class.to_string(),
    })?;
    render(&global_class::GlobalClassFigure::new(view, class), format)
}

/// Draws class against class: the features that matter most to any class, in every class.
///
/// # Errors
/// A view whose parts do not fit, or a backend that fails.
pub fn class_matrix(view: &GlobalView, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    view.check()?;
    render(&class_matrix::ClassMatrixFigure::new(view), format)
}

/// Draws a run's learning curve: losses of the steps and of the validation, and the scores of the epochs.
///
/// # Errors
/// A curve without an epoch, or a backend that fails.
pub fn learning_curve(curve: &LearningCurve, format: FigureFormat) -> Result<Vec<u8>, ReportError> {
    if curve.best_epoch >= curve.epochs.len() {
        return Err(ReportError::View {
            what: "the epoch of a learning curve".to_owned(),
            expected: format!("an index below {}", curve.epochs.len()),
            got: curve.best_epoch.to_string(),
        });
    }
    render(&learning_curve::LearningCurveFigure::new(curve), format)
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

pub(crate) fn encode_png(
    rgb: &[u8],
    width: u32,
    height: u32,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}
