//! Many songs: explained one after another, and aggregated.

use super::binary::{Run, finish, root, run, start};
use super::files::{Folder, read_json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Perturbations a song: enough to have weights, few enough to be quick.
const SAMPLES: &str = "120";

/// A manifest of three songs of the repository; with `broken`, the second one is no audio.
fn manifest(f: &Folder, broken: bool) -> String {
    let songbook = root()
        .join("datasets/songbook")
        .canonicalize()
        .expect("the songbook");
    let song = |id: &str, name: &str, split: &str| {
        let folder = songbook.join(name);
        serde_json::json!({
            "id": id, "stems": folder.join("stems"), "lyrics": folder.join("lyrics.txt"), "split": split,
        })
    };
    let mut names: Vec<String> = std::fs::read_dir(&songbook)
        .expect("songs")
        .map(|e| e.expect("an entry"))
        .filter(|e| e.path().join("stems").is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let corrupt = f.write("corrupt.wav", b"RIFF of nothing that could be played");
    let second = if broken {
        serde_json::json!({"id": "b/2", "audio": corrupt, "split": "test"})
    } else {
        song("b/2", &names[1], "test")
    };
    let lines = [
        song("a 1", &names[0], "test"),
        second,
        song("c", &names[2], "test"),
        song("d", &names[0], "train"),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    f.write("manifest.jsonl", text)
}

fn explain(f: &Folder, out: &str, more: &[&str]) -> Run {
    let (manifest, out) = (f.text("manifest.jsonl"), f.text(out));
    let mut args = vec!["explain", "--device", "cpu", "--samples", SAMPLES];
    args.extend(["--split", "test", "--dataset", &manifest, "--out", &out]);
    args.extend(more);
    run(&args)
}

/// Every file of a folder by its path, but run.json, which has times.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|n| n != "run.json") {
                let name = path
                    .strip_prefix(folder)
                    .expect("inside")
                    .display()
                    .to_string();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn a_run_that_goes_on_gives_the_bytes_of_one_that_was_not_stopped() {
    let f = Folder::new();
    manifest(&f, false);
    explain(&f, "whole", &["--neighborhoods"]).done();
    let whole = contents(&f.path("whole"));
    let names: Vec<&str> = whole.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "failed.json",
            "recipe.json",
            "songs/a%201/explanation.json",
            "songs/a%201/neighborhood.safetensors",
            "songs/b%2F2/explanation.json",
            "songs/b%2F2/neighborhood.safetensors",
            "songs/c/explanation.json",
            "songs/c/neighborhood.safetensors",
        ]
    );

    let first = explain(&f, "parts", &["--neighborhoods", "--limit", "1", "--json"]).done();
    assert_eq!(first.json()["explained"], 1);
    let rest = explain(&f, "parts", &["--neighborhoods", "--json"]).done();
    assert_eq!(
        (&rest.json()["explained"], &rest.json()["already_there"]),
        (&2.into(), &1.into())
    );
    assert!(contents(&f.path("parts")) == whole, "other bytes");

    // A song is one of its own: the same recipe for it alone gives the same weights.
    let names = read_json(&f.path("whole/songs/c/explanation.json"));
    assert_eq!(names["song"]["name"], "c");

    explain(&f, "parts", &["--neighborhoods", "--seed", "7"])
        .refused(&["parts", "recipe.seed was 0 and is 7"]);
    explain(&f, "parts", &[]).refused(&["neighborhoods was true and is false"]);
    explain(&f, "parts", &["--neighborhoods", "--model", "emotion"])
        .refused(&["model.name was \"songbook-genre-both\""]);
    std::fs::write(f.path("parts/recipe.json"), "{").expect("written");
    explain(&f, "parts", &["--neighborhoods"]).refused(&["parts"]);
    assert!(
        contents(&f.path("whole")) == whole,
        "a refusal changed results"
    );
}

#[test]
fn a_stopped_run_keeps_its_songs_and_goes_on() {
    let f = Folder::new();
    manifest(&f, false);
    let (manifest, out) = (f.text("manifest.jsonl"), f.text("out"));
    let args = [
        "explain",
        "--device",
        "cpu",
        "--samples",
        "1500",
        "--dataset",
        &manifest,
        "--out",
        &out,
    ];
    let child = start(&args);
    let first = f.path("out/songs/a%201/explanation.json");
    let begun = Instant::now();
    while !first.is_file() && begun.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.expect("the program kill").success());
    let run = finish(child).refused(&["Ctrl-C", "same command"]);
    assert!(run.stderr.contains("songs are in"), "{run:#?}");
    let songs = std::fs::read_dir(f.path("out/songs"))
        .expect("songs")
        .count();
    assert!(
        (1..4).contains(&songs),
        "{songs} songs, and nothing half-written"
    );
}

#[test]
fn one_corrupt_song_is_named_and_the_others_are_explained() {
    let f = Folder::new();
    manifest(&f, true);
    for explained in [2, 0] {
        let run = explain(&f, "out", &["--json"]);
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("failed: b/2: "), "{run:#?}");
        assert!(run.stderr.contains("corrupt.wav"), "{run:#?}");
        assert_eq!(run.json()["explained"], explained);
        assert_eq!(run.json()["failed"][0]["song"], "b/2");
    }
    let failed = read_json(&f.path("out/failed.json"));
    assert_eq!(failed.as_array().map(Vec::len), Some(1));
    assert!(!f.path("out/songs/b%2F2").exists());

    let out = f.text("global");
    let run = run(&["aggregate", &f.text("out"), "--out", &out])
        .done()
        .notes("2 songs");
    assert!(run.stdout.contains(&out));
    for file in [
        "tables.md",
        "global.csv",
        "global.json",
        "counts.json",
        "figures/classes.png",
        "global.html",
    ] {
        assert!(f.path("global").join(file).is_file(), "{file}");
    }
}

#[test]
fn songs_of_the_songbook_are_aggregated_and_the_sums_give_the_same_tables() {
    let f = Folder::new();
    let runs = f.text("runs");
    let args = [
        "explain",
        "--device",
        "cpu",
        "--samples",
        SAMPLES,
        "--songbook",
        "9001",
        "--songs",
        "3",
        "--out",
        &runs,
    ];
    run(&args).done();
    let global = f.text("global");
    let from_runs = run(&["aggregate", &runs, "--out", &global, "--json"]).done();
    let counts = f.text("global/counts.json");
    let from_counts = run(&["aggregate", "--from-counts", &counts, "--json"]).done();
    assert_eq!(from_runs.stdout, from_counts.stdout);
    assert_eq!(from_runs.json(), read_json(&f.path("global/global.json")));
    // The sums by hand.
    let mut songs = 0;
    for entry in std::fs::read_dir(f.path("runs/songs")).expect("songs") {
        let file = read_json(&entry.expect("an entry").path().join("explanation.json"));
        let label = file["explained"][0]["label"].as_str().expect("a label");
        for weight in file["explained"][0]["weights"].as_array().expect("weights") {
            let value = weight["weight"].as_f64().expect("a number");
            let feature = weight["feature"].as_str().expect("a name");
            let sum = &from_runs.json()[label][feature];
            let read = weight["unread"] != true;
            assert_eq!(
                sum.is_null(),
                !(value > 0.0 && read),
                "{label} {feature} {value}"
            );
            if value > 0.0 && read {
                assert!(sum["weight"].as_f64().expect("a sum") >= value - 1e-12);
                assert!(sum["count"].as_u64().expect("a count") <= 3);
            }
        }
        songs += 1;
    }
    assert_eq!(songs, 3);
    let csv = std::fs::read_to_string(f.path("global/global.csv")).expect("text");
    assert!(csv.starts_with("class,feature,modality,lime,average,homogeneity,weight,count\n"));

    // The same songs twice, another model, another cut: each refused by name.
    run(&["aggregate", &runs, &runs, "--json"]).refused(&["s9001-000000", "every song once"]);
    for (change, named) in [
        (["--model", "emotion"], "model"),
        (["--segments", "4"], "segments"),
    ] {
        let other = f.text(named);
        let mut args = args.to_vec();
        args[6] = "9002";
        args[8] = "1";
        args[10] = &other;
        args.extend(change);
        run(&args).done();
        run(&["aggregate", &runs, &other, "--json"]).refused(&[
            named,
            "s9002-000000",
            "s9001-000000",
        ]);
    }
}

#[test]
fn counts_are_aggregated_set_by_set() {
    let f = Folder::new();
    let alike = r#"{"a": {"vocals0": {"weight": 4, "count": 2}, "sea": {"weight": 1, "count": 1}},
                    "b": {"vocals0": {"weight": 4, "count": 4}, "sea": {"weight": 1, "count": 1}}}"#;
    let one = f.write("one.json", alike);
    let tables = run(&["aggregate", "--from-counts", &one, "--json"])
        .done()
        .json();
    // Equal entropies: the weight is 1.
    assert_eq!(
        tables["b"]["vocals0"],
        serde_json::json!({"lime": 2.0, "average": 1.0, "homogeneity": 2.0, "weight": 4.0, "count": 4})
    );
    let sets = f.write(
        "sets.json",
        format!("{{\"first\": {alike}, \"second/2\": {alike}}}"),
    );
    let run_sets = run(&["aggregate", "--from-counts", &sets, "--json"])
        .done()
        .notes("first: audio : lyrics = 80.0 : 20.0 %");
    assert_eq!(run_sets.json()["first"], tables);
    assert_eq!(run_sets.json()["second/2"], tables);
    let out = f.text("out");
    run(&["aggregate", "--from-counts", &sets, "--out", &out]).done();
    assert!(f.path("out/second%2F2/figures/class-a.svg").is_file());
    let text = run(&["aggregate", "--from-counts", &one]).done().stdout;
    assert!(
        text.contains("| a | ? | 80.0 % | vocals0 2.000 (2) | sea 1.000 (1) |"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_aggregated_is_refused() {
    let f = Folder::new();
    let empty = f.text("");
    let broken = f.write(
        "broken.json",
        "{\"a\": {\"x\": {\"weight\": -2, \"count\": 1}}}",
    );
    run(&["aggregate", &empty, "--json"]).refused(&["explanation.json"]);
    run(&["aggregate", &f.text("nothing"), "--json"]).refused(&["nothing"]);
    run(&["aggregate", &broken, "--json"]).refused(&["broken.json", "schema"]);
    run(&["aggregate", "--from-counts", &broken, "--json"]).refused(&[
        "broken.json",
        "class \"a\"",
        "feature \"x\"",
        "-2",
    ]);
    run(&["aggregate", &empty]).refused(&["--out"]);
    let manifest = manifest(&f, false);
    let explain = |more: &[&str]| {
        let mut args = vec!["explain", "--dataset", &manifest, "--device", "cpu"];
        args.extend(more);
        run(&args)
    };
    explain(&["--split", "validation"]).refused(&["validation"]);
    explain(&["--limit", "0"]).refused(&["manifest.jsonl"]);
    explain(&["--out", &empty]).refused(&["not empty"]);
    run(&["explain", "--reports", "--device", "cpu"]).refused(&["--reports", "--dataset"]);
    run(&["explain", "--songbook", "1", "--songs", "0"]).refused(&["--songs"]);
}
