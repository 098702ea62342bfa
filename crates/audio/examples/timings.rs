//! Prints how long the steps from samples to features and to stems take: `cargo run --release -p musiclime-audio --example timings`.

use musiclime_audio::fbank::{Fbank, FbankConfig};
use musiclime_audio::resample::resample;
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_core::{Separator, Waveform};
use std::time::Instant;

/// The fastest of `runs` runs, in milliseconds.
fn fastest_ms(runs: usize, mut step: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let started = Instant::now();
            step();
            started.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tone = |rate_hz: u32, duration_s: f64| -> Vec<f32> {
        (0..(f64::from(rate_hz) * duration_s) as usize)
            .map(|n| ((n as f32 * 0.05).sin() + (n as f32 * 0.31).sin()) * 0.3)
            .collect()
    };
    let mono = tone(16_000, 10.24);
    let fbank = Fbank::new(FbankConfig::default())?;
    println!(
        "features, 10.24 s at 16 kHz: {:.2} ms",
        fastest_ms(20, || drop(fbank.features(&mono)))
    );
    let song = Waveform::mono(tone(44_100, 10.24), 44_100)?;
    println!(
        "resampling, 10.24 s from 44.1 to 16 kHz: {:.2} ms",
        fastest_ms(20, || drop(resample(&song, 16_000)))
    );
    let mixture = Waveform::mono(mono, 16_000)?;
    let hpss = HarmonicPercussive::default();
    println!(
        "separation, 10.24 s mono at 16 kHz: {:.0} ms",
        fastest_ms(5, || drop(hpss.separate(&mixture)))
    );
    Ok(())
}
