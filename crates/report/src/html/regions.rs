//! The spectrogram with its regions coloured by their weights.

use super::page::{interval_text, side};
use crate::figures::{diverging_rgb, encode_png};
use crate::format::{signed, time_range};
use crate::{ExplainedLabel, ReportView};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// Pixels of one cell of the spectrogram, each way.
const CELL_PX: usize = 2;
/// The most regions that have a button.
const MOST_PINS: usize = 16;

/// The picture and the buttons on it.
#[derive(Debug, Serialize)]
pub(super) struct RegionPanel {
    pub(super) largest: String,
    pub(super) regions: usize,
    /// A PNG as a data URI.
    pub(super) image: String,
    top_hz: String,
    middle_hz: String,
    pins: Vec<Pin>,
}

/// The button of one region, where the region is.
#[derive(Debug, Serialize)]
struct Pin {
    left: String,
    top: String,
    side: &'static str,
    rank: usize,
    told: String,
    start_s: String,
    end_s: String,
}

/// The panel; `None` where components are no regions.
pub(super) fn panel(view: &ReportView, label: &ExplainedLabel) -> Option<RegionPanel> {
    let image = view.regions.as_ref().filter(|i| !i.bounds.is_empty())?;
    let largest = label
        .regions
        .iter()
        .map(|w| w.drawable().abs())
        .fold(0.0, f64::max);
    let share = |region: usize| match largest > 0.0 {
        true => label.regions[region].drawable() / largest,
        false => 0.0,
    };
    let (width, height) = (image.columns * CELL_PX, image.rows * CELL_PX);
    let mut pixels = vec![0u8; width * height * 3];
    let region = |column: usize, row: usize| image.labels[column * image.rows + row] as usize;
    for y in 0..height {
        let row = image.rows - 1 - y / CELL_PX;
        for x in 0..width {
            let column = x / CELL_PX;
            let own = region(column, row);
            let edge = (x % CELL_PX == 0 && column > 0 && region(column - 1, row) != own)
                || (y % CELL_PX == 0 && row + 1 < image.rows && region(column, row + 1) != own);
            let level = f64::from(image.levels[column * image.rows + row]);
            // Loud cells are dark, as in print; the weight's colour lies over them.
            let shade = if edge { 0.35 } else { 1.0 - 0.45 * level };
            let tint = diverging_rgb(share(own));
            for (c, tint) in tint.into_iter().enumerate() {
                pixels[(y * width + x) * 3 + c] = (f64::from(tint) * shade).round() as u8;
            }
        }
    }
    let png = encode_png(&pixels, width as u32, height as u32).ok()?;
    let mut order: Vec<usize> = (0..image.bounds.len()).collect();
    let weight = |r: usize| label.regions[r].drawable();
    order.sort_by(|&a, &b| weight(b).abs().total_cmp(&weight(a).abs()));
    order.truncate(MOST_PINS);
    let mut pins: Vec<(f64, Pin)> = order
        .iter()
        .enumerate()
        .filter(|(_, r)| weight(**r) != 0.0)
        .map(|(rank, &r)| {
            let (column, row) = middle(image, r);
            let left = (column as f64 + 0.5) / image.columns as f64;
            let bounds = &image.bounds[r];
            let pin = Pin {
                left: format!("{:.2}", left * 100.0),
                top: format!(
                    "{:.2}",
                    100.0 - (row as f64 + 0.5) / image.rows as f64 * 100.0
                ),
                side: side(weight(r)),
                rank: rank + 1,
                told: format!(
                    "region {r}, {}: {}{}",
                    place(view, r),
                    signed(label.regions[r].value),
                    interval_text(label.regions[r].interval)
                ),
                start_s: format!("{:.3}", bounds.start_s),
                end_s: format!("{:.3}", bounds.end_s),
            };
            (left, pin)
        })
        .collect();
    pins.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(RegionPanel {
        largest: signed(largest),
        regions: image.bounds.len(),
        image: format!("data:image/png;base64,{}", STANDARD.encode(png)),
        top_hz: hertz(image.edges_hz[image.rows]),
        middle_hz: hertz(image.edges_hz[image.rows / 2]),
        pins: pins.into_iter().map(|(_, pin)| pin).collect(),
    })
}

/// Seconds and frequencies of a region.
pub(super) fn place(view: &ReportView, region: usize) -> String {
    let Some(bounds) = view.regions.as_ref().and_then(|i| i.bounds.get(region)) else {
        return String::new();
    };
    let when = time_range(view.start_s + bounds.start_s, view.start_s + bounds.end_s);
    format!("{when}, {:.0} to {:.0} Hz", bounds.low_hz, bounds.high_hz)
}

fn hertz(hz: f64) -> String {
    match hz {
        hz if hz >= 1000.0 => format!("{:.1} kHz", hz / 1000.0),
        hz => format!("{hz:.0} Hz"),
    }
}

/// The cell of a region that lies nearest to the mean of its cells, as column and row.
fn middle(image: &crate::RegionImage, region: usize) -> (usize, usize) {
    let cells = || {
        image
            .labels
            .iter()
            .enumerate()
            .filter(move |(_, l)| **l as usize == region)
            .map(|(cell, _)| ((cell / image.rows) as f64, (cell % image.rows) as f64))
    };
    let count = cells().count().max(1) as f64;
    let (x, y) = cells().fold((0.0, 0.0), |(x, y), (c, r)| (x + c / count, y + r / count));
    let apart = |cell: &(f64, f64)| (cell.0 - x).powi(2) + (cell.1 - y).powi(2);
    cells()
        .min_by(|a, b| apart(a).total_cmp(&apart(b)))
        .map_or((0, 0), |(c, r)| (c as usize, r as usize))
}
