//! Every kind of component, from the outside.

use super::binary::{Run, run};
use super::files::{Folder, lyrics, read_json, stems};
use serde_json::Value;

/// Explains the sample song with its true stems.
fn explain(out: &str, more: &[&str]) -> Run {
    let (stems, lyrics) = (stems(), lyrics());
    let mut args = vec![
        "explain",
        "--device",
        "cpu",
        "--samples",
        "40",
        "--stems",
        &stems,
        "--out",
        out,
    ];
    if !more.contains(&"--lyrics") {
        args.extend(["--lyrics", &lyrics]);
    }
    args.extend(more);
    run(&args)
}

fn weights(file: &Value) -> Vec<Value> {
    file["explained"][0]["weights"]
        .as_array()
        .expect("weights")
        .clone()
}

#[test]
fn every_kind_of_component_has_its_file_its_report_and_its_sound() {
    let f = Folder::new();
    for (kind, more, feature) in [
        ("time", vec![], "mixture0"),
        ("time", vec!["--segment-on", "onsets"], "mixture0"),
        ("time-frequency", vec!["--bands", "4"], "3"),
        ("slic", vec!["--regions", "20"], "region0"),
        ("felzenszwalb", vec!["--regions", "20"], "region0"),
    ] {
        let name = format!("{kind}{}", more.len());
        let out = f.text(&name);
        let mut args = vec!["--components", kind, "--modality", "audio"];
        args.extend(more);
        explain(&out, &args).done();
        let file = read_json(&f.path(&name).join("explanation.json"));
        assert_eq!(file["recipe"]["components"], kind);
        let weights = weights(&file);
        assert!(
            weights
                .iter()
                .any(|w| w["feature"].as_str().expect("a name").ends_with(feature)),
            "{kind}: {weights:?}"
        );
        for weight in &weights {
            assert!(
                weight["start_s"].as_f64() < weight["end_s"].as_f64(),
                "{weight}"
            );
            let has_band = weight["low_hz"].as_f64() < weight["high_hz"].as_f64();
            assert_eq!(has_band, kind != "time", "{weight}");
        }
        let is_map = f.path(&name).join("regions.npy").is_file();
        assert_eq!(is_map, kind == "slic" || kind == "felzenszwalb");
        let page = std::fs::read_to_string(f.path(&name).join("report.html")).expect("a page");
        let said = match kind {
            "time" => "The whole sound over time",
            "time-frequency" => "Bands of frequency over time",
            _ => "The spectrogram in ",
        };
        assert!(page.contains(said), "{kind}");
        let sound: Vec<_> = std::fs::read_dir(f.path(&name).join("audio"))
            .expect("sound")
            .map(|e| {
                e.expect("a file")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert!(sound.iter().any(|n| n == "song.wav"), "{sound:?}");
    }
}

#[test]
fn the_case_of_words_counts_where_it_is_kept() {
    let f = Folder::new();
    let words = f.write("words.txt", "Golden golden GOLDEN river River");
    for (case, expected) in [("folded", 2), ("kept", 5)] {
        let out = f.text(case);
        let args = ["--modality", "lyrics", "--case", case, "--lyrics", &words];
        explain(&out, &args).done();
        let file = read_json(&f.path(case).join("explanation.json"));
        assert_eq!(file["recipe"]["case"], case);
        assert_eq!(weights(&file).len(), expected, "{case}");
    }
}

#[test]
fn few_components_are_combined_in_every_way() {
    let f = Folder::new();
    let out = f.text("out");
    let more = [
        "--components",
        "time",
        "--segment-seconds",
        "3.4",
        "--modality",
        "audio",
    ];
    let said = explain(&out, &more).done();
    assert!(said.stdout.contains("every combination once"), "{said:#?}");
    let file = read_json(&f.path("out").join("explanation.json"));
    assert_eq!(file["recipe"]["mask_source"], "exhaustive");
    assert_eq!(file["recipe"]["samples"], 8);
    assert_eq!(weights(&file).len(), 3);
    let page = std::fs::read_to_string(f.path("out").join("report.html")).expect("a page");
    assert!(page.contains("exhaustive"));
}

#[test]
fn lines_with_their_seconds_are_one_component() {
    let f = Folder::new();
    let text = std::fs::read_to_string(lyrics()).expect("lyrics");
    let written: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let csv = f.write(
        "lines.csv",
        format!(
            "start_s,end_s,line\n1,3.5,\"{}\"\n3.5,6,\"{}\"\n",
            written[0], written[1]
        ),
    );
    let out = f.text("out");
    explain(&out, &["--components", "lines", "--segment-file", &csv]).done();
    let file = read_json(&f.path("out").join("explanation.json"));
    let weights = weights(&file);
    let joint: Vec<&Value> = weights.iter().filter(|w| w["line"].is_u64()).collect();
    assert_eq!(joint.len(), 2, "{weights:?}");
    for weight in joint {
        let number = weight["line"].as_u64().expect("a number") as usize;
        assert_eq!(weight["segment_name"], written[number - 1]);
        let place = &weight["places"][0];
        let bytes = place[0].as_u64().expect("a byte") as usize
            ..place[1].as_u64().expect("a byte") as usize;
        assert!(written[number - 1].starts_with(&text[bytes]), "{weight}");
    }
    assert_eq!(
        weights
            .iter()
            .filter(|w| w["segment_name"] == "gap")
            .count(),
        2
    );
    let page = std::fs::read_to_string(f.path("out").join("report.html")).expect("a page");
    assert!(page.contains("class=\"stem sung\""));
    // The same lines as LRC, as segments of every stem.
    let lrc = f.write(
        "song.lrc",
        format!(
            "[00:01.00]{}\n[00:03.50]{}\n[00:06.00]\n",
            written[0], written[1]
        ),
    );
    let out = f.text("stems");
    explain(&out, &["--segment-file", &lrc, "--modality", "audio"]).done();
    let file = read_json(&f.path("stems").join("explanation.json"));
    let drums = file["explained"][0]["weights"].as_array().expect("weights");
    assert_eq!(drums.len(), 16);
    assert!(
        drums
            .iter()
            .any(|w| w["feature"] == "drums1" && w["start_s"] == 1.0)
    );
}

#[test]
fn lines_sections_and_stop_words() {
    let f = Folder::new();
    let of = |name: &str, more: &[&str]| {
        let mut args = vec!["--modality", "lyrics"];
        args.extend(more);
        explain(&f.text(name), &args).done();
        weights(&read_json(&f.path(name).join("explanation.json")))
    };
    let words = of("words", &[]);
    let open = of("open", &["--protect-stop-words", "en"]);
    assert!(words.iter().any(|w| w["word"] == "the"), "{words:?}");
    assert!(open.len() < words.len() && open.iter().all(|w| w["word"] != "the"));
    let lines = of("lines", &["--words", "lines", "--word-filler", "mask"]);
    assert!(
        lines.len() > 2
            && lines
                .iter()
                .all(|w| w["word"].as_str().expect("text").contains(' '))
    );
    let sections = of("sections", &["--words", "sections"]);
    assert!(
        sections
            .iter()
            .all(|w| w["word"].as_str().expect("text").starts_with("section"))
    );
}

#[test]
fn fillers_are_compared() {
    let f = Folder::new();
    let out = f.text("out");
    let other = stems();
    let filler = format!("other-song:{other}");
    let said = explain(&out, &["--filler", &filler, "--filler-sensitivity"]).done();
    assert!(said.stdout.contains("rank correlation"), "{said:#?}");
    let file = read_json(&f.path("out").join("explanation.json"));
    let found = &file["filler_sensitivity"][0];
    // Another song, silence, noise and the mean spectrum; the mask token and a word.
    let pairs = found["pairs"].as_array().expect("pairs");
    assert_eq!(pairs.len(), 15, "{found}");
    for pair in pairs {
        let (r, shared) = (
            pair["rank_correlation"].as_f64(),
            pair["top_overlap"].as_f64(),
        );
        assert!(r.is_none_or(|r| (-1.0..=1.0).contains(&r)), "{pair}");
        assert!(shared.is_some_and(|s| (0.0..=1.0).contains(&s)), "{pair}");
    }
    let page = std::fs::read_to_string(f.path("out").join("report.html")).expect("a page");
    assert!(page.contains("What stands in for what is switched off"));
    // The song's own stems in place of what is off: nothing can change.
    let out = f.text("own");
    explain(&out, &["--filler", &filler, "--modality", "audio"]).done();
    let own = weights(&read_json(&f.path("own").join("explanation.json")));
    assert!(
        own.iter()
            .all(|w| w["weight"].as_f64().expect("a number").abs() < 1e-6),
        "{own:?}"
    );
}

#[test]
fn components_that_do_not_fit_are_refused() {
    let f = Folder::new();
    let csv = f.write("lines.csv", "start_s,end_s,line\n2,1,back\n");
    let bare = f.write("bare.txt", "no times");
    for (more, named) in [
        (vec!["--components", "lines"], "segment_file"),
        (vec!["--segment-file", csv.as_str()], "lines.csv"),
        (vec!["--segment-file", bare.as_str()], "bare.txt"),
        (vec!["--bands", "4"], "time-frequency"),
        (vec!["--regions", "4"], "slic"),
        (
            vec!["--components", "slic", "--segment-seconds", "1"],
            "segments",
        ),
        (vec!["--segment-seconds", "0"], "segment_seconds"),
        (vec!["--segment-seconds", "0.001"], "0.01 s"),
        (
            vec!["--filler", "other-song:/no/such/file.wav"],
            "/no/such/file.wav",
        ),
        (
            vec!["--protect-stop-words", "/no/such/list"],
            "/no/such/list",
        ),
        (
            vec!["--words", "lines", "--protect-stop-words", "en"],
            "protected",
        ),
    ] {
        let before = f.names();
        explain(&f.text("out"), &more).refused(&[named]);
        assert_eq!(f.names(), before);
    }
}
