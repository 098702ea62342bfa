//! Measuring models: manifests, and the table of six.

use super::binary::{Run, root, run};
use super::files::{Folder, read_json};

/// A manifest of the repository's samples, with `more` lines behind it.
fn manifest(f: &Folder, label: &str, more: &str) -> String {
    let song = root().join("datasets/songbook/s2026-000030");
    let line = serde_json::json!({
        "id": "one", "stems": song.join("stems"), "lyrics": song.join("lyrics.txt"), "genre": label,
    });
    f.write("songs.jsonl", format!("{line}\n{more}"))
}

fn evaluate(f: &Folder, manifest: &str, more: &[&str]) -> Run {
    let out = f.text("out");
    let mut args = vec![
        "evaluate",
        "--device",
        "cpu",
        "--manifest",
        manifest,
        "--out",
        &out,
    ];
    args.extend(more);
    run(&args)
}

#[test]
fn a_manifest_is_measured_and_what_cannot_be_read_is_named() {
    let f = Folder::new();
    let bad = f.write("bad.wav", "no sound");
    let more = serde_json::json!({"id": "broken", "audio": bad, "genre": "polka"}).to_string();
    let songs = manifest(&f, "shanty", &more);
    let run = evaluate(&f, &songs, &["--json"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("broken"), "{run:#?}");
    let row = &run.json()[0];
    assert_eq!(
        (&row["songs"], &row["unreadable"][0]["id"]),
        (&1.into(), &"broken".into())
    );
    let csv = std::fs::read_to_string(f.path("out/predictions.csv")).expect("a file");
    assert!(csv.starts_with("id,true,predicted,p_bluegrass"), "{csv}");
    assert!(csv.contains("\none,shanty,"), "{csv}");
    assert_eq!(
        read_json(&f.path("out/report.json"))["models"][0]["songs"],
        1
    );
    for figure in ["confusion", "calibration"] {
        let name = format!("out/figures/{figure}-songbook-genre-both.png");
        assert!(f.path(&name).is_file(), "{name}");
    }
}

#[test]
fn a_label_that_the_model_does_not_know_is_refused_or_counted() {
    let f = Folder::new();
    let songs = manifest(&f, "shantie", "");
    evaluate(&f, &songs, &[]).refused(&["shantie", "\"shanty\"", "one"]);
    assert!(!f.path("out").exists());
    evaluate(&f, &songs, &["--skip-unknown-labels"]).refused(&["songs.jsonl"]);
}

#[test]
fn the_table_is_made_and_a_second_run_trains_nothing() {
    let f = Folder::new();
    let out = f.text("tables");
    let args = |epochs: &'static str| {
        [
            "reproduce",
            "table-models",
            "--device",
            "cpu",
            "--tasks",
            "genre",
            "--songs",
            "32",
            "--validation-songs",
            "8",
            "--test-songs",
            "12",
            "--epochs",
            epochs,
            "--out",
            &out,
            "--json",
        ]
        .map(str::to_string)
    };
    let first = run(&args("1")).done().json();
    assert_eq!(first["rows"].as_array().expect("rows").len(), 3);
    assert_eq!(first["rows"][2]["published_accuracy"], 0.5734);
    for file in [
        "table.md",
        "table.csv",
        "table.json",
        "figures/confusion-genre-both.svg",
    ] {
        assert!(f.path("tables").join(file).is_file(), "{file}");
    }
    let again = run(&args("1")).done();
    assert!(again.stderr.contains("trained already"), "{again:#?}");
    assert_eq!(again.json(), first);
    run(&args("2")).refused(&["other settings"]);
}

#[test]
fn songs_that_were_trained_on_are_no_test() {
    let f = Folder::new();
    let args = ["reproduce", "table-models", "--test-seed", "1", "--out"].map(str::to_string);
    run(&[&args[..], &[f.text("out")]].concat()).refused(&["--test-seed"]);
    assert_eq!(f.names(), Vec::<String>::new());
}
