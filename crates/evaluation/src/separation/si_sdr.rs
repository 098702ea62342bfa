use musiclime_core::Waveform;
use std::ops::Range;

/// The scale-invariant source-to-distortion ratio of an estimate, in decibels.
///
/// The reference is scaled by the one factor that fits the estimate best, for all channels together; means are kept.
/// Direction: higher is better. A perfect estimate has infinity.
///
/// # Source
/// Le Roux et al. 2019, "SDR - half-baked or well done?", equation 3; torchmetrics' function of that name with
/// `zero_mean=False`, without its epsilon.
pub fn si_sdr_db(reference: &Waveform, estimate: &Waveform, frame: Range<usize>) -> f64 {
    let pairs = || {
        let channels = reference.channels().iter().zip(estimate.channels());
        channels.flat_map(|(r, e)| {
            let samples = r[frame.clone()].iter().zip(&e[frame.clone()]);
            samples.map(|(r, e)| (f64::from(*r), f64::from(*e)))
        })
    };
    let (product, power) = pairs().fold((0.0, 0.0), |(p, q), (r, e)| (p + r * e, q + r * r));
    let scale = product / power;
    let (target, noise) = pairs().fold((0.0, 0.0), |(t, n), (r, e)| {
        let target = scale * r;
        (t + target * target, n + (e - target) * (e - target))
    });
    10.0 * (target / noise).log10()
}
