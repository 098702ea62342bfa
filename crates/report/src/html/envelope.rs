//! Waveform envelopes as SVG paths.

use std::fmt::Write;

/// Columns of an envelope: more than a wide screen shows.
const COLUMNS: usize = 400;

/// Width of the coordinate system of an envelope; its height is 100.
pub(super) const WIDTH: f64 = 1000.0;

/// The closed path of the peaks of `samples` over `0..WIDTH`, mirrored at y = 50; `peak` fills the height.
///
/// `share` is the part of the width that the samples fill.
pub(super) fn path(samples: &[f32], peak: f32, share: f64) -> String {
    if samples.is_empty() || peak <= 0.0 {
        return format!("M0 50H{WIDTH}");
    }
    let columns = COLUMNS.min(samples.len());
    let levels: Vec<f64> = (0..columns)
        .map(|c| {
            let (from, to) = (
                c * samples.len() / columns,
                (c + 1) * samples.len() / columns,
            );
            let top = samples[from..to].iter().fold(0.0f32, |m, x| m.max(x.abs()));
            f64::from(top / peak).min(1.0) * 46.0
        })
        .collect();
    let x = |c: usize| (c as f64 + 0.5) / columns as f64 * WIDTH * share.min(1.0);
    let mut path = String::from("M0 50");
    for (c, level) in levels.iter().enumerate() {
        let _ = write!(path, "L{:.1} {:.1}", x(c), 50.0 - level);
    }
    for (c, level) in levels.iter().enumerate().rev() {
        let _ = write!(path, "L{:.1} {:.1}", x(c), 50.0 + level);
    }
    path.push('Z');
    path
}
