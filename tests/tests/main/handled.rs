//! Odd input that is no error: handled, with a note.

use super::binary::{Run, run};
use super::files::{Folder, lyrics, read_json, stems};
use std::io::{Seek, SeekFrom, Write};

/// Most memory of a run on a two-hour recording, in KiB. The excerpt is ten seconds, so this is the program, the model
/// and one batch; a decoded two-hour recording at 44.1 kHz would be 1.2 GB a channel.
const TWO_HOURS_KIB: u64 = 400 * 1024;

fn explain(f: &Folder, more: &[&str]) -> Run {
    let out = f.text("out");
    let mut args = vec![
        "explain",
        "--device",
        "cpu",
        "--samples",
        "24",
        "--out",
        &out,
    ];
    args.extend(more);
    let run = run(&args).done();
    assert!(f.path("out/report.html").is_file(), "{run:#?}");
    assert!(
        f.names().iter().all(|n| !n.starts_with(".musiclime")),
        "{:?}",
        f.names()
    );
    run
}

#[test]
fn silence() {
    let f = Folder::new();
    let audio = f.tone("silence.wav", 16_000, 1, 10.0, 0.0);
    explain(&f, &["--audio", &audio, "--lyrics", &lyrics()]).notes("silen");
}

#[test]
fn clipping() {
    let f = Folder::new();
    let audio = f.tone("loud.wav", 16_000, 1, 10.0, 3.0);
    explain(&f, &["--audio", &audio, "--lyrics", &lyrics()]).notes("clipped: ");
}

#[test]
fn high_rates_and_many_channels() {
    let f = Folder::new();
    let fast = f.tone("fast.wav", 192_000, 2, 3.0, 0.5);
    explain(&f, &["--audio", &fast]).notes("192000 Hz");
    let wide = f.tone("wide.wav", 48_000, 8, 3.0, 0.5);
    explain(&f, &["--audio", &wide]).notes("8 channels");
}

#[test]
fn two_hours_in_bounded_memory() {
    let f = Folder::new();
    let path = f.tone("hours.wav", 44_100, 1, 1.0, 0.5);
    // The second of sound is followed by a hole in the file, which reads as silence.
    let bytes = 44_100u64 * 2 * 7_200;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("a file");
    for (at, value) in [(4, bytes + 36), (40, bytes)] {
        file.seek(SeekFrom::Start(at)).expect("a seek");
        file.write_all(&(value as u32).to_le_bytes())
            .expect("a length");
    }
    file.set_len(44 + bytes).expect("a length");
    drop(file);
    let run = explain(&f, &["--audio", &path, "--start", "0"]);
    assert!(
        run.peak_kib < TWO_HOURS_KIB,
        "peak memory {} KiB",
        run.peak_kib
    );
    let song = &read_json(&f.path("out/explanation.json"))["song"];
    assert!(
        song["duration_s"].as_f64().expect("a number") < 11.0,
        "{song}"
    );
}

#[test]
fn no_lyrics_and_empty_lyrics() {
    let f = Folder::new();
    let stems = stems();
    explain(&f, &["--stems", &stems]).notes("no lyrics: explained by its audio alone");
    let weights = &read_json(&f.path("out/explanation.json"))["explained"][0]["weights"];
    let weights = weights.as_array().expect("weights");
    assert_eq!(weights.len(), 40);
    assert!(weights.iter().all(|w| w["modality"] == "audio"));
    let empty = f.write("empty.txt", " \n");
    explain(&f, &["--stems", &stems, "--lyrics", &empty])
        .notes("empty lyrics: explained by its audio alone");
}

#[test]
fn one_word_emoji_and_five_megabytes() {
    let f = Folder::new();
    let stems = stems();
    let one = f.write("one.txt", "Anchor");
    explain(&f, &["--stems", &stems, "--lyrics", &one]);
    let emoji = f.write("emoji.txt", "🎸🎶 we sail 🚢 away 👩‍👩‍👧 café\n");
    explain(&f, &["--stems", &stems, "--lyrics", &emoji]);
    let json = read_json(&f.path("out/explanation.json"));
    let weights = json["explained"][0]["weights"].as_array().expect("weights");
    assert!(weights.iter().any(|w| w["feature"] == "café"), "{json}");
    let long: String = (0..700_000)
        .map(|i| format!("w{} sea\n", i % 40_000))
        .collect();
    assert!(long.len() > 5_000_000);
    let long = f.write("long.txt", long);
    explain(&f, &["--stems", &stems, "--lyrics", &long]).notes("different words");
}
