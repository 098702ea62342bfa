//! The signals that the golden files were made from, and how to read those files.

use std::f64::consts::TAU;
use std::path::PathBuf;

/// The folder of golden files.
pub fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Little-endian f32 values of a golden file.
pub fn golden_values(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(golden(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

/// Uniform noise in -1..1, the same as in `scripts/golden_audio.py`.
pub fn noise(count: usize, seed: u32) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1u32 << 23) - 1.0
        })
        .collect()
}

/// The signal of the filter bank's golden files.
pub fn swelling_sine(count: usize, rate_hz: u32, seed: u32) -> Vec<f32> {
    noise(count, seed)
        .iter()
        .enumerate()
        .map(|(n, noise)| {
            let t = n as f64 / f64::from(rate_hz);
            let swell = 0.5 - 0.5 * (TAU * 3.0 * t).cos();
            let x = 0.4 * swell * (TAU * 440.0 * t).sin() + 0.1 * (TAU * 3000.0 * t).sin();
            (x + 0.05 * noise + 0.02) as f32
        })
        .collect()
}

/// The linear chirp of the resampler's golden files.
pub fn chirp(count: usize, rate_hz: u32, top_hz: f64) -> Vec<f32> {
    let length_s = count as f64 / f64::from(rate_hz);
    (0..count)
        .map(|n| {
            let t = n as f64 / f64::from(rate_hz);
            let phase = TAU * (50.0 * t + (top_hz - 50.0) / (2.0 * length_s) * t * t);
            let fade = (n.min(count - 1 - n) as f64 / (0.1 * count as f64)).min(1.0);
            (0.5 * fade * phase.sin()) as f32
        })
        .collect()
}

/// The click train of the resampler's golden files.
pub fn clicks(count: usize, every: usize) -> Vec<f32> {
    (0..count)
        .map(|n| if n % every == every / 2 { 0.8 } else { 0.0 })
        .collect()
}

/// The stereo tone of the compressed golden files, as 16-bit levels.
pub fn tone(count: usize) -> [Vec<i16>; 2] {
    [(0.5, 1000.0, 11), (0.25, 1500.0, 12)].map(|(level, hz, seed)| {
        noise(count, seed)
            .iter()
            .enumerate()
            .map(|(n, noise)| {
                let t = n as f64 / 22_050.0;
                let on = if t > 0.2 && t < 0.25 { 0.0 } else { 1.0 };
                // Python rounds halves to even; no level lies on a half.
                (on * (level * (TAU * hz * t).sin() + 0.002 * noise) * 32_767.0).round() as i16
            })
            .collect()
    })
}
