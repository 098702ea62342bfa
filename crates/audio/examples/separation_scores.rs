//! Prints how well the weight-free separator does on a song whose true stems are known.
//!
//! `cargo run --release -p musiclime-audio --example separation_scores -- FOLDER`, where FOLDER holds `mixture.*` and one
//! file a stem (`vocals`, `drums`, `bass`, `other`; missing ones are left out).

use musiclime_audio::decode::{Excerpt, decode_file};
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_core::{Separator, Waveform};
use std::path::Path;
use std::time::Instant;

/// Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., ICASSP 2019), over all channels together.
fn si_sdr_db(truth: &Waveform, estimate: &Waveform) -> f64 {
    let pairs = || {
        truth
            .channels()
            .iter()
            .flatten()
            .zip(estimate.channels().iter().flatten())
    };
    let dot: f64 = pairs().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let energy: f64 = pairs().map(|(a, _)| f64::from(*a).powi(2)).sum();
    let scale = dot / energy;
    let error: f64 = pairs()
        .map(|(a, b)| (scale * f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    10.0 * (scale * scale * energy / error).log10()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("give the folder with mixture and stems")?;
    let load = |stem: &str| -> Option<Waveform> {
        ["flac", "wav", "ogg", "mp3", "m4a"]
            .iter()
            .map(|extension| Path::new(&folder).join(format!("{stem}.{extension}")))
            .find(|path| path.exists())
            .and_then(|path| decode_file(&path, Excerpt::All).ok())
            .map(|decoded| decoded.waveform)
    };
    let mixture = load("mixture").ok_or("no mixture in the folder")?;
    let mut separator = HarmonicPercussive::default();
    for setting in std::env::args().skip(2) {
        let (name, value) = setting.split_once('=').ok_or("settings are NAME=VALUE")?;
        let value: f32 = value.parse()?;
        match name {
            "long_window_s" => separator.long_window_s = value,
            "short_window_s" => separator.short_window_s = value,
            "long_sustain_s" => separator.long_sustain_s = value,
            "short_sustain_s" => separator.short_sustain_s = value,
            "struck_width_hz" => separator.struck_width_hz = value,
            "long_margin" => separator.long_margin = value,
            "short_margin" => separator.short_margin = value,
            "centre_sharpness" => separator.centre_sharpness = value,
            "sustained_voice_share" => separator.sustained_voice_share = value,
            "bass_sustain_s" => separator.bass_sustain_s = value,
            "bass_edge_hz" => separator.bass_edge_hz = value,
            _ => return Err(format!("no setting {name}").into()),
        }
    }
    let started = Instant::now();
    let stems = separator.separate(&mixture)?;
    println!(
        "{:.1} s of audio in {:.2} s",
        mixture.duration_s(),
        started.elapsed().as_secs_f64()
    );
    for (name, estimate) in stems.names().iter().zip(stems.waveforms()) {
        if let Some(truth) = load(name) {
            println!(
                "{name:8} SI-SDR {:6.2} dB, the mixture itself {:6.2} dB",
                si_sdr_db(&truth, estimate),
                si_sdr_db(&truth, &mixture)
            );
        }
    }
    Ok(())
}
