//! Every kind of output and every architecture, from training to explanation.

use super::binary::{Run, root, run};
use super::files::{Folder, read_json};
use serde_json::Value;
use std::path::PathBuf;

/// Networks that a test can train in seconds.
const SETTINGS: &str = r#"{
    "songs": 16, "validation_songs": 8, "epochs": 2, "batch": 4, "learning_rate": 0.01,
    "size": {"audio_width": 16, "audio_layers": 1, "lyrics_width": 16, "lyrics_layers": 1, "heads": 2, "vocabulary": 300}
}"#;

/// Songs of the songbook as files, 12 to train on and 6 to validate on; `change` edits a line.
fn manifest(f: &Folder, change: impl Fn(usize, &mut Value)) -> String {
    run(&[
        "dataset",
        "synth",
        "--seed",
        "5",
        "--songs",
        "18",
        "--out",
        &f.text("data"),
    ])
    .done();
    let text = std::fs::read_to_string(f.path("data/manifest.jsonl")).expect("a manifest");
    let lines = text.lines().enumerate().map(|(i, line)| {
        let mut song: Value = serde_json::from_str(line).expect("JSON");
        song["split"] = if i < 12 { "train" } else { "validation" }.into();
        change(i, &mut song);
        format!("{song}\n")
    });
    f.write("data/split.jsonl", lines.collect::<String>())
}

/// Trains with the small settings into OUT, from a manifest if one is given.
fn train(f: &Folder, manifest: Option<&str>, out: &str, more: &[&str]) -> Run {
    let settings = f.write("settings.json", SETTINGS);
    let (cache, out) = (f.text("cache"), f.text(out));
    let mut args = vec![
        "train", "--device", "cpu", "--config", &settings, "--cache", &cache, "--out", &out,
    ];
    args.extend(manifest.iter().flat_map(|path| ["--manifest", path]));
    args.extend(more);
    run(&args)
}

fn song() -> PathBuf {
    root().join("datasets/songbook/s2026-000030")
}

/// Asks a command about a sample song.
fn ask(f: &Folder, command: &str, model: &str, more: &[&str]) -> Run {
    let (stems, lyrics) = (song().join("stems"), song().join("lyrics.txt"));
    let (stems, lyrics) = (stems.display().to_string(), lyrics.display().to_string());
    let model = f.text(model);
    let mut args = vec![
        command, "--device", "cpu", "--model", &model, "--stems", &stems, "--lyrics", &lyrics,
    ];
    args.extend(more);
    run(&args).done()
}

fn evaluate(f: &Folder, model: &str, more: &[&str]) -> Run {
    let model = f.text(model);
    let mut args = vec!["evaluate", "--device", "cpu", "--model", &model];
    args.extend(more);
    run(&args)
}

/// What a file of predictions says about a song, beside what `predict` says about it.
fn same_as_predicted(f: &Folder, model: &str, csv: &str, field: &str) {
    let line = csv.lines().last().expect("a song");
    let cells: Vec<&str> = line.split(',').collect();
    let (stems, lyrics) = (
        f.text(&format!("data/songs/{}/stems", cells[0])),
        f.text(&format!("data/songs/{}/lyrics.txt", cells[0])),
    );
    let model = f.text(model);
    let answer = run(&[
        "predict", "--device", "cpu", "--model", &model, "--stems", &stems, "--lyrics", &lyrics,
        "--json",
    ])
    .done()
    .json();
    let there = cells[1..]
        .chunks_exact(2)
        .map(|pair| pair[1].parse::<f64>().expect("a number"));
    let predicted = numbers(&answer[field]);
    assert_eq!(there.len(), predicted.len());
    for (a, b) in there.zip(predicted) {
        assert!((a - b).abs() < 1e-5, "{line} and {answer}");
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

#[test]
fn a_tagger_is_trained_measured_and_explained() {
    let f = Folder::new();
    // A tag of one training song, one of all songs, one that only a validation song has, and a song without any.
    let path = manifest(&f, |i, song| {
        let mut tags: Vec<String> = vec!["song".into()];
        tags.extend((i % 3 == 0).then(|| "third".to_string()));
        tags.extend((i == 4).then(|| "rare".to_string()));
        tags.extend((i == 13).then(|| "late".to_string()));
        song["tags"] = if i == 5 { Vec::new() } else { tags }.into();
        if i == 7 {
            song.as_object_mut().expect("an object").remove("tags");
        }
    });
    let tags = ["--task", "tags", "--class-weights", "balanced"];
    let trained = train(
        &f,
        Some(&path),
        "tagger",
        &[&tags[..], &["--min-tag-songs", "2"]].concat(),
    )
    .done()
    .notes("1 of 12 songs of the split train have no \"tags\"")
    .notes("mean average precision");
    assert!(!trained.stderr.contains("\"rare\""), "{trained:#?}");
    let config = read_json(&f.path("tagger/config.json"));
    assert_eq!(config["output"], "sigmoid");
    assert_eq!(config["labels"], serde_json::json!(["song", "third"]));
    train(&f, Some(&path), "all", &["--task", "tags"])
        .done()
        .notes("\"rare\" has a single training song")
        .notes("\"rare\" has no validation song");

    let answer = ask(&f, "predict", "tagger", &["--json"]).json();
    let probabilities = numbers(&answer["probabilities"]);
    assert_eq!(answer["output"], "sigmoid");
    assert!(answer.get("label").is_none(), "{answer}");
    for ((tag, p), logit) in ["song", "third"]
        .iter()
        .zip(&probabilities)
        .zip(numbers(&answer["logits"]))
    {
        assert!((p - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-9, "{answer}");
        let given = answer["tags"]
            .as_array()
            .expect("a list")
            .contains(&Value::from(*tag));
        assert_eq!(given, *p >= 0.5, "{answer}");
    }

    let out = f.text("measured");
    let measured = evaluate(
        &f,
        "tagger",
        &[
            "--manifest",
            &path,
            "--split",
            "validation",
            "--out",
            &out,
            "--json",
        ],
    )
    .done();
    let rows = &measured.json()[0];
    assert_eq!(
        (&rows["songs"], &rows["tags"][0]["tag"]),
        (&6.into(), &"song".into())
    );
    assert_eq!(
        (&rows["tags"][0]["support"], &rows["tags"][1]["support"]),
        (&6.into(), &2.into())
    );
    assert!(rows["tags"][0]["roc_auc"].is_null() && rows["tags"][1]["roc_auc"].is_number());
    assert!(rows["mcnemar"].is_null());
    let csv = std::fs::read_to_string(f.path("measured/predictions.csv")).expect("a file");
    assert!(
        csv.starts_with("id,true_song,p_song,true_third,p_third\n"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 7);
    same_as_predicted(&f, "tagger", &csv, "probabilities");
    let page = std::fs::read_to_string(f.path("measured/report.md")).expect("a file");
    assert!(
        page.contains("| third |") && page.contains("macro F1"),
        "{page}"
    );

    evaluate(&f, "tagger", &["--manifest", &path, "--task", "genre"]).refused(&[
        "--task genre",
        "sigmoid",
        "--task tags",
    ]);
    evaluate(&f, "tagger", &["--songs", "4"]).refused(&["other labels than the songbook"]);
    let other = manifest(&f, |_, song| song["tags"] = serde_json::json!(["thirds"]));
    evaluate(&f, "tagger", &["--manifest", &other])
        .refused(&["no song has one of the model's tags", "third"]);

    let out = f.text("why");
    let told = ask(
        &f,
        "explain",
        "tagger",
        &[
            "--samples",
            "60",
            "--label",
            "third",
            "--label",
            "song",
            "--out",
            &out,
        ],
    );
    assert!(
        told.stdout.contains("third: ") && told.stdout.contains(" %"),
        "{told:#?}"
    );
    let file = read_json(&f.path("why/explanation.json"));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-5;
    assert!(close(
        file["explained"][0]["probability"]
            .as_f64()
            .expect("a number"),
        probabilities[1]
    ));
    assert!(f.path("why/figures/probabilities.png").is_file());
    let neighborhood = std::fs::read(f.path("why/neighborhood.safetensors")).expect("a file");
    let head = String::from_utf8_lossy(&neighborhood[..4096.min(neighborhood.len())]).into_owned();
    assert!(head.contains("\"output\":\"sigmoid\""), "{head}");
}

#[test]
fn valence_and_energy_are_learned_measured_and_explained_as_numbers() {
    let f = Folder::new();
    let path = manifest(&f, |i, song| {
        if i == 2 {
            song.as_object_mut().expect("an object").remove("energy");
        }
    });
    train(
        &f,
        Some(&path),
        "mood",
        &["--task", "mood", "--huber-delta", "0.2"],
    )
    .done()
    .notes("1 of 12 songs of the split train have no \"valence\" and \"energy\"")
    .notes("R²");
    let config = read_json(&f.path("mood/config.json"));
    assert_eq!(config["output"], "regression");
    assert_eq!(config["labels"], serde_json::json!(["valence", "energy"]));
    let card = std::fs::read_to_string(f.path("mood/README.md")).expect("a card");
    assert!(
        card.contains("valence and energy") && card.contains("R²"),
        "{card}"
    );
    assert!(f.path("mood.run/learning_curve.png").is_file());

    let answer = ask(&f, "predict", "mood", &["--json"]).json();
    assert_eq!(answer["values"], answer["logits"]);
    assert!(answer.get("probabilities").is_none() && answer.get("label").is_none());
    let text = ask(&f, "predict", "mood", &[]);
    assert!(
        text.stdout.contains("valence") && !text.stdout.contains('%'),
        "{text:#?}"
    );

    let out = f.text("measured");
    let rows = evaluate(
        &f,
        "mood",
        &[
            "--manifest",
            &path,
            "--split",
            "validation",
            "--out",
            &out,
            "--json",
        ],
    )
    .done()
    .json();
    let csv = std::fs::read_to_string(f.path("measured/predictions.csv")).expect("a file");
    same_as_predicted(&f, "mood", &csv, "values");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "id,true_valence,predicted_valence,true_energy,predicted_energy"
    );
    // The mean absolute error, from the table of predictions.
    let off = lines[1..].iter().map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        (number(1) - number(2)).abs()
    });
    let mean = off.sum::<f64>() / 6.0;
    let said = rows[0]["values"][0]["mean_absolute_error"]
        .as_f64()
        .expect("a number");
    assert!((mean - said).abs() < 1e-9, "{mean} and {said}");
    assert_eq!(rows[0]["values"][1]["value"], "energy");

    let out = f.text("why");
    let told = ask(
        &f,
        "explain",
        "mood",
        &["--samples", "60", "--top-labels", "2", "--out", &out],
    );
    assert!(
        told.stdout.starts_with("valence: ") && !told.stdout.contains('%'),
        "{told:#?}"
    );
    let page = std::fs::read_to_string(f.path("why/report.html")).expect("a report");
    assert!(page.contains("value by the model") && !page.contains("probability by the model"));
    let value = file_value(&read_json(&f.path("why/explanation.json")), 1);
    assert!((value - numbers(&answer["values"])[1]).abs() < 1e-5);
    let refit = run(&[
        "refit",
        &f.text("why/neighborhood.safetensors"),
        "--label-index",
        "1",
        "--json",
    ]);
    assert!(
        (refit.done().json()["probability"]
            .as_f64()
            .expect("a number")
            - value)
            .abs()
            < 1e-9
    );
}

fn file_value(file: &Value, label: usize) -> f64 {
    file["explained"][label]["probability"]
        .as_f64()
        .expect("a number")
}

#[test]
fn every_encoder_and_fusion_is_trained_and_explained() {
    let f = Folder::new();
    for (name, task, audio, lyrics, fusion) in [
        ("one", "genre", "cnn-rnn", "roberta", "concatenation"),
        ("two", "tags", "ast", "bert", "gating"),
        ("three", "mood", "cnn-rnn", "bi-gru", "cross-attention"),
    ] {
        let flags = [
            "--task",
            task,
            "--audio-encoder",
            audio,
            "--lyrics-encoder",
            lyrics,
            "--fusion",
            fusion,
            "--epochs",
            "1",
        ];
        train(&f, None, name, &flags).done();
        let config = read_json(&f.path(&format!("{name}/config.json")));
        let kind =
            |of: &Value, default: &str| of["kind"].as_str().unwrap_or(default).replace('_', "-");
        assert_eq!(kind(&config["audio"], "ast"), audio, "{config}");
        assert_eq!(kind(&config["lyrics"], "roberta"), lyrics, "{config}");
        assert_eq!(kind(&config["fusion"], "concatenation"), fusion, "{config}");
        let rows = evaluate(&f, name, &["--songs", "6", "--json"])
            .done()
            .json();
        assert_eq!(rows[0]["songs"], 6);
        let out = f.text(&format!("{name}-why"));
        ask(&f, "explain", name, &["--samples", "40", "--out", &out]);
        let file = read_json(&f.path(&format!("{name}-why/explanation.json")));
        let weights = file["explained"][0]["weights"].as_array().expect("a list");
        for modality in ["audio", "lyrics"] {
            let moves = |w: &&Value| w["modality"] == modality && w["weight"] != 0.0;
            assert!(weights.iter().any(|w| moves(&w)), "{name} {modality}");
        }
    }
}

#[test]
fn settings_that_a_task_does_not_have_are_refused() {
    let f = Folder::new();
    let refused = |more: &[&str], named: &[&str]| {
        train(&f, None, "x", more).refused(named);
        assert!(!f.path("x").exists() && !f.path("x.run").exists());
    };
    refused(
        &["--task", "mood", "--class-weights", "balanced"],
        &["class_weights", "mood"],
    );
    refused(&["--huber-delta", "0.1"], &["regression_loss", "genre"]);
    refused(
        &["--task", "mood", "--huber-delta", "0"],
        &["delta", "above 0"],
    );
    refused(
        &["--task", "tags", "--label-smoothing", "0.1"],
        &["label_smoothing", "tags"],
    );
    for (flag, typo, meant) in [
        ("--task", "tag", "tags"),
        ("--audio-encoder", "cnn-rn", "cnn_rnn"),
        ("--lyrics-encoder", "bigru", "bi_gru"),
        ("--fusion", "gatin", "gating"),
    ] {
        let run = train(&f, None, "x", &[flag, typo]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.stderr.contains(&format!("did you mean \"{meant}\"")),
            "{run:#?}"
        );
    }
    let typo = f.write("typo.json", r#"{"size": {"fusion": "gatin"}}"#);
    run(&["train", "--config", &typo, "--out", &f.text("x")])
        .refused(&["unknown name \"gatin\"", "did you mean \"gating\"?"]);
    let none = manifest(&f, |_, song| {
        song.as_object_mut().expect("an object").remove("tags");
    });
    train(&f, Some(&none), "x", &["--task", "tags"]).refused(&["split train", "\"tags\""]);
    let few = manifest(&f, |_, _| {});
    train(
        &f,
        Some(&few),
        "x",
        &["--task", "tags", "--min-tag-songs", "99"],
    )
    .refused(&["min_tag_songs", "99"]);
}
