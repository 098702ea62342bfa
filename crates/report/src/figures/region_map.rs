//! Regions of a spectrogram in the colours of their weights.

use super::canvas::{Align, Canvas, Frame, Type};
use super::palette;
use crate::{ExplainedLabel, RegionImage};
use plotters::prelude::DrawingBackend;

/// Fills `grid` with the regions; a row of cells is drawn in stretches of one region.
pub(super) fn draw<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    grid: Frame,
    image: &RegionImage,
    label: &ExplainedLabel,
    largest: f64,
) -> Result<(), String> {
    let x = |column: usize| grid.left + column as f64 / image.columns as f64 * grid.width();
    let y = |row: usize| grid.bottom - row as f64 / image.rows as f64 * grid.height();
    let region = |column: usize, row: usize| image.labels[column * image.rows + row] as usize;
    for row in 0..image.rows {
        let mut first = 0;
        for column in 1..=image.columns {
            if column < image.columns && region(column, row) == region(first, row) {
                continue;
            }
            let share = match largest > 0.0 {
                true => label.regions[region(first, row)].drawable() / largest,
                false => 0.0,
            };
            let frame = Frame {
                left: x(first),
                right: x(column),
                top: y(row + 1),
                bottom: y(row),
            };
            canvas.fill(frame, palette::diverging(share))?;
            first = column;
        }
    }
    for row in [0, image.rows / 2, image.rows] {
        let text = format!("{:.0} Hz", image.edges_hz[row]);
        let set = Type::new(13.0, palette::QUIET).align(Align::Right);
        canvas.text(&text, grid.left - 12.0, y(row), set)?;
    }
    Ok(())
}
