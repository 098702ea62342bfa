//! Mono 16-bit WAV at a low rate, as a data URI.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use musiclime_core::Waveform;

/// Bytes of a WAV header.
const HEADER_BYTES: usize = 44;

/// Zero crossings on each side of the anti-aliasing sinc: about 60 dB with a Hann window.
const LOBES: f64 = 12.0;

/// Share of the new Nyquist frequency that is kept; the rest is the filter's slope.
const PASSBAND: f64 = 0.92;

/// The length of the data URI of `samples` samples.
pub(super) fn data_uri_bytes(samples: usize) -> usize {
    "data:audio/wav;base64,".len() + (HEADER_BYTES + 2 * samples).div_ceil(3) * 4
}

/// The data URI of a mono 16-bit WAV.
pub(super) fn data_uri(samples: &[f32], rate_hz: u32) -> String {
    let data_bytes = (samples.len() * 2) as u32;
    let mut wav = Vec::with_capacity(HEADER_BYTES + samples.len() * 2);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16u32.to_le_bytes());
    wav.extend_from_slice(&1u16.to_le_bytes());
    wav.extend_from_slice(&1u16.to_le_bytes());
    wav.extend_from_slice(&rate_hz.to_le_bytes());
    wav.extend_from_slice(&(rate_hz * 2).to_le_bytes());
    wav.extend_from_slice(&2u16.to_le_bytes());
    wav.extend_from_slice(&16u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&data_bytes.to_le_bytes());
    for x in samples {
        let level = (x.clamp(-1.0, 1.0) * 32767.0).round() as i16;
        wav.extend_from_slice(&level.to_le_bytes());
    }
    let mut uri = String::with_capacity(data_uri_bytes(samples.len()));
    uri.push_str("data:audio/wav;base64,");
    STANDARD.encode_string(&wav, &mut uri);
    uri
}

/// The first `seconds` of a waveform, mixed to mono and brought down to `rate_hz`; a rate at or below it is kept.
///
/// Returns the samples and their rate. Only what is kept is computed, so a long waveform costs no more.
pub(super) fn mono_at(waveform: &Waveform, rate_hz: u32, seconds: f64) -> (Vec<f32>, u32) {
    let from_hz = waveform.sample_rate_hz();
    let kept = ((seconds * f64::from(from_hz)).ceil() as usize).min(waveform.len());
    let source = waveform.slice(0, kept).downmix();
    if from_hz <= rate_hz {
        return (source, from_hz);
    }
    let step = f64::from(from_hz) / f64::from(rate_hz);
    let half_width = LOBES * step / PASSBAND;
    let cutoff = PASSBAND / step;
    let out = (0..(source.len() as f64 / step).floor() as usize)
        .map(|n| {
            let centre = n as f64 * step;
            let first = (centre - half_width).ceil().max(0.0) as usize;
            let last = ((centre + half_width).floor() as usize).min(source.len().saturating_sub(1));
            let (mut sum, mut gain) = (0.0, 0.0);
            for (t, x) in source.iter().enumerate().take(last + 1).skip(first) {
                let distance = t as f64 - centre;
                let window = 0.5 + 0.5 * (std::f64::consts::PI * distance / half_width).cos();
                let tap = sinc(cutoff * distance) * window;
                sum += f64::from(*x) * tap;
                gain += tap;
            }
            (sum / gain) as f32
        })
        .collect();
    (out, rate_hz)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = std::f64::consts::PI * x;
    angle.sin() / angle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency_hz: f64, rate_hz: u32) -> Waveform {
        let samples = (0..rate_hz)
            .map(|n| {
                (std::f64::consts::TAU * frequency_hz * f64::from(n) / f64::from(rate_hz)).sin()
                    as f32
                    * 0.5
            })
            .collect();
        Waveform::mono(samples, rate_hz).expect("a tone")
    }

    #[test]
    fn a_low_tone_survives_and_a_high_one_does_not() {
        let rms = |x: &[f32]| (x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32).sqrt();
        let (low, rate) = mono_at(&tone(440.0, 44_100), 22_050, 9.0);
        assert_eq!((low.len(), rate), (22_050, 22_050));
        assert!((rms(&low) - 0.5 / 2f32.sqrt()).abs() < 2e-3);
        let expected = tone(440.0, 22_050).downmix();
        // Away from the ends, where the filter lacks neighbours.
        for n in 100..21_900 {
            assert!(
                (low[n] - expected[n]).abs() < 2e-3,
                "sample {n}: {} for {}",
                low[n],
                expected[n]
            );
        }
        let (high, _) = mono_at(&tone(15_000.0, 44_100), 22_050, 9.0);
        assert!(rms(&high[100..21_900]) < 1e-3, "{}", rms(&high));
    }

    #[test]
    fn the_uri_has_the_length_that_was_foretold() {
        for n in [0, 1, 2, 3, 1000] {
            assert_eq!(data_uri(&vec![0.1; n], 8000).len(), data_uri_bytes(n));
        }
        assert!(data_uri(&[0.0], 8000).starts_with("data:audio/wav;base64,UklGR"));
    }
}
