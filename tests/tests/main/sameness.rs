//! The same recipe gives the same bytes; batch sizes, devices and refitting give the same numbers.

use super::binary::{root, run};
use super::files::{Folder, npy, read_json};
use serde_json::Value;
use std::path::Path;

/// Explains the built-in song.
fn explain(f: &Folder, out: &str, more: &[&str]) -> Value {
    let out = f.text(out);
    let mut args = vec!["explain", "--samples", "60", "--out", &out];
    args.extend(more);
    run(&args).done();
    read_json(&Path::new(&out).join("explanation.json"))
}

fn weights(explanation: &Value) -> Vec<(String, f64)> {
    let list = explanation["explained"][0]["weights"]
        .as_array()
        .expect("weights");
    let mut weights: Vec<(String, f64)> = list
        .iter()
        .map(|w| {
            let name = format!("{}/{}", w["modality"], w["feature"]);
            (name, w["weight"].as_f64().expect("a number"))
        })
        .collect();
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    weights
}

fn worst(a: &Value, b: &Value) -> f64 {
    let (a, b) = (weights(a), weights(b));
    assert!(a.len() > 80, "{}", a.len());
    a.iter()
        .zip(&b)
        .map(|(x, y)| {
            assert_eq!(x.0, y.0);
            (x.1 - y.1).abs()
        })
        .fold(0.0, f64::max)
}

#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let f = Folder::new();
    let device = ["--device", "cpu", "--seed", "4"];
    explain(&f, "a", &device);
    explain(&f, "b", &device);
    for file in [
        "explanation.json",
        "neighborhood.safetensors",
        "report.html",
        "figures/explanation.png",
    ] {
        let read = |out: &str| std::fs::read(f.path(out).join(file)).expect("a result");
        assert!(read("a") == read("b"), "{file} differs");
    }
    let other = explain(&f, "c", &["--device", "cpu", "--seed", "5"]);
    assert!(
        worst(&read_json(&f.path("a/explanation.json")), &other) > 1e-6,
        "the seed matters"
    );
}

#[test]
fn the_batch_size_changes_nothing() {
    let f = Folder::new();
    let one = explain(&f, "1", &["--device", "cpu", "--batch-size", "1"]);
    for size in ["7", "64"] {
        let other = explain(&f, size, &["--device", "cpu", "--batch-size", size]);
        let worst = worst(&one, &other);
        assert!(worst <= 1e-6, "batch size {size}: {worst:e}");
    }
}

#[test]
fn a_gpu_says_what_the_cpu_says() {
    if std::env::var_os("MUSICLIME_NO_VULKAN").is_some_and(|v| v == "1") {
        eprintln!("MUSICLIME_NO_VULKAN=1: the GPU was not compared with the CPU");
        return;
    }
    let f = Folder::new();
    let probability = |device: &str| {
        let out = f.text(device);
        run(&[
            "explain",
            "--samples",
            "24",
            "--device",
            device,
            "--out",
            &out,
        ])
        .done();
        let json = read_json(&Path::new(&out).join("explanation.json"));
        (
            json["explained"][0]["probability"]
                .as_f64()
                .expect("a number"),
            json,
        )
    };
    let (cpu, cpu_json) = probability("cpu");
    // The name of the interface finds the software GPU, which `auto` never takes.
    let (gpu, gpu_json) = probability("wgpu");
    assert!(cpu_json["recipe"]["device"] != gpu_json["recipe"]["device"]);
    assert!((cpu - gpu).abs() <= 1e-4, "{cpu} and {gpu}");
    let worst = worst(&cpu_json, &gpu_json);
    assert!(worst <= 1e-4, "weights differ by {worst:e}");
}

#[test]
fn refitting_gives_the_explanation_again() {
    let f = Folder::new();
    let json = explain(&f, "out", &["--device", "cpu"]);
    let file = f.text("out/neighborhood.safetensors");
    let index = json["explained"][0]["index"].to_string();
    let args = [
        "refit",
        &file,
        "--kernel-width",
        "25",
        "--distance-scale",
        "100",
        "--select",
        "none",
    ];
    let refit = run(&[&args[..], &["--label-index", &index, "--json"]].concat())
        .done()
        .json();
    for key in ["intercept", "r2", "local_prediction"] {
        assert_eq!(refit[key], json["explained"][0][key], "{key}");
    }
    let select = [
        "refit",
        &file,
        "--select",
        "forward_selection",
        "--features",
        "5",
    ];
    let few = run(&[&select[..], &["--label-index", &index, "--json"]].concat())
        .done()
        .json();
    assert_eq!(few["weights"].as_array().expect("weights").len(), 5);
}

#[test]
fn given_masks_are_used_as_they_are() {
    let f = Folder::new();
    let json = explain(&f, "out", &["--device", "cpu", "--modality", "audio"]);
    let columns = json["explained"][0]["weights"]
        .as_array()
        .expect("weights")
        .len();
    let bits: Vec<u8> = (0..50 * columns).map(|i| u8::from(i * i % 7 < 4)).collect();
    let masks = f.write("masks.npy", npy("|u1", [50, columns], &bits));
    let given = explain(
        &f,
        "given",
        &["--device", "cpu", "--modality", "audio", "--masks", &masks],
    );
    assert_eq!(given["recipe"]["samples"], 50);
    let file = std::fs::read(f.path("given/neighborhood.safetensors")).expect("a neighborhood");
    let tensors = safetensors::SafeTensors::deserialize(&file).expect("tensors");
    assert_eq!(tensors.tensor("masks").expect("masks").data(), bits);
}

#[test]
fn predict_is_pytorchs() {
    let f = Folder::new();
    let golden = root().join("tests/golden/predict");
    let expected = read_json(&golden.join("expected.json"));
    let (audio, words) = (golden.join("song.wav"), golden.join("lyrics.txt"));
    for name in ["fusion_roberta", "fusion_bert"] {
        let checkpoint = root()
            .join("crates/model/tests/golden")
            .join(name)
            .display()
            .to_string();
        let model = f.text(name);
        run(&["import", &checkpoint, "--out", &model]).done();
        let (audio, words) = (audio.display().to_string(), words.display().to_string());
        let args = [
            "predict", "--model", &model, "--audio", &audio, "--lyrics", &words, "--device", "cpu",
            "--json",
        ];
        let answer = run(&args).done().json();
        let numbers = |v: &Value| -> Vec<f64> {
            v.as_array()
                .expect("a list")
                .iter()
                .map(|x| x.as_f64().expect("a number"))
                .collect()
        };
        let theirs = &expected[name]["with_lyrics"];
        for key in ["logits", "probabilities"] {
            for (a, b) in numbers(&answer[key]).iter().zip(numbers(&theirs[key])) {
                assert!((a - b).abs() <= 1e-4, "{name} {key}: {a} and {b}");
            }
        }
        assert_eq!(answer["labels"], expected[name]["labels"]);
    }
}
