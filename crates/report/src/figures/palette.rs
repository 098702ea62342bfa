//! The colours of the figures. Red speaks for the label, blue against it: told apart with any colour vision.

use plotters::style::RGBColor;

/// Titles and labels.
pub(super) const INK: RGBColor = RGBColor(28, 32, 38);
/// Ticks and remarks.
pub(super) const QUIET: RGBColor = RGBColor(92, 100, 112);
/// Grid lines and frames.
pub(super) const HAIRLINE: RGBColor = RGBColor(222, 226, 231);
/// A bar that is not the subject.
pub(super) const NEUTRAL: RGBColor = RGBColor(176, 184, 194);
/// The ground of a bar.
pub(super) const TRACK: RGBColor = RGBColor(241, 243, 245);
/// The bar of an explained label.
pub(super) const ACCENT: RGBColor = RGBColor(62, 72, 140);
/// A bar that speaks for the label.
pub(super) const FOR: RGBColor = RGBColor(196, 58, 56);
/// A bar that speaks against the label.
pub(super) const AGAINST: RGBColor = RGBColor(46, 108, 178);

/// Stops from 0 to 1, by which a weight's share of the largest is coloured.
const FOR_STOPS: [[f64; 3]; 4] = [
    [252.0, 252.0, 252.0],
    [250.0, 207.0, 188.0],
    [233.0, 131.0, 106.0],
    [178.0, 32.0, 40.0],
];
const AGAINST_STOPS: [[f64; 3]; 4] = [
    [252.0, 252.0, 252.0],
    [198.0, 221.0, 240.0],
    [110.0, 167.0, 214.0],
    [27.0, 87.0, 160.0],
];

/// The blue-white-red map: -1 is the deepest blue, 0 white, 1 the deepest red; outside it is cut.
pub(super) fn diverging(share: f64) -> RGBColor {
    let stops = if share < 0.0 {
        &AGAINST_STOPS
    } else {
        &FOR_STOPS
    };
    let at = share.abs().clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (at as usize).min(stops.len() - 2);
    let part = at - below as f64;
    let mix =
        |c: usize| (stops[below][c] + (stops[below + 1][c] - stops[below][c]) * part).round() as u8;
    RGBColor(mix(0), mix(1), mix(2))
}

/// Black or white, whichever is seen better on `ground`.
pub(super) fn ink_on(ground: RGBColor) -> RGBColor {
    let luma =
        0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    if luma > 140.0 {
        INK
    } else {
        RGBColor(255, 255, 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_centred_and_signed() {
        assert_eq!(diverging(0.0), RGBColor(252, 252, 252));
        assert_eq!(diverging(1.0), RGBColor(178, 32, 40));
        assert_eq!(diverging(-1.0), RGBColor(27, 87, 160));
        assert_eq!(diverging(7.0), diverging(1.0));
        for step in 1..=100 {
            let share = f64::from(step) / 100.0;
            let (red, blue) = (diverging(share), diverging(-share));
            assert!(
                red.0 > red.2 && blue.2 > blue.0,
                "share {share}: {red:?} {blue:?}"
            );
        }
    }
}
