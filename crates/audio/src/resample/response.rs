//! The frequency response of soxr HQ, as measured.
//!
//! Impulses at every phase through soxr 1.1.0 (`quality="HQ"`, about 50 pairs of rates) give its impulse response on a fine
//! grid. Time is counted in samples of the slower rate and frequency in its Nyquist frequency. The response is a
//! Kaiser-windowed sinc, cut at 0.95687 (pass band to 0.9136, stop band from 1.0). Its attenuation grows with the
//! number of steps that soxr takes: halvings of the rate, and one interpolation for ratios that are not simple. That
//! interpolation is a second, wide Kaiser-windowed sinc, whose droop is up to 0.1 % at the end of the pass band. Not modelled: upward
//! ratios that soxr takes in two simple steps (1:6, 1:8); they get the interpolation instead.

use super::lowest_terms;

/// -6 dB point of the main filter.
const CUTOFF: f64 = 0.956_871_83;
/// Kaiser beta of the main filter of one step, and what each doubling of the number of steps adds.
const BETA: (f64, f64) = (13.040, 0.671_2);
/// Half the window of the main filter, before its taps are rounded, likewise.
const HALF_WIDTH: (f64, f64) = (96.45, 4.95);
/// Kaiser beta of the interpolation.
const INTERPOLATION_BETA: f64 = 14.075;

/// A low-pass filter: a sinc under a Kaiser window.
#[derive(Clone, Copy, Debug)]
pub(super) struct KaiserSinc {
    /// -6 dB point, in Nyquist frequencies of the slower rate.
    pub cutoff: f64,
    /// The window's shape.
    pub beta: f64,
    /// Half the window, in samples of the slower rate.
    pub half_width: f64,
}

/// The filters whose cascade has the response of soxr HQ for one pair of rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Response {
    /// The filter that sets the transition band.
    pub main: KaiserSinc,
    /// The wide filter of the interpolation, for ratios that are not simple.
    pub interpolation: Option<KaiserSinc>,
}

impl Response {
    /// The response for a pair of different rates.
    pub(super) fn of(from_hz: u32, to_hz: u32) -> Self {
        // The faster rate as a multiple of the slower; soxr halves a fast input until it is below 4.
        let (from, mut to) = (u64::from(from_hz), u64::from(to_hz));
        let mut halvings = 0_u32;
        while from >= 4 * to {
            to *= 2;
            halvings += 1;
        }
        let (from, to) = lowest_terms(from, to);
        let simple = (from <= 4 && to <= 3) || (from <= 3 && to <= 5);
        let rate = if simple {
            from.max(to) as f64
        } else if from < to {
            2.0
        } else {
            let ratio = from as f64 / to as f64;
            if ratio < 2.0 { 2.0 * ratio } else { ratio }
        };
        let steps = u64::from(1 + halvings) * if simple { 1 } else { 2 };
        let doublings = (steps as f64).log2();
        // The taps are a multiple of 4 (of 8 where soxr has 4 phases), and one.
        let multiple = if simple && to == 4 { 8.0 } else { 4.0 };
        let taps = 2.0 * rate * (HALF_WIDTH.0 + HALF_WIDTH.1 * doublings);
        let taps = multiple * ((taps - 1.0) / multiple).ceil() + 1.0;
        Self {
            main: KaiserSinc {
                cutoff: CUTOFF,
                beta: BETA.0 + BETA.1 * doublings,
                half_width: taps / (2.0 * rate),
            },
            interpolation: (!simple).then(|| interpolation(rate, from < to)),
        }
    }
}

/// The filter between samples at `rate` times the slower rate; its stop band starts at the first image.
fn interpolation(rate: f64, upwards: bool) -> KaiserSinc {
    let half_taps = if upwards {
        7.5
    } else {
        (8.89 * rate / (2.288 * rate - 2.211)).ceil()
    };
    KaiserSinc {
        cutoff: 0.856 * rate + 0.105_3,
        beta: INTERPOLATION_BETA,
        half_width: half_taps / rate,
    }
}
