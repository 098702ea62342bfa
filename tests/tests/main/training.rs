//! `train`: stopped at any moment, it goes on to the same model.

use super::binary::{Run, finish, run, start, start_limited};
use super::files::{Folder, read_json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Networks and data that a test can train in seconds.
const SETTINGS: &str = r#"{
    "songs": 24, "validation_songs": 9, "epochs": 3, "batch": 4, "checkpoint_steps": 1, "learning_rate": 0.01,
    "size": {"audio_width": 16, "audio_layers": 1, "lyrics_width": 16, "lyrics_layers": 1, "heads": 2, "vocabulary": 300}
}"#;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(300);

fn model(out: &Path) -> Vec<u8> {
    std::fs::read(out.join("model.safetensors")).expect("a model")
}

/// The log without what a clock says.
fn losses(run: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(run.join("training.jsonl")).expect("a log");
    text.lines()
        .map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let fields = line.as_object_mut().expect("an object");
            for clock in ["seconds", "songs_per_s"] {
                assert!(fields.remove(clock).is_some_and(|v| v.is_number()));
            }
            line.to_string()
        })
        .collect()
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_there() {
        assert!(started.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn lines(log: &Path) -> usize {
    std::fs::read_to_string(log).map_or(0, |text| text.lines().count())
}

/// Songs of the songbook as files, and a manifest with splits; returns its path.
fn manifest(f: &Folder) -> String {
    let data = f.text("data");
    run(&[
        "dataset", "synth", "--seed", "5", "--songs", "18", "--out", &data,
    ])
    .done();
    let text = std::fs::read_to_string(f.path("data/manifest.jsonl")).expect("a manifest");
    let split: String = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let mut song: serde_json::Value = serde_json::from_str(line).expect("JSON");
            song["split"] = if i < 12 { "train" } else { "validation" }.into();
            song["genre"] = ["opera", "polka", "surf"][i % 3].into();
            // Songs with stems, and songs with a mixture alone (here, one stem serves as such).
            if i % 2 == 1 {
                let stems = song["stems"].as_str().expect("a path").to_string();
                song["audio"] = format!("{stems}/other.wav").into();
                song.as_object_mut().expect("an object").remove("stems");
            }
            format!("{song}\n")
        })
        .collect();
    f.write("data/split.jsonl", split)
}

#[test]
fn killed_at_many_moments_it_ends_with_the_same_model() {
    let f = Folder::new();
    let settings = f.write("settings.json", SETTINGS);
    let (whole, killed) = (f.text("whole"), f.text("killed"));
    let args = |out: &str, more: &[&str]| -> Vec<String> {
        let base = [
            "train", "--device", "cpu", "--config", &settings, "--out", out,
        ];
        base.iter().chain(more).map(ToString::to_string).collect()
    };
    run(&args(&whole, &[])).done();

    let run_folder = f.path("killed.run");
    let log = run_folder.join("training.jsonl");
    // The log has a line a step (6 an epoch) and an epoch; a checkpoint is being written right behind each line, so
    // these kills fall before, into and behind checkpoints, within epochs and between them.
    let mut child = start(&args(&killed, &[]));
    for (at, delay_ms) in [(1, 0), (4, 3), (7, 1), (8, 8), (12, 15), (15, 5), (19, 2)] {
        wait_for("a line of the log", || lines(&log) >= at);
        std::thread::sleep(Duration::from_millis(delay_ms));
        child.kill().expect("the process is there");
        child.wait().expect("an exit status");
        // What a kill within a checkpoint leaves, whether this one fell there or not.
        let torn = run_folder.join(".checkpoint.part");
        std::fs::create_dir_all(&torn).expect("a folder");
        std::fs::write(torn.join("weights.safetensors"), b"torn").expect("a file");
        child = start(&["train", "--device", "cpu", "--resume", "--out", &killed]);
    }
    finish(child).done();

    assert!(
        model(&f.path("whole")) == model(&f.path("killed")),
        "another model"
    );
    let (a, b) = (losses(&f.path("whole.run")), losses(&run_folder));
    assert_eq!(a, b);
    assert_eq!(a.len(), 3 * 7);
    for name in ["learning_curve.png", "learning_curve.svg", "run.json"] {
        assert!(run_folder.join(name).is_file(), "{name}");
    }
    let left: Vec<String> = std::fs::read_dir(&run_folder)
        .expect("a folder")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|n| n.contains("checkpoint"))
        .collect();
    assert!(left.iter().all(|n| n.starts_with('.')), "{left:?}");
    // A finished run is left as it is.
    run(&["train", "--device", "cpu", "--resume", "--out", &killed])
        .done()
        .notes("finished already");
}

#[test]
fn ctrl_c_writes_a_checkpoint_and_says_how_to_go_on() {
    let f = Folder::new();
    let settings = f.write(
        "settings.json",
        SETTINGS.replace("\"checkpoint_steps\": 1,", ""),
    );
    let out = f.text("model");
    let child = start(&[
        "train", "--device", "cpu", "--config", &settings, "--out", &out,
    ]);
    wait_for("a step", || lines(&f.path("model.run/training.jsonl")) >= 2);
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("the program kill");
    assert!(status.success());
    finish(child).refused(&["Ctrl-C", "--resume", "model"]);
    assert!(f.path("model.run/checkpoint-000000/state.json").is_file());

    // Without --resume it is not overwritten, and with it the settings cannot change.
    run(&["train", "--config", &settings, "--out", &out]).refused(&["already", "--resume"]);
    run(&[
        "train", "--device", "cpu", "--resume", "--out", &out, "--epochs", "9", "--seed", "4",
    ])
    .refused(&["epochs 9 (the run has 3)", "seed 4 (the run has 1)"]);
    run(&["train", "--device", "cpu", "--resume", "--out", &out])
        .done()
        .notes("going on behind step");
}

#[test]
fn killed_while_songs_are_decoded_it_goes_on_and_ends_with_the_same_model() {
    let f = Folder::new();
    let manifest = manifest(&f);
    let settings = f.write("settings.json", SETTINGS);
    let args = |out: &str, cache: &str| -> Vec<String> {
        [
            "train",
            "--device",
            "cpu",
            "--config",
            &settings,
            "--manifest",
            &manifest,
            "--cache",
            &f.text(cache),
            "--out",
            &f.text(out),
        ]
        .map(str::to_string)
        .to_vec()
    };
    run(&args("whole", "one"))
        .done()
        .notes("segments of the mixture");

    let songs = f.path("two/songs");
    let entries = || std::fs::read_dir(&songs).map_or(0, |items| items.flatten().count());
    let mut child = start(&args("killed", "two"));
    wait_for("a decoded song", || entries() >= 3);
    child.kill().expect("the process is there");
    child.wait().expect("an exit status");
    let kept: Vec<_> = std::fs::read_dir(&songs)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| !p.display().to_string().ends_with(".part"))
        .collect();
    // One entry is torn; it is made again.
    let torn = std::fs::read(&kept[0]).expect("an entry");
    std::fs::write(&kept[0], &torn[..torn.len() / 2]).expect("a torn entry");
    let mut resume = args("killed", "two");
    resume.push("--resume".into());
    run(&resume).done();
    assert_eq!(std::fs::read(&kept[0]).expect("an entry"), torn);
    assert!(
        model(&f.path("whole")) == model(&f.path("killed")),
        "another model"
    );
    let config = read_json(&f.path("whole/config.json"));
    assert_eq!(config["name"], "split-genre-both");
}

#[test]
fn songs_that_cannot_be_read_are_named_and_the_model_is_written() {
    let f = Folder::new();
    let manifest = manifest(&f);
    let settings = f.write("settings.json", SETTINGS);
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let songs: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let broken = &songs[1];
    let audio = f
        .path("data")
        .join(broken["audio"].as_str().expect("a path"));
    std::fs::write(audio, b"RIFF").expect("a torn file");
    let train = |manifest: &str, out: &str| -> Run {
        run(&[
            "train",
            "--device",
            "cpu",
            "--config",
            &settings,
            "--epochs",
            "1",
            "--manifest",
            manifest,
            "--cache",
            &f.text("cache"),
            "--out",
            &f.text(out),
        ])
    };
    let done = train(&manifest, "model");
    assert_eq!(done.code, Some(1), "{done:#?}");
    let id = broken["id"].as_str().expect("an id");
    done.notes(&format!("skipped \"{id}\""))
        .notes("1 songs could not be used");
    assert!(f.path("model/model.safetensors").is_file());

    // A validation label that no training song has.
    let mut wrong = songs.clone();
    let label = wrong[13]["genre"].as_str().expect("a genre").to_string();
    wrong[13]["genre"] = format!("{label}x").into();
    let wrong: String = wrong.iter().map(|s| format!("{s}\n")).collect();
    let wrong = f.write("data/wrong.jsonl", wrong);
    train(&wrong, "wrong").refused(&[&format!("\"{label}x\""), "did you mean"]);
    assert!(!f.path("wrong.run").exists());
    // A manifest without splits.
    train(&f.text("data/manifest.jsonl"), "none").refused(&["split", "train"]);
}

#[test]
fn a_full_disk_keeps_the_last_checkpoint() {
    let f = Folder::new();
    let settings = f.write("settings.json", SETTINGS);
    let (whole, full) = (f.text("whole"), f.text("full"));
    run(&[
        "train", "--device", "cpu", "--config", &settings, "--out", &whole,
    ])
    .done();
    let child = start(&[
        "train", "--device", "cpu", "--config", &settings, "--out", &full,
    ]);
    wait_for("a step", || f.path("full.run/checkpoint-000002").exists());
    let mut child = child;
    child.kill().expect("the process is there");
    child.wait().expect("an exit status");
    // No file may grow beyond 64 KiB: less than a checkpoint's weights.
    let resume = ["train", "--device", "cpu", "--resume", "--out", &full];
    let run_ = finish(start_limited(64, &resume));
    run_.refused(&["training failed", "cannot write", "--resume"]);
    run(&resume).done().notes("going on behind step");
    assert!(
        model(&f.path("whole")) == model(&f.path("full")),
        "another model"
    );
}

#[test]
fn settings_are_printed_and_mistyped_ones_refused() {
    let f = Folder::new();
    let settings = f.write("settings.json", r#"{"epochs": 7, "patience": 2}"#);
    let printed = run(&[
        "train",
        "--config",
        &settings,
        "--batch",
        "5",
        "--print-config",
    ])
    .done();
    let json = printed.json();
    assert_eq!((&json["epochs"], &json["batch"]), (&7.into(), &5.into()));
    assert_eq!(json["patience"], 2);
    let again = f.write("again.json", &printed.stdout);
    let twice = run(&["train", "--config", &again, "--print-config"]).done();
    assert_eq!(twice.stdout, printed.stdout);

    let typo = f.write("typo.json", r#"{"epoch": 7}"#);
    run(&["train", "--config", &typo, "--out", &f.text("x")])
        .refused(&["unknown name \"epoch\"", "did you mean \"epochs\"?"]);
    let inner = f.write("inner.json", r#"{"size": {"audio_witdh": 7}}"#);
    run(&["train", "--config", &inner, "--out", &f.text("x")]).refused(&["\"audio_width\""]);
    let run_ = run(&["train", "--schedule", "cosin", "--out", &f.text("x")]);
    assert_eq!(run_.code, Some(2));
    assert!(run_.stderr.contains("did you mean \"cosine\""), "{run_:#?}");
    run(&["train", "--epochs", "0", "--out", &f.text("x")]).refused(&["epochs", "at least 1"]);
    run(&[
        "train",
        "--freeze",
        "audio_modle",
        "--config",
        &settings,
        "--songs",
        "4",
        "--validation-songs",
        "2",
        "--device",
        "cpu",
        "--out",
        &f.text("x"),
    ])
    .refused(&["audio_modle"]);
    assert!(!f.path("x").exists() && !f.path("x.run").exists());
}
