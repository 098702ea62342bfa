//! What sounds in place of what is taken away.

use crate::AudioError;
use crate::bands::transform;
use musiclime_core::Waveform;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use realfft::num_complex::Complex;
use std::ops::Range;

/// White Gaussian noise of standard deviation 1: the same seed gives the same samples on every machine.
pub fn white_noise(seed: u64, len: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Box and Muller 1958; the first number is never 0.
    let mut pair = || {
        let radius = (-2.0 * (1.0 - uniform(&mut random)).ln()).sqrt();
        let angle = std::f64::consts::TAU * uniform(&mut random);
        [radius * angle.cos(), radius * angle.sin()]
    };
    let mut samples = Vec::with_capacity(len + 1);
    while samples.len() < len {
        samples.extend(pair().map(|x| x as f32));
    }
    samples.truncate(len);
    samples
}

/// A number from 0 up to, but without, 1.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// `noise` with the root mean square of `like` in each segment; outside them it is silent.
///
/// # Panics
/// If the two have different lengths.
pub fn at_level(mut noise: Vec<f32>, like: &[f32], segments: &[Range<usize>]) -> Vec<f32> {
    assert_eq!(noise.len(), like.len(), "noise of the same length");
    let mut at = 0;
    for segment in segments {
        noise[at..segment.start].fill(0.0);
        at = segment.end;
        let level =
            rms(&like[segment.clone()]) / rms(&noise[segment.clone()]).max(f64::MIN_POSITIVE);
        for x in &mut noise[segment.clone()] {
            *x = (f64::from(*x) * level) as f32;
        }
    }
    noise[at..].fill(0.0);
    noise
}

fn rms(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|&x| f64::from(x).powi(2)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}

/// A steady sound with the mean power spectrum of `samples`, phases drawn at random.
///
/// # Errors
/// A rate that is too low for a transform.
pub fn mean_spectrum(
    samples: &[f32],
    sample_rate_hz: u32,
    seed: u64,
) -> Result<Vec<f32>, AudioError> {
    let stft = transform(sample_rate_hz)?;
    let mut spectrogram = stft.transform(samples);
    let bins = stft.bins();
    let mut power = vec![0.0f64; bins];
    for row in spectrogram.values.chunks_exact(bins) {
        for (p, x) in power.iter_mut().zip(row) {
            *p += f64::from(x.norm_sqr());
        }
    }
    let frames = spectrogram.frames as f64;
    let wanted: f64 = power.iter().sum::<f64>();
    // The phases of one run of noise: neighbouring frames that overlap agree, so that nothing cancels.
    let noise = stft.transform(&white_noise(seed, samples.len()));
    let mut noise_power = vec![0.0f64; bins];
    for row in noise.values.chunks_exact(bins) {
        for (p, x) in noise_power.iter_mut().zip(row) {
            *p += f64::from(x.norm_sqr());
        }
    }
    if wanted <= 0.0 || frames < 1.0 {
        return Ok(vec![0.0; samples.len()]);
    }
    let gains: Vec<f32> = power
        .iter()
        .zip(&noise_power)
        .map(|(p, n)| (p / n.max(f64::MIN_POSITIVE)).sqrt() as f32)
        .collect();
    for (out, row) in spectrogram
        .values
        .chunks_exact_mut(bins)
        .zip(noise.values.chunks_exact(bins))
    {
        for ((y, x), gain) in out.iter_mut().zip(row).zip(&gains) {
            *y = Complex::new(x.re * gain, x.im * gain);
        }
    }
    Ok(stft.restore(spectrogram, samples.len()))
}

/// Another recording brought to `len` samples: cut, or played again from its start.
///
/// # Errors
/// A recording without samples.
pub fn looped(waveform: &Waveform, len: usize) -> Result<Waveform, AudioError> {
    if waveform.is_empty() {
        return Err(AudioError::Setting {
            what: "recording that fills in",
            expected: "at least one sample".into(),
            got: "none".into(),
        });
    }
    let channels = waveform
        .channels()
        .iter()
        .map(|c| c.iter().copied().cycle().take(len).collect())
        .collect();
    Ok(Waveform::new(channels, waveform.sample_rate_hz())?)
}
