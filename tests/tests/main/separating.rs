//! Separation by networks, on tiny random weights: formats, the cache, and what does not fit.

use super::binary::{Run, finish, root, run, start_with};
use super::files::Folder;
use std::path::Path;

/// Rounding of the sum of 32-bit stems.
const SUM_TOLERANCE: f32 = 1e-6;

fn golden(name: &str) -> String {
    let folder = root().join("crates/model/tests/golden");
    folder.join(name).display().to_string()
}

fn floats(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    match reader.spec().sample_format {
        hound::SampleFormat::Float => reader.samples().map(|x| x.expect("a sample")).collect(),
        hound::SampleFormat::Int => reader
            .samples::<i16>()
            .map(|x| f32::from(x.expect("a sample")) / 32_768.0)
            .collect(),
    }
}

fn separate(f: &Folder, audio: &str, separator: &str, weights: &str, more: &[&str]) -> Run {
    let out = f.text("stems");
    let mut args = vec![
        "separate",
        audio,
        "--separator",
        separator,
        "--weights",
        weights,
    ];
    args.extend(["--device", "cpu", "--out", &out]);
    args.extend(more);
    let cache = f.path("cache");
    finish(start_with(&args, &[("MUSICLIME_CACHE", &cache)]))
}

fn stems_sum(f: &Folder, audio: &str) {
    let order = std::fs::read_to_string(f.path("stems/stems.json")).expect("stems.json");
    let order: Vec<String> = serde_json::from_str(&order).expect("a list");
    let mixture = floats(Path::new(audio));
    let mut sum = vec![0.0; mixture.len()];
    for name in &order {
        let stem = floats(&f.path(&format!("stems/{name}.wav")));
        assert_eq!(stem.len(), sum.len(), "{name}");
        sum.iter_mut().zip(stem).for_each(|(a, b)| *a += b);
    }
    let differences = sum.iter().zip(&mixture).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0, f32::max);
    assert!(worst < SUM_TOLERANCE, "the stems' sum differs by {worst:e}");
}

#[test]
fn networks_separate_any_rate_and_mono() {
    for (separator, weights) in [
        ("spleeter", "spleeter/two.safetensors"),
        ("open-unmix", "open_unmix_music"),
    ] {
        let weights = golden(weights);
        let f = Folder::new();
        let audio = f.tone("stereo.wav", 8_000, 2, 4.0, 0.7);
        separate(&f, &audio, separator, &weights, &[])
            .done()
            .notes("dB of the mixture");
        stems_sum(&f, &audio);
        let audio = f.tone("mono.wav", 11_025, 1, 2.0, 0.7);
        separate(&f, &audio, separator, &weights, &[])
            .done()
            .notes("given to both")
            .notes("11025 Hz was converted");
        stems_sum(&f, &audio);
    }
}

#[test]
fn a_song_is_separated_once() {
    let f = Folder::new();
    let weights = golden("spleeter/two.safetensors");
    let audio = f.tone("song.wav", 8_000, 2, 3.0, 0.7);
    let first = separate(&f, &audio, "spleeter", &weights, &[]).done();
    assert!(!first.stderr.contains("from the cache"), "{first:#?}");
    let stems = floats(&f.path("stems/vocals.wav"));
    separate(&f, &audio, "spleeter", &weights, &[])
        .done()
        .notes("from the cache");
    assert_eq!(stems, floats(&f.path("stems/vocals.wav")));
    for more in [&["--no-cache"][..], &["--duration", "2"]] {
        let other = separate(&f, &audio, "spleeter", &weights, more).done();
        assert!(
            !other.stderr.contains("from the cache"),
            "{more:?}: {other:#?}"
        );
    }
    // Other content under the same name is another song.
    let audio = f.tone("song.wav", 8_000, 2, 3.0, 0.6);
    let other = separate(&f, &audio, "spleeter", &weights, &[]).done();
    assert!(!other.stderr.contains("from the cache"), "{other:#?}");
}

#[test]
fn weights_and_sound_that_do_not_fit() {
    let f = Folder::new();
    let audio = f.tone("song.wav", 8_000, 2, 2.0, 0.7);
    let (spleeter, unmix) = (
        golden("spleeter/two.safetensors"),
        golden("open_unmix_music"),
    );
    let missing = f.text("missing.safetensors");
    separate(&f, &audio, "open-unmix", &spleeter, &[]).refused(&["spleeter", "open_unmix"]);
    separate(&f, &audio, "spleeter", &unmix, &[]).refused(&["open_unmix_music"]);
    separate(&f, &audio, "spleeter", &missing, &[]).refused(&[&missing]);
    separate(&f, &audio, "hpss", &spleeter, &[]).refused(&["hpss", "no weights"]);
    let classifier = root().join("weights/genre/model.safetensors");
    let classifier = classifier.display().to_string();
    separate(&f, &audio, "spleeter", &classifier, &[]).refused(&[&classifier, "kind"]);
    let cut = std::fs::read(&spleeter).expect("a file");
    let cut = f.write("cut.safetensors", &cut[..cut.len() - 100]);
    separate(&f, &audio, "spleeter", &cut, &[]).refused(&[&cut]);
    let out = f.text("stems");
    run(&["separate", &audio, "--separator", "spleeter", "--out", &out])
        .refused(&["needs its weights", "convert_spleeter.py"]);
    let short = f.tone("short.wav", 8_000, 2, 0.000_4, 0.7);
    separate(&f, &short, "open-unmix", &unmix, &[]).refused(&[
        "short.wav",
        "at least 33 samples",
        "got 3",
    ]);
    let few = f.text("few");
    run(&["separate", &short, "--no-cache", "--out", &few])
        .done()
        .notes("only 3 samples");
    let wide = f.tone("wide.wav", 8_000, 6, 1.0, 0.7);
    separate(&f, &wide, "spleeter", &spleeter, &[]).refused(&["wide.wav", "at most 2", "got 6"]);
    assert!(!f.path("stems").exists());
}

#[test]
fn an_explanation_can_use_a_network() {
    let f = Folder::new();
    let weights = golden("spleeter/two.safetensors");
    let audio = f.tone("song.wav", 16_000, 2, 11.0, 0.7);
    let lyrics = f.write("lyrics.txt", "a song about nothing");
    let cache = f.path("cache");
    let out = f.text("out");
    let args = [
        "explain",
        "--audio",
        &audio,
        "--lyrics",
        &lyrics,
        "--separator",
        "spleeter",
        "--weights",
        &weights,
        "--samples",
        "40",
        "--device",
        "cpu",
        "--out",
        &out,
    ];
    finish(start_with(&args, &[("MUSICLIME_CACHE", &cache)])).done();
    let text = std::fs::read_to_string(f.path("out/explanation.json")).expect("a file");
    assert!(
        text.contains("accompaniment0"),
        "the network's stems are components"
    );
    std::fs::remove_dir_all(f.path("out")).expect("removed");
    finish(start_with(&args, &[("MUSICLIME_CACHE", &cache)])).done();
    assert_eq!(
        text,
        std::fs::read_to_string(f.path("out/explanation.json")).expect("a file")
    );
    let both = [&args[..], &["--stems", "x"]].concat();
    finish(start_with(&both, &[])).refused(&["--stems"]);
}
