//! The commands beside `explain`: their results, and input that they refuse.

use super::binary::{Run, root, run};
use super::files::{Folder, lyrics, stems};
use serde_json::Value;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most memory that refusing to separate a two-hour recording may take, in KiB: nothing of it is decoded.
const REFUSAL_KIB: u64 = 200 * 1024;

/// Largest difference between the mixture and the sum of its stems: one rounding of f32 a stem, near 1.
const SUM_TOLERANCE: f64 = 1e-6;

/// Largest difference of normalised features, the project's tolerance for the filter bank.
const FEATURE_TOLERANCE: f32 = 1e-3;

fn golden(name: &str) -> String {
    root()
        .join("tests/golden/predict")
        .join(name)
        .display()
        .to_string()
}

fn checkpoint(name: &str) -> PathBuf {
    root().join("crates/model/tests/golden").join(name)
}

/// Runs a command that must fail and leave `folder` as it was.
fn refuse(folder: &Folder, args: &[&str], named: &[&str]) -> Run {
    let before = folder.names();
    let run = run(args).refused(named);
    assert!(run.stdout.is_empty(), "{run:#?}");
    assert_eq!(folder.names(), before, "something was written: {run:#?}");
    run
}

/// The samples of a WAV file of 32-bit floats or 16-bit integers, interleaved.
fn samples(path: &Path) -> Vec<f64> {
    let mut reader =
        hound::WavReader::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match reader.spec().sample_format {
        hound::SampleFormat::Float => reader
            .samples::<f32>()
            .map(|x| f64::from(x.expect("a sample")))
            .collect(),
        hound::SampleFormat::Int => reader
            .samples::<i16>()
            .map(|x| f64::from(x.expect("a sample")) / 32_768.0)
            .collect(),
    }
}

/// The f32 values of a `.npy` file and its header.
fn read_npy(path: &Path) -> (String, Vec<f32>) {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    (
        String::from_utf8_lossy(&bytes[10..data]).into_owned(),
        floats(&bytes[data..]),
    )
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

#[test]
fn every_command_shows_an_example() {
    for command in [
        "explain", "predict", "features", "refit", "separate", "import", "dataset", "devices",
        "train",
    ] {
        let run = run(&[command, "--help"]).done();
        assert!(
            run.stdout
                .contains(&format!("Example: musiclime {command}")),
            "{command}: {}",
            run.stdout
        );
    }
    assert_eq!(run(&["no-such-command"]).code, Some(2));
    assert_eq!(run(&["predict", "--no-such-flag"]).code, Some(2));
}

#[test]
fn devices_are_listed_with_their_self_test() {
    let listing = run(&["devices", "--json"]).done().json();
    let devices = listing["devices"].as_array().expect("a list");
    let cpu = devices
        .iter()
        .find(|d| d["kind"] == "CPU")
        .expect("the CPU");
    assert_eq!(cpu["self_test"]["verdict"], "reference");
    for (i, (name, least, most)) in [("f16", 1e-4, 1e-2), ("bf16", 1e-3, 8e-2)]
        .iter()
        .enumerate()
    {
        let half = &cpu["half_precision"][i];
        assert_eq!(
            (&half["precision"], &half["verdict"]),
            (&(*name).into(), &"passed".into())
        );
        let error = half["relative_error"].as_f64().expect("a number");
        assert!((*least..*most).contains(&error), "{half}");
    }
    let taken = devices
        .iter()
        .find(|d| d["device"] == listing["auto"]["device"])
        .expect("the device of auto");
    assert!(taken["kind"] != "software GPU", "{listing}");
    for device in devices.iter().filter(|d| d["kind"] != "CPU") {
        let test = &device["self_test"];
        assert!(
            test["verdict"] == "passed"
                && test["relative_error"].as_f64().is_some_and(|e| e <= 1e-4)
                || test["verdict"] == "failed" && test["reason"].is_string(),
            "{device}"
        );
    }
}

#[test]
fn features_are_the_extractors() {
    let f = Folder::new();
    let model = f.text("model");
    run(&[
        "import",
        &checkpoint("fusion_roberta").display().to_string(),
        "--out",
        &model,
    ])
    .done();
    let out = f.text("features.npy");
    run(&[
        "features",
        "--model",
        &model,
        "--audio",
        &golden("song.wav"),
        "--out",
        &out,
    ])
    .done();
    let (header, got) = read_npy(&f.path("features.npy"));
    assert!(
        header.contains("'<f4'") && header.contains("(50, 24"),
        "{header}"
    );
    let expected = floats(&std::fs::read(golden("features.f32")).expect("the golden features"));
    assert_eq!(got.len(), expected.len());
    let worst = got
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < FEATURE_TOLERANCE, "features differ by {worst:e}");

    let file = f.write("file", "x");
    let below = format!("{file}/features.npy");
    refuse(&f, &["features", "--out", &below], &[&below]);
    let words = f.text("words");
    let plain = checkpoint("roberta_classifier").display().to_string();
    run(&["import", &plain, "--out", &words]).done();
    refuse(
        &f,
        &["features", "--model", &words, "--out", &f.text("no.npy")],
        &["lyrics alone"],
    );
}

#[test]
fn stems_sum_to_the_recording() {
    let f = Folder::new();
    let audio = f.tone("song.wav", 22_050, 2, 3.0, 0.7);
    let out = f.text("stems");
    run(&["separate", &audio, "--separator", "hpss", "--out", &out]).done();
    let order = std::fs::read_to_string(f.path("stems/stems.json")).expect("stems.json");
    let order: Vec<String> = serde_json::from_str(&order).expect("a list");
    assert_eq!(order, ["vocals", "drums", "bass", "other"]);
    let mut sum = vec![0.0; 3 * 22_050 * 2];
    for name in &order {
        let stem = samples(&f.path(&format!("stems/{name}.wav")));
        assert_eq!(stem.len(), sum.len(), "{name}");
        sum.iter_mut().zip(stem).for_each(|(a, b)| *a += b);
    }
    let mixture = samples(Path::new(&audio));
    let worst = sum
        .iter()
        .zip(&mixture)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(worst < SUM_TOLERANCE, "the stems' sum differs by {worst:e}");
    assert_eq!(f.names(), ["song.wav", "stems"]);
    // What was separated can be explained.
    run(&["predict", "--device", "cpu", "--stems", &out, "--json"]).done();
}

#[test]
fn recordings_that_cannot_be_separated() {
    let f = Folder::new();
    let audio = f.tone("song.wav", 16_000, 1, 1.0, 0.5);
    let out = f.text("out");
    refuse(
        &f,
        &["separate", &audio, "--separator", "magic", "--out", &out],
        &["magic", "hpss"],
    );
    let missing = f.text("missing.wav");
    refuse(&f, &["separate", &missing, "--out", &out], &[&missing]);
    let nan = f.float_with("nan.wav", f32::NAN);
    refuse(&f, &["separate", &nan, "--out", &out], &[&nan]);
    let below = format!("{audio}/stems");
    refuse(&f, &["separate", &audio, "--out", &below], &[&below]);
}

#[test]
fn stems_past_the_limit_of_wav_files_are_refused_before_they_are_made() {
    let f = Folder::new();
    let path = f.tone("hours.wav", 44_100, 2, 1.0, 0.5);
    let bytes = 44_100u64 * 4 * 14_400;
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
    let out = f.text("out");
    let run = refuse(
        &f,
        &["separate", &path, "--out", &out],
        &["hours.wav", "--duration"],
    );
    assert!(
        run.peak_kib < REFUSAL_KIB,
        "peak memory {} KiB",
        run.peak_kib
    );
    super::binary::run(&["separate", &path, "--duration", "2", "--out", &out]).done();
    assert_eq!(samples(&f.path("out/bass.wav")).len(), 2 * 2 * 44_100);
}

#[test]
fn a_seed_makes_the_same_songs() {
    let f = Folder::new();
    let synth = |out: &str, seed: &str| {
        let out = f.text(out);
        run(&[
            "dataset", "synth", "--seed", seed, "--songs", "2", "--out", &out,
        ])
        .done();
    };
    synth("a", "9");
    synth("b", "9");
    synth("c", "10");
    let read = |path: &str| std::fs::read(f.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    for file in [
        "manifest.jsonl",
        "truth.jsonl",
        "songs/s9-000001/lyrics.txt",
        "songs/s9-000001/stems/vocals.wav",
    ] {
        assert!(
            read(&format!("a/{file}")) == read(&format!("b/{file}")),
            "{file} differs"
        );
    }
    assert!(
        read("a/truth.jsonl") != read("c/truth.jsonl"),
        "the seed matters"
    );
    refuse(
        &f,
        &["dataset", "synth", "--songs", "0", "--out", &f.text("d")],
        &["0 songs"],
    );
    let below = format!("{}/songs", f.write("file", "x"));
    refuse(
        &f,
        &["dataset", "synth", "--songs", "1", "--out", &below],
        &[&below],
    );
}

#[test]
fn imports_account_for_every_key() {
    let f = Folder::new();
    let out = f.text("model");
    let source = checkpoint("fusion_roberta").display().to_string();
    let report = run(&["import", &source, "--out", &out, "--json"])
        .done()
        .json();
    assert_eq!(
        report["ignored"],
        serde_json::json!([
            "text_model.embeddings.position_ids",
            "text_model.pooler.dense.bias",
            "text_model.pooler.dense.weight"
        ])
    );
    assert_eq!(report["loaded"], 80);
    for file in [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "README.md",
    ] {
        assert!(f.path("model").join(file).is_file(), "{file}");
    }
    refuse(&f, &["import", &source, "--out", &out], &[&out]);
    let missing = f.text("missing");
    refuse(
        &f,
        &["import", &missing, "--out", &f.text("new")],
        &[&missing],
    );

    let copy = |name: &str| -> PathBuf {
        let to = f.path(name);
        std::fs::create_dir(&to).expect("a folder");
        for entry in std::fs::read_dir(checkpoint("fusion_bert")).expect("the checkpoint") {
            let from = entry.expect("an entry").path();
            std::fs::copy(&from, to.join(from.file_name().expect("a name"))).expect("a copy");
        }
        to
    };
    let cut = copy("cut");
    let bytes = std::fs::read(cut.join("model.safetensors")).expect("weights");
    std::fs::write(cut.join("model.safetensors"), &bytes[..bytes.len() / 2]).expect("weights");
    let labels = copy("labels");
    std::fs::write(labels.join("labels.json"), r#"["one", "two"]"#).expect("labels");
    for (folder, named) in [(cut, "model.safetensors"), (labels, "classifier.fc")] {
        let folder = folder.display().to_string();
        refuse(
            &f,
            &["import", &folder, "--out", &f.text("new")],
            &[&folder, named],
        );
    }
}

#[test]
fn predict_says_what_it_heard_and_read() {
    let f = Folder::new();
    let (stems, words) = (stems(), lyrics());
    let args = ["predict", "--device", "cpu", "--json", "--stems", &stems];
    let whole = run(&[&args[..], &["--lyrics", &words]].concat())
        .done()
        .json();
    let sum: f64 = whole["probabilities"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|p| p.as_f64().expect("a number"))
        .sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    assert_eq!(
        whole["labels"].as_array().map(Vec::len),
        whole["logits"].as_array().map(Vec::len)
    );
    assert_eq!(whole["label"], "shanty");
    let says = |answer: &Value, text: &str| answer["notes"].to_string().contains(text);
    let none = run(&args).done().json();
    assert!(says(&none, "no lyrics"), "{none}");
    let long = f.write(
        "long.txt",
        "the sea and the river and the sea \n".repeat(150_000),
    );
    let long = run(&[&args[..], &["--lyrics", &long]].concat())
        .done()
        .json();
    assert!(says(&long, "the model reads the first"), "{long}");
    let quiet = f.tone("quiet.wav", 44_100, 1, 11.0, 0.0);
    let quiet = run(&["predict", "--device", "cpu", "--json", "--audio", &quiet])
        .done()
        .json();
    assert!(says(&quiet, "silen"), "{quiet}");
    // The built-in song is the one in the repository.
    let built_in = run(&["predict", "--device", "cpu", "--json"]).done().json();
    assert_eq!(built_in["logits"], whole["logits"]);
}
