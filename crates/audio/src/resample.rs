//! Band-limited change of the sampling rate.

use crate::AudioError;
use musiclime_core::Waveform;
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

/// Length of the anti-aliasing filter, in samples of the slower of the two rates.
///
/// The transition band narrows with the filter's length: at 512 it fits between the pass band (0.913) and the
/// end (1.0) of the reference's filter.
const FILTER_SAMPLES_AT_SLOWER_RATE: usize = 512;

/// The waveform at another rate, every channel on its own.
///
/// # Shapes
/// `ceil(len * to_hz / rate)` samples, as librosa counts them; sample 0 stays at time 0.
///
/// # Errors
/// A rate of 0, or a resampler that refuses the pair of rates.
///
/// # Source
/// librosa's `resample` (`soxr_hq`) in length and alignment; the filter is rubato's FFT resampler, its delay trimmed.
pub fn resample(waveform: &Waveform, to_hz: u32) -> Result<Waveform, AudioError> {
    if to_hz == waveform.sample_rate_hz() {
        return Ok(waveform.clone());
    }
    let channels = waveform
        .channels()
        .iter()
        .map(|c| resample_channel(c, waveform.sample_rate_hz(), to_hz))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Waveform::new(channels, to_hz)?)
}

pub(crate) fn resample_channel(
    samples: &[f32],
    from_hz: u32,
    to_hz: u32,
) -> Result<Vec<f32>, AudioError> {
    if from_hz == 0 || to_hz == 0 {
        return Err(AudioError::Setting {
            what: "sample rate",
            expected: "at least 1 Hz".into(),
            got: "0 Hz".into(),
        });
    }
    if from_hz == to_hz || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let refuse = |reason: String| AudioError::Resample {
        from_hz,
        to_hz,
        reason,
    };
    let (from, to) = (from_hz as usize, to_hz as usize);
    let divisor = greatest_common_divisor(from, to);
    let (step_in, step_out) = (from / divisor, to / divisor);
    // An even number of steps a block keeps half a block, which is the delay, a whole number of samples.
    let steps = FILTER_SAMPLES_AT_SLOWER_RATE
        .div_ceil(step_in.min(step_out))
        .next_multiple_of(2);
    let mut resampler = Fft::<f32>::new_custom(
        from,
        to,
        steps * step_in,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|e| refuse(e.to_string()))?;
    let input =
        SequentialSlice::new(samples, 1, samples.len()).map_err(|e| refuse(e.to_string()))?;
    let output = resampler
        .process_all(&input, samples.len(), None)
        .map_err(|e| refuse(e.to_string()))?;
    let mut output = output.take_data();
    output.resize(resampled_len(samples.len(), from_hz, to_hz), 0.0);
    for x in &mut output {
        if !x.is_finite() {
            *x = 0.0;
        }
    }
    Ok(output)
}

/// How many samples `len` samples become, counted in floating point exactly as librosa does.
pub fn resampled_len(len: usize, from_hz: u32, to_hz: u32) -> usize {
    if from_hz == to_hz {
        return len;
    }
    (len as f64 * (f64::from(to_hz) / f64::from(from_hz))).ceil() as usize
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
