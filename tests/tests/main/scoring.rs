//! `musiclime score`: its numbers where they are known, and stems that it refuses.

use super::binary::{Run, run};
use super::files::Folder;
use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::Value;

const RATE: u32 = 8_000;

/// Half a stem's level: `|s|^2 / |s / 2|^2` in decibels.
const HALF_DB: f64 = 6.020_599_913_279_624;

/// Numbers without a pattern in -1..1, in steps that 32-bit floats hold.
fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as f32 - 32_768.0) / 32_768.0
    };
    (0..count).map(|_| next()).collect()
}

fn scaled(samples: &[f32], by: f32) -> Vec<f32> {
    samples.iter().map(|x| by * x).collect()
}

/// Writes channels as 32-bit floats.
fn wav(folder: &Folder, name: &str, rate: u32, channels: &[&[f32]]) {
    let path = folder.path(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let spec = WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let mut writer = WavWriter::create(path, spec).expect("a WAV file");
    for t in 0..channels[0].len() {
        for channel in channels {
            writer.write_sample(channel[t]).expect("a sample");
        }
    }
    writer.finalize().expect("a WAV file");
}

/// Two true stems of 2.5 s; the second is silent in the second second.
fn truth(folder: &Folder) -> [Vec<f32>; 2] {
    let vocals = noise(1, 20_000);
    let mut drums = noise(2, 20_000);
    drums[8_000..16_000].fill(0.0);
    wav(folder, "true/vocals.wav", RATE, &[&vocals]);
    wav(folder, "true/drums.wav", RATE, &[&drums]);
    [vocals, drums]
}

fn score(folder: &Folder, more: &[&str]) -> Run {
    let (truth, guess) = (folder.text("true"), folder.text("guess"));
    let mut args = vec!["score", "--reference", &truth, "--estimate", &guess];
    args.extend(more);
    run(&args)
}

fn refused(folder: &Folder, more: &[&str], named: &[&str]) {
    let run = score(folder, more).refused(named);
    assert!(run.stdout.is_empty(), "{run:#?}");
}

fn close(value: &Value, expected: f64) {
    let got = value.as_f64().unwrap_or_else(|| panic!("{value}"));
    assert!((got - expected).abs() < 1e-6, "{got} and {expected}");
}

#[test]
fn known_ratios_come_out() {
    let f = Folder::new();
    let [vocals, drums] = truth(&f);
    // The vocals at half their level, the drums with a tenth of the vocals.
    wav(&f, "guess/vocals.wav", RATE, &[&scaled(&vocals, 0.5)]);
    let leaky: Vec<f32> = drums
        .iter()
        .zip(&vocals)
        .map(|(d, v)| d + 0.125 * v)
        .collect();
    wav(&f, "guess/drums.wav", RATE, &[&leaky]);
    let run = score(&f, &["--json"]).done();
    let json = run.json();
    assert_eq!(
        (&json["sample_rate_hz"], &json["filter_taps"]),
        (&RATE.into(), &512.into())
    );
    let targets = json["targets"].as_array().expect("targets");
    let names: Vec<&Value> = targets.iter().map(|t| &t["name"]).collect();
    assert_eq!(names, ["vocals", "drums"]);
    for target in targets {
        let frames = target["frames"].as_array().expect("frames");
        // The last half second fills no frame.
        assert_eq!(frames.len(), 2);
        assert_eq!(
            (&frames[1]["time"], &frames[1]["duration"]),
            (&1.0.into(), &1.0.into())
        );
        for name in ["SDR", "ISR", "SIR", "SAR", "SI-SDR"] {
            assert!(
                frames[1]["metrics"][name].is_null(),
                "silence has no {name}: {target}"
            );
        }
        assert_eq!(
            frames[0]["metrics"], target["median"],
            "one frame is its own median"
        );
    }
    let [vocals_db, drums_db] = [0, 1].map(|i| &targets[i]["median"]);
    close(&vocals_db["SDR"], HALF_DB);
    close(&vocals_db["ISR"], HALF_DB);
    // A scaled copy is perfect but for its scale.
    assert!(vocals_db["SI-SDR"].is_null(), "{vocals_db}");
    // Only interference: SDR is about the ratio of the powers, 1 : 1/64, and all of it is explained.
    let sdr = drums_db["SDR"].as_f64().expect("a ratio");
    assert!((sdr - 10.0 * 64f64.log10()).abs() < 0.3, "{drums_db}");
    assert!(
        drums_db["SAR"].as_f64().expect("a ratio") > 100.0,
        "{drums_db}"
    );

    let table = score(&f, &["--whole"]).done().stdout;
    let row = table
        .lines()
        .find(|l| l.starts_with("vocals"))
        .expect("a row");
    assert_eq!(row.split_whitespace().nth(1), Some("6.02"), "{table}");
    assert!(table.contains("not silent, of 1"), "{table}");
    let part = score(
        &f,
        &[
            "--start",
            "1.5",
            "--duration",
            "1",
            "--window",
            "0.5",
            "--hop",
            "0.25",
            "--json",
        ],
    );
    let part = part.done().json();
    let frames = part["targets"][0]["frames"].as_array().expect("frames");
    assert_eq!(frames.len(), 3);
    close(&frames[1]["time"], 1.75);
    assert!(frames[0]["metrics"]["SDR"].is_null());
    close(&frames[2]["metrics"]["SDR"], HALF_DB);
}

#[test]
fn estimates_are_brought_to_the_true_stems() {
    let f = Folder::new();
    let [vocals, drums] = truth(&f);
    // Too short, at another rate, one too many, and one that is to be merged.
    wav(
        &f,
        "guess/vocals.wav",
        RATE,
        &[&scaled(&vocals[..12_000], 0.5)],
    );
    let slow: Vec<f32> = drums.iter().flat_map(|x| [*x, *x]).collect();
    wav(&f, "guess/drums.wav", 2 * RATE, &[&slow]);
    wav(
        &f,
        "guess/bass.wav",
        RATE,
        &[&scaled(&vocals[..12_000], 0.25)],
    );
    let run = score(&f, &["--json", "--duration", "1"]).done();
    let run = run
        .notes("estimate \"bass\" is left out")
        .notes("estimate \"drums\" was resampled from 16000 to 8000 Hz");
    close(&run.json()["targets"][0]["median"]["SDR"], HALF_DB);
    let merged = score(&f, &["--json", "--duration", "1", "--merge", "bass=vocals"]).done();
    // Three quarters of the stem: 16 to 1.
    close(&merged.json()["targets"][0]["median"]["SDR"], 2.0 * HALF_DB);
    assert!(!merged.stderr.contains("left out"), "{merged:#?}");
    score(&f, &["--json"])
        .done()
        .notes("estimate \"vocals\" was filled up with silence from 12000 to 20000 samples");
    std::fs::remove_file(f.path("guess/drums.wav")).expect("a file");
    let alone = score(&f, &["--json"])
        .done()
        .notes("true stem \"drums\" is left out");
    let targets = alone.json();
    assert_eq!(targets["targets"].as_array().map(Vec::len), Some(1));
    assert!(
        targets["targets"][0]["median"]["SIR"].is_null(),
        "no interference with one stem"
    );
}

#[test]
fn stems_that_cannot_be_compared_are_refused_by_name() {
    let f = Folder::new();
    let [vocals, drums] = truth(&f);
    refused(&f, &[], &["guess"]);
    std::fs::create_dir(f.path("guess")).expect("a folder");
    refused(&f, &[], &["guess", "vocals.wav"]);
    wav(&f, "guess/violin.wav", RATE, &[&vocals]);
    refused(&f, &[], &["no stem in", "guess", "true"]);
    wav(&f, "guess/vocals.wav", RATE, &[&vocals]);
    wav(&f, "guess/drums.wav", RATE, &[&drums, &drums]);
    refused(&f, &[], &["\"drums\"", "expected 1", "got 2", "--mono"]);
    score(&f, &["--mono"]).done();
    wav(&f, "guess/drums.wav", RATE, &[&scaled(&drums, 0.0)]);
    refused(&f, &[], &["\"drums\"", "silence"]);
    refused(&f, &["--merge", "flute=drums"], &["\"flute\"", "--merge"]);
    refused(&f, &["--window", "0"], &["window", "--whole"]);
    refused(&f, &["--start", "60"], &["vocals.wav", "60"]);
    assert_eq!(score(&f, &["--merge", "drums"]).code, Some(2));
    assert_eq!(score(&f, &["--whole", "--hop", "2"]).code, Some(2));
    f.write("guess/drums.wav", "no music");
    refused(&f, &[], &["drums.wav"]);
    wav(&f, "guess/drums.wav", RATE, &[&drums]);
    wav(&f, "true/drums.wav", RATE, &[&drums[1..]]);
    refused(&f, &[], &["true", "\"vocals\"", "\"drums\"", "19999"]);
}

#[test]
fn a_separator_is_trained_separates_and_is_scored() {
    let f = Folder::new();
    let settings =
        r#"{"pool": 2, "batch": 2, "frames": 8, "hidden": 8, "fft_size": 512, "hop_samples": 128}"#;
    let (settings, weights) = (
        f.write("settings.json", settings),
        f.text("tiny.safetensors"),
    );
    let train = [
        "train",
        "separator",
        "--config",
        &settings,
        "--device",
        "cpu",
        "--out",
        &weights,
    ];
    let done = run(&[&train[..], &["--steps", "3"]].concat()).done();
    assert_eq!(done.stdout.trim(), weights);
    assert!(done.stderr.contains("step     3: loss"), "{done:#?}");
    truth(&f);
    let (audio, out) = (f.text("true/vocals.wav"), f.text("guess"));
    run(&[
        "separate",
        &audio,
        "--separator",
        "open-unmix",
        "--weights",
        &weights,
        "--no-cache",
        "--device",
        "cpu",
        "--out",
        &out,
    ])
    .done();
    let scores = score(&f, &["--json", "--whole"])
        .done()
        .notes("estimate \"bass\" is left out");
    assert_eq!(scores.json()["targets"].as_array().map(Vec::len), Some(2));

    std::fs::remove_file(f.path("tiny.safetensors")).expect("a file");
    for (more, named) in [
        (["--steps", "0"], "steps"),
        (["--learning-rate", "0"], "learning_rate"),
        (["--out", "tiny.pth"], "tiny.pth"),
    ] {
        let args: Vec<&str> = match more[0] {
            "--out" => [&train[..6], &more[..]].concat(),
            _ => [&train[..], &more[..]].concat(),
        };
        run(&args).refused(&[named]);
    }
    f.write("settings.json", "{\"stepps\": 3}");
    run(&train).refused(&["settings.json", "stepps"]);
    assert!(!f.path("tiny.safetensors").exists());
    // The classifier's own arguments are required without the subcommand, and refused with it.
    assert_eq!(run(&["train", "--task", "genre"]).code, Some(2));
    assert_eq!(
        run(&[&["train", "--task", "genre"], &train[1..]].concat()).code,
        Some(2)
    );
    let help = run(&["train", "separator", "--help"]).done().stdout;
    assert!(
        help.contains("Example: musiclime train separator"),
        "{help}"
    );
}

#[test]
fn the_help_has_an_example() {
    let help = run(&["score", "--help"]).done().stdout;
    assert!(help.contains("Example: musiclime score"), "{help}");
}
