//! What a model hears: one channel at its own rate.

use crate::{AudioError, resample::resample_channel};
use musiclime_core::Waveform;

/// The mean of the channels, at `to_hz`.
///
/// # Shapes
/// `ceil(len * to_hz / rate)` samples.
///
/// # Errors
/// A rate of 0.
pub fn to_mono_at(waveform: &Waveform, to_hz: u32) -> Result<Vec<f32>, AudioError> {
    resample_channel(&waveform.downmix(), waveform.sample_rate_hz(), to_hz)
}
