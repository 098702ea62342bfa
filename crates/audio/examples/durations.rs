//! Prints length, rate, channels and notes of audio files: `cargo run --release -p musiclime-audio --example durations -- FILE...`

use musiclime_audio::decode::{Excerpt, decode_file};
use std::path::Path;

fn main() {
    for path in std::env::args().skip(1) {
        match decode_file(Path::new(&path), Excerpt::All) {
            Ok(d) => println!(
                "{path}: {:.3} s, {} Hz, {} channels, peak {:.3} {:?}",
                d.file_duration_s,
                d.sample_rate_hz,
                d.channels,
                d.waveform.peak(),
                d.notes
            ),
            Err(e) => println!("{e}\n  try: {}", e.hint().unwrap_or_default()),
        }
    }
}
