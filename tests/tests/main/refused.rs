//! Bad input: refused by name, with the fix, and nothing written.

use super::binary::{Run, run};
use super::files::{Folder, lyrics, npy, stems};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::path::Path;

/// Explains `audio` into a folder that must not appear.
fn explain(folder: &Folder, more: &[&str]) -> Run {
    let before = folder.names();
    let out = folder.text("out");
    let mut args = vec![
        "explain",
        "--device",
        "cpu",
        "--samples",
        "20",
        "--out",
        &out,
    ];
    args.extend(more);
    let run = run(&args);
    assert_eq!(folder.names(), before, "something was written: {run:#?}");
    run
}

#[test]
fn audio_that_is_not_there_or_not_audio() {
    let f = Folder::new();
    std::fs::create_dir(f.path("folder")).expect("a folder");
    for audio in [
        f.text("missing.wav"),
        f.write("empty.wav", ""),
        f.write(
            "text.mp3",
            "this is no music, it is a text of some length ".repeat(20),
        ),
        f.text("folder"),
    ] {
        explain(&f, &["--audio", &audio]).refused(&[&audio]);
    }
}

#[test]
fn audio_that_lies() {
    let f = Folder::new();
    // Offsets in a canonical WAV header: channels at 22, rate at 24, data length at 40.
    for audio in [
        f.edited("channels0.wav", 22, &[0, 0]),
        f.edited("rate0.wav", 24, &[0, 0, 0, 0]),
        f.edited("promises.wav", 40, &(64_000_000u32).to_le_bytes()),
    ] {
        explain(&f, &["--audio", &audio]).refused(&[&audio]);
    }
    let whole = std::fs::read(f.tone("long.wav", 16_000, 2, 2.0, 0.5)).expect("a file");
    let cut = f.write("cut.wav", &whole[..whole.len() / 2]);
    explain(&f, &["--audio", &cut]).refused(&[&cut, "truncated"]);
}

#[test]
fn audio_that_cannot_be_heard() {
    let f = Folder::new();
    let short = f.tone("short.wav", 16_000, 1, 0.01, 0.5);
    let run = explain(&f, &["--audio", &short]);
    run.refused(&["short", "window"]);
    for (name, odd) in [("nan.wav", f32::NAN), ("inf.wav", f32::INFINITY)] {
        let audio = f.float_with(name, odd);
        explain(&f, &["--audio", &audio]).refused(&[&audio]);
    }
    let audio = f.tone("tone.wav", 16_000, 1, 2.0, 0.5);
    explain(&f, &["--audio", &audio, "--start", "50"]).refused(&["tone.wav"]);
    explain(&f, &["--audio", &audio, "--duration", "9000"]).refused(&["--duration"]);
}

#[test]
fn lyrics_that_are_not_text() {
    let f = Folder::new();
    let audio = f.tone("tone.wav", 16_000, 1, 2.0, 0.5);
    let words = f.write("latin1.txt", b"caf\xe9 au lait");
    explain(&f, &["--audio", &audio, "--lyrics", &words]).refused(&[
        "latin1.txt",
        "UTF-8",
        "byte 3",
    ]);
    let missing = f.text("none.txt");
    let run = explain(&f, &["--audio", &audio, "--lyrics", &missing]);
    run.refused(&["none.txt"]);
}

#[test]
fn a_label_a_model_or_a_separator_that_is_not_there() {
    let f = Folder::new();
    explain(&f, &["--label", "polkka"]).refused(&["polkka", "bluegrass", "polka"]);
    explain(&f, &["--model", "no-such-model"]).refused(&["no-such-model", "genre, emotion"]);
    explain(&f, &["--top-labels", "0"]).refused(&["--top-labels"]);
    explain(&f, &["--segments", "100000"]).refused(&["--segments"]);
    explain(&f, &["--segment-seconds", "0.001"]).refused(&["--segment-seconds", "0.01 s"]);
    explain(&f, &["--separator", "magic"]).refused(&["magic", "hpss"]);
    explain(&f, &["--stems", &f.text("")]).refused(&["stems"]);
    let words = lyrics();
    explain(&f, &["--lyrics", &words]).refused(&["--audio"]);
}

#[test]
fn masks_that_do_not_fit() {
    let f = Folder::new();
    let (stems, words) = (stems(), lyrics());
    for masks in [
        f.write("columns.npy", npy("|u1", [2, 5], &[1; 10])),
        f.write("values.npy", npy("|u1", [1, 106], &[7; 106])),
        f.write("type.npy", npy("<f8", [1, 106], &[0; 848])),
        f.write("no.npy", "not an array"),
        f.text("missing.npy"),
    ] {
        let args = ["--stems", &stems, "--lyrics", &words, "--masks", &masks];
        let run = explain(&f, &args);
        run.refused(&[&masks]);
    }
}

#[test]
fn an_output_folder_that_cannot_be() {
    let f = Folder::new();
    let file = f.write("file", "x");
    for out in [
        file.clone(),
        format!("{file}/below"),
        "/proc/nowhere/out".to_string(),
    ] {
        let args = [
            "explain",
            "--device",
            "cpu",
            "--samples",
            "20",
            "--out",
            &out,
        ];
        run(&args).refused(&[&out]);
    }
}

/// Writes the weights again after `edit` changed the list of tensors.
fn rewrite(model: &Path, edit: impl Fn(&mut Vec<(String, Vec<usize>, Vec<u8>)>)) {
    let path = model.join("model.safetensors");
    let bytes = std::fs::read(&path).expect("weights");
    let file = SafeTensors::deserialize(&bytes).expect("weights");
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = file
        .tensors()
        .into_iter()
        .map(|(key, view)| (key, view.shape().to_vec(), view.data().to_vec()))
        .collect();
    edit(&mut tensors);
    let views = tensors.iter().map(|(key, shape, data)| {
        let view = TensorView::new(safetensors::Dtype::F32, shape.clone(), data).expect("a tensor");
        (key.clone(), view)
    });
    let bytes = safetensors::serialize(views, None).expect("weights");
    std::fs::write(&path, bytes).expect("weights");
}

#[test]
fn models_that_are_broken() {
    const KEY: &str = "classifier.fc.bias";
    let f = Folder::new();
    let missing = f.model("missing");
    rewrite(&missing, |t| t.retain(|(key, _, _)| key != KEY));
    let unknown = f.model("unknown");
    rewrite(&unknown, |t| {
        t.push(("stray.weight".into(), vec![1], vec![0; 4]))
    });
    let shape = f.model("shape");
    rewrite(&shape, |t| {
        let bias = t.iter_mut().find(|(key, _, _)| key == KEY).expect("a bias");
        bias.1 = vec![4];
        bias.2.truncate(16);
    });
    let cut = f.model("cut");
    let path = cut.join("model.safetensors");
    let bytes = std::fs::read(&path).expect("weights");
    std::fs::write(&path, &bytes[..bytes.len() - 100]).expect("weights");
    let empty = f.path("empty-model");
    std::fs::create_dir(&empty).expect("a folder");
    for (model, named) in [
        (&missing, KEY),
        (&unknown, "stray.weight"),
        (&shape, KEY),
        (&cut, "model.safetensors"),
        (&empty, "config.json"),
    ] {
        let model = model.display().to_string();
        let run = explain(&f, &["--model", &model]);
        run.refused(&[named, &model]);
    }
}

#[test]
fn a_neighborhood_that_is_broken() {
    let f = Folder::new();
    let file = f.write("bad.safetensors", "no tensors");
    for path in [file, f.text("missing.safetensors")] {
        let run = run(&["refit", &path, "--label-index", "0", "--json"]);
        assert!(run.stdout.is_empty(), "{run:#?}");
        run.refused(&[&path]);
    }
}

#[test]
fn settings_that_cannot_work() {
    let f = Folder::new();
    let out = f.text("out");
    for (flag, value, named) in [
        ("--samples", "0", "samples"),
        ("--segments", "0", "segments"),
        ("--kernel-width", "0", "kernel_width"),
        ("--device", "no such device", "no such device"),
    ] {
        run(&["explain", "--out", &out, flag, value]).refused(&[named]);
        assert_eq!(f.names(), Vec::<String>::new());
    }
}

#[test]
fn no_parent_folder_stays_behind() {
    let f = Folder::new();
    let (out, masks) = (f.text("new/folder/out"), f.text("missing.npy"));
    run(&[
        "explain", "--device", "cpu", "--out", &out, "--masks", &masks,
    ])
    .refused(&[&masks]);
    assert_eq!(f.names(), Vec::<String>::new());
}
