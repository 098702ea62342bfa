//! Band-limited change of the sampling rate.

mod kernel;
mod polyphase;
mod response;
mod stream;

pub use stream::ResampleStream;

use crate::AudioError;
use musiclime_core::Waveform;
use polyphase::Converter;

/// The waveform at another rate, every channel on its own.
///
/// # Shapes
/// `ceil(len * to_hz / rate)` samples, as librosa counts them; sample 0 stays at time 0, and beyond both ends is silence.
///
/// # Errors
/// A rate of 0.
///
/// # Source
/// librosa's `resample(res_type="soxr_hq")` in length and alignment. The filter is a linear-phase windowed sinc with
/// soxr HQ's measured frequency response (see `response.rs`), computed in one step where soxr cascades several.
pub fn resample(waveform: &Waveform, to_hz: u32) -> Result<Waveform, AudioError> {
    let from_hz = waveform.sample_rate_hz();
    check_rates(from_hz, to_hz)?;
    if from_hz == to_hz {
        return Ok(waveform.clone());
    }
    let converter = Converter::new(from_hz, to_hz);
    let channels = waveform
        .channels()
        .iter()
        .map(|c| converter.convert(c, resampled_len(c.len(), from_hz, to_hz)))
        .collect();
    Ok(Waveform::new(channels, to_hz)?)
}

pub(crate) fn resample_channel(
    samples: &[f32],
    from_hz: u32,
    to_hz: u32,
) -> Result<Vec<f32>, AudioError> {
    check_rates(from_hz, to_hz)?;
    if from_hz == to_hz || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let len = resampled_len(samples.len(), from_hz, to_hz);
    Ok(Converter::new(from_hz, to_hz).convert(samples, len))
}

fn check_rates(from_hz: u32, to_hz: u32) -> Result<(), AudioError> {
    if from_hz == 0 || to_hz == 0 {
        return Err(AudioError::Setting {
            what: "sample rate",
            expected: "at least 1 Hz".into(),
            got: "0 Hz".into(),
        });
    }
    Ok(())
}

/// How many samples `len` samples become, counted in floating point exactly as librosa does.
pub fn resampled_len(len: usize, from_hz: u32, to_hz: u32) -> usize {
    if from_hz == to_hz {
        return len;
    }
    (len as f64 * (f64::from(to_hz) / f64::from(from_hz))).ceil() as usize
}

/// The ratio `from : to` in lowest terms.
fn lowest_terms(from: u64, to: u64) -> (u64, u64) {
    let (mut a, mut b) = (from, to);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (from / a, to / a)
}
