//! Data sets from the outside: synth, import, check, clean, split, stats, and every refusal.

use super::binary::run;
use super::files::{Folder, read_json};

/// A manifest of tones: id, genre, artist of each.
fn manifest(folder: &Folder, name: &str, songs: &[(&str, &str, &str)]) -> String {
    let mut text = "id,audio,genre,artist\n".to_owned();
    for (i, (id, genre, artist)) in songs.iter().enumerate() {
        let level = 0.2 + 0.01 * i as f64;
        folder.tone(&format!("{id}.wav"), 16_000, 1, 0.2, level);
        text.push_str(&format!("{id},{id}.wav,{genre},{artist}\n"));
    }
    folder.write(name, text)
}

#[test]
fn a_collection_from_its_tables_to_its_splits() {
    let f = Folder::new();
    let (raw, songs, clean) = (f.text("raw"), f.text("songs"), f.text("clean"));
    run(&[
        "dataset",
        "synth",
        "--layout",
        "music4all",
        "--songs",
        "24",
        "--seed",
        "5",
        "--out",
        &raw,
    ])
    .done();
    let imported = run(&[
        "dataset",
        "import",
        "music4all",
        &raw,
        "--out",
        &songs,
        "--json",
    ])
    .done();
    let summary = imported.json();
    assert_eq!(summary["songs"], 24);
    assert_eq!(summary, read_json(&f.path("songs/summary.json")));
    let placed = summary["genre"]["classes"].as_object().expect("classes");
    assert!(placed.len() >= 4, "{placed:?}");

    let manifest = f.text("songs/manifest.jsonl");
    let checked = run(&[
        "dataset",
        "check",
        &manifest,
        "--labels",
        "music4all",
        "--json",
    ])
    .done();
    assert!(checked.json()["boilerplate"]["header"]["songs"].as_u64() > Some(0));
    let cleaned = run(&["dataset", "clean", &manifest, "--out", &clean]).done();
    assert!(
        cleaned.stdout.contains("You might also like"),
        "{cleaned:#?}"
    );
    let cleaned = f.text("clean/manifest.jsonl");
    let checked = run(&["dataset", "check", &cleaned, "--json"]).done();
    assert_eq!(checked.json()["boilerplate"], serde_json::json!({}));

    let split = f.text("split.csv");
    let args = [
        "dataset",
        "split",
        &cleaned,
        "--out",
        &split,
        "--seed",
        "3",
        "--train",
        "0.6",
        "--validation",
        "0.2",
        "--one-song",
        "train",
        "--json",
    ];
    let report = run(&args).done().json();
    let unplaced = report["unlabelled"].as_u64().expect("a count");
    let divided: u64 = report["songs"]
        .as_array()
        .expect("counts")
        .iter()
        .filter_map(|n| n.as_u64())
        .sum();
    assert_eq!(divided + unplaced, 24);
    let checked = run(&["dataset", "check", &split, "--json"]).done().json();
    assert_eq!(checked["artists_across_splits"], serde_json::json!([]));

    let stats = run(&[
        "dataset",
        "stats",
        &split,
        "--out",
        &f.text("stats"),
        "--json",
    ])
    .done();
    assert_eq!(stats.json()[0]["task"], "genre");
    for task in ["genre", "emotion"] {
        let png = std::fs::read(f.path(&format!("stats/balance-{task}.png"))).expect("a figure");
        assert!(png.starts_with(b"\x89PNG"));
        let svg = std::fs::read_to_string(f.path(&format!("stats/balance-{task}.svg")))
            .expect("a figure");
        assert!(svg.contains("<svg") && svg.contains(&format!("Songs by {task}")));
    }
}

#[test]
fn a_damaged_song_is_named_counted_and_skipped() {
    let f = Folder::new();
    let path = manifest(
        &f,
        "m.csv",
        &[
            ("a", "x", "A"),
            ("b", "x", "B"),
            ("c", "y", "C"),
            ("d", "y", "D"),
        ],
    );
    let whole = std::fs::read(f.path("b.wav")).expect("a file");
    f.write("b.wav", &whole[..whole.len() / 2]);
    std::fs::remove_file(f.path("d.wav")).expect("removed");
    let usable = f.text("usable.jsonl");
    let checked = run(&["dataset", "check", &path, "--json", "--out", &usable]);
    assert_eq!(checked.code, Some(1), "{checked:#?}");
    let report = checked.json();
    assert_eq!(
        (report["rows"].as_u64(), report["songs"].as_u64()),
        (Some(4), Some(2))
    );
    let checked = checked.notes("left out: b: ").notes("truncated");
    checked.notes("left out: d: line 5").notes("d.wav");
    let again = run(&["dataset", "check", &usable, "--json"]).done().json();
    assert_eq!(again["songs"], 2);
}

#[test]
fn manifests_that_are_wrong() {
    let f = Folder::new();
    let good = manifest(&f, "good.csv", &[("a", "rock", "A"), ("b", "rokc", "B")]);
    for (text, named) in [
        (
            "id,audio,gnre\na,a.wav,x\n",
            ["line 1", "\"gnre\"", "\"genre\""],
        ),
        (
            "id,audio,split\na,a.wav,tset\n",
            ["line 2", "\"tset\"", "\"test\""],
        ),
        (
            "id,audio\na,a.wav\na,b.wav\n",
            ["line 3", "\"a\"", "line 2"],
        ),
        ("id,audio\n", ["at least 1 song", "bad.csv", "got none"]),
    ] {
        let bad = f.write("bad.csv", text);
        run(&["dataset", "stats", &bad])
            .refused(&named)
            .refused(&["bad.csv"]);
        run(&["dataset", "split", &bad, "--out", &f.text("out.csv")]).refused(&named);
    }
    run(&["dataset", "check", &good, "--labels", "music4all"])
        .refused(&["good.csv", "line 3", "\"rokc\"", "\"rock\""]);
    run(&["dataset", "check", &f.text("none.csv")]).refused(&["none.csv"]);
    run(&[
        "dataset",
        "clean",
        &f.text("good.wav"),
        "--out",
        &f.text("out"),
    ])
    .refused(&["good.wav", ".jsonl or .csv"]);
    assert!(!f.path("out").exists() && !f.path("out.csv").exists());
}

#[test]
fn a_class_of_one_song_is_refused_by_name() {
    let f = Folder::new();
    let path = manifest(
        &f,
        "m.csv",
        &[
            ("a", "rock", "A"),
            ("b", "rock", "B"),
            ("c", "rock", "C"),
            ("d", "jazz", "D"),
        ],
    );
    let out = f.text("split.jsonl");
    run(&["dataset", "split", &path, "--out", &out]).refused(&[
        "\"jazz\"",
        "\"d\"",
        "--one-song train",
    ]);
    assert!(!f.path("split.jsonl").exists());
    run(&[
        "dataset",
        "split",
        &path,
        "--out",
        &out,
        "--one-song",
        "train",
    ])
    .done()
    .notes("note: \"jazz\" has 1 song");
    run(&["dataset", "split", &path, "--out", &out, "--train", "1.5"])
        .refused(&["1.5", "--train 0.8"]);
    run(&[
        "dataset",
        "split",
        &path,
        "--out",
        &f.text("split.txt"),
        "--one-song",
        "train",
    ])
    .refused(&["split.txt", ".jsonl or .csv"]);
    run(&[
        "dataset",
        "split",
        &path,
        "--out",
        "/proc/nowhere/split.csv",
        "--one-song",
        "train",
    ])
    .refused(&["/proc/nowhere/split.csv"]);
}

#[test]
fn collections_that_cannot_be_imported() {
    let f = Folder::new();
    let out = f.text("out");
    run(&["dataset", "import", "music4all", &f.text(""), "--out", &out])
        .refused(&["id_information.csv", "--help"]);
    run(&["dataset", "import", "audioset", &f.text(""), "--out", &out])
        .refused(&["labels.csv", "segments.csv"]);
    f.write("id_information.csv", "id,artist\na,b\n");
    run(&["dataset", "import", "music4all", &f.text(""), "--out", &out]).refused(&[
        "id_information.csv",
        "line 1",
        "separated by tabs",
    ]);
    assert!(!f.path("out").exists());
    let file = f.write("file", "x");
    run(&[
        "dataset",
        "import",
        "music4all",
        &f.text(""),
        "--out",
        &file,
    ])
    .refused(&["is a file"]);
}
