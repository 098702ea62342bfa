//! Manifests in CSV, reading past what is wrong, and whole collections on disk: import, check, clean.

use musiclime_audio::write::{WavFormat, write_wav};
use musiclime_core::{LabelSet, Waveform};
use musiclime_dataset::check::{UnusableKind, check};
use musiclime_dataset::clean::{Boilerplate, clean};
use musiclime_dataset::fixture::write_music4all;
use musiclime_dataset::import::{Music4AllOptions, audioset, music4all};
use musiclime_dataset::manifest::{Entry, Manifest, RowProblemKind, Split};
use musiclime_dataset::songbook::{Songbook, Task};
use std::fs;
use std::path::Path;

const GO_ON: fn(usize, usize) -> bool = |_, _| true;

/// Half a second of a tone of its own.
fn tone(path: &Path, hz: f32, level: f32) {
    let samples =
        (0..8_000).map(|t| level * (t as f32 * hz / 16_000.0 * std::f32::consts::TAU).sin());
    let wave = Waveform::mono(samples.collect(), 16_000).expect("a tone");
    write_wav(path, &wave, WavFormat::Pcm16).expect("a WAV file");
}

#[test]
fn csv_says_the_same_as_json_lines() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["a.wav", "b, \"two\".wav"] {
        fs::write(dir.path().join(name), "x").expect("a file");
    }
    let entries = vec![
        Entry {
            id: "a".into(),
            audio: Some("a.wav".into()),
            genre: Some("rock".into()),
            split: Some(Split::Test),
            valence: Some(0.25),
            tags: Some(vec!["loud".into(), "slow, sad".into()]),
            ..Entry::default()
        },
        Entry {
            id: "b".into(),
            audio: Some("b, \"two\".wav".into()),
            artist: Some("The \"Quotes\", Inc.".into()),
            language: Some("en".into()),
            ..Entry::default()
        },
    ];
    let manifest = Manifest::new(dir.path(), entries);
    for name in ["m.csv", "m.jsonl"] {
        let path = dir.path().join(name);
        manifest.write(&path).expect("written");
        assert_eq!(Manifest::read(&path).expect("read"), manifest, "{name}");
    }
}

#[test]
fn wrong_csv_is_refused_with_line_and_nearest_name() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.wav"), "x").expect("a file");
    let path = dir.path().join("m.csv");
    for (text, wanted) in [
        (
            "id,audio,gnre\na,a.wav,x\n",
            vec!["line 1", "\"gnre\"", "\"genre\""],
        ),
        ("audio\na.wav\n", vec!["line 1", "\"id\""]),
        ("id,id,audio\na,a,a.wav\n", vec!["line 1", "twice"]),
        (
            "id,audio,split\na,a.wav,tset\n",
            vec!["line 2", "\"tset\"", "\"test\""],
        ),
        (
            "id,audio,valence\na,a.wav,high\n",
            vec!["line 2", "valence", "\"high\""],
        ),
        (
            "id,audio,valence\na,a.wav,1.5\n",
            vec!["line 2", "valence", "1.5"],
        ),
        ("id,audio\na,a.wav,more\n", vec!["line 2", "2 columns", "3"]),
        ("id,audio\na,\"a.wav\n", vec!["line 2", "never closed"]),
        (
            "id,audio\na,a.wav\na,a.wav\n",
            vec!["line 3", "\"a\"", "line 2"],
        ),
        ("id,audio\n", vec!["at least 1 song"]),
        ("", vec!["at least 1 song"]),
    ] {
        fs::write(&path, text).expect("a file");
        let message = match Manifest::read(&path) {
            Ok(_) => panic!("accepted: {text}"),
            Err(e) => e.to_string(),
        };
        for part in wanted {
            assert!(
                message.contains(part) && message.contains("m.csv"),
                "{part} in {message}"
            );
        }
    }
    fs::write(&path, b"id,audio\n\xff,a.wav\n").expect("a file");
    let message = Manifest::read(&path).expect_err("no text").to_string();
    assert!(
        message.contains("UTF-8") && message.contains("byte 9"),
        "{message}"
    );
    let other = Manifest::read(&dir.path().join("m.xlsx")).expect_err("no manifest");
    assert!(other.to_string().contains(".jsonl or .csv"), "{other}");
}

#[test]
fn one_wrong_row_does_not_stop_the_others() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.wav"), "x").expect("a file");
    let path = dir.path().join("m.csv");
    let text = "id,audio,genre\na,a.wav,rock\nb,b.wav,rock\na,a.wav,rock\n,a.wav,\nc,a.wav,rokc\n";
    fs::write(&path, text).expect("a file");
    let (manifest, problems) = Manifest::read_lenient(&path).expect("read");
    let ids: Vec<&str> = manifest.entries().iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.line, p.id.as_deref(), p.kind))
        .collect();
    assert_eq!(
        found,
        [
            (3, Some("b"), RowProblemKind::MissingFile),
            (4, Some("a"), RowProblemKind::DuplicateId),
            (5, None, RowProblemKind::Row),
        ]
    );
    let labels = LabelSet::new(vec!["pop".into(), "rock".into()]).expect("labels");
    let message = manifest
        .require_labels(Task::Genre, &labels)
        .expect_err("an unknown label")
        .to_string();
    for part in ["m.csv", "line 6", "\"c\"", "\"rokc\"", "\"rock\""] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn the_fixture_is_imported_with_its_labels_and_cleaned_to_its_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let raw = dir.path().join("raw");
    write_music4all(11, 12, &raw, &GO_ON).expect("a collection");
    let imported = music4all(&raw, dir.path(), Music4AllOptions::default()).expect("imported");
    let (manifest, summary) = (imported.manifest, imported.summary);
    assert_eq!(
        (summary.listed, summary.songs, summary.skipped.len()),
        (12, 12, 0)
    );
    let book = Songbook::new(11);
    for (index, entry) in manifest.entries().iter().enumerate() {
        let (genre, emotion) = book.labels(index);
        let wanted = match genre.name() {
            "bluegrass" | "country" => Some("folk"),
            "drum_and_bass" | "dubstep" => Some("electronic"),
            "gospel" => Some("rhythm music"),
            "shanty" => Some("punk"),
            "polka" => Some("pop"),
            "surf" => Some("rock"),
            _ => None,
        };
        assert_eq!(entry.genre.as_deref(), wanted, "{}", entry.id);
        let wanted = match emotion.name() {
            "negative_low" => "Depressed",
            "negative_medium" => "Sad",
            "negative_high" => "Angry",
            "neutral_low" => "Calm",
            "neutral_medium" => "Neutral",
            "neutral_high" => "Tense",
            "positive_low" => "Relaxed",
            "positive_medium" => "Happy",
            _ => "Excited",
        };
        assert_eq!(entry.emotion.as_deref(), Some(wanted), "{}", entry.id);
        assert_eq!(entry.language.as_deref(), Some("en"));
    }
    let path = dir.path().join("manifest.jsonl");
    manifest.write(&path).expect("written");
    let manifest = Manifest::read(&path).expect("the paths lead to files");

    let report = check(&manifest, &[], &GO_ON).expect("checked");
    assert_eq!((report.songs, report.unusable.len()), (12, 0));
    assert!((report.duration_s - 12.0 * 10.24).abs() < 0.1);
    let scraped = report
        .boilerplate
        .get(&Boilerplate::Header)
        .map_or(0, |f| f.songs);
    assert!(scraped > 0, "{report:?}");

    let out = dir.path().join("clean");
    let (cleaned, removed) = clean(&manifest, &out, &out, &GO_ON).expect("cleaned");
    assert_eq!(removed.removed, report.boilerplate);
    assert_eq!(removed.changed, scraped);
    cleaned.write(&out.join("manifest.jsonl")).expect("written");
    let cleaned = Manifest::read(&out.join("manifest.jsonl")).expect("the paths lead to files");
    for (index, entry) in cleaned.entries().iter().enumerate() {
        let text = fs::read_to_string(cleaned.resolve(entry.lyrics.as_ref().expect("lyrics")))
            .expect("text");
        // What the songbook wrote, but for the last line end of a scraped one.
        let own = book.song(index).lyrics;
        assert_eq!(text.trim_end(), own.text().trim_end(), "{}", entry.id);
    }
}

#[test]
fn what_an_import_lacks_is_counted_and_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let raw = dir.path();
    fs::create_dir(raw.join("audios")).expect("a folder");
    for id in ["a", "b", "c", "e"] {
        fs::write(raw.join(format!("audios/{id}.mp3")), "x").expect("a file");
    }
    let table = |name: &str, text: &str| fs::write(raw.join(name), text).expect("a file");
    table(
        "id_information.csv",
        "id\tartist\na\tX\nb\tY\nc\t\nd\tZ\nx y z\ne\tV\n",
    );
    table(
        "id_genres.csv",
        "id\tgenres\na\tRock,blues\nb\topera,Arias\nc\t\n",
    );
    table(
        "id_metadata.csv",
        "id\tvalence\tenergy\na\t.1\t.9\nb\t0.5\tloud\n",
    );
    let imported = music4all(raw, raw, Music4AllOptions::default()).expect("imported");
    let (summary, entries) = (imported.summary, imported.manifest);
    assert_eq!((summary.listed, summary.songs), (5, 4));
    assert_eq!(entries.entries()[0].genre.as_deref(), Some("rock"));
    assert_eq!(entries.entries()[0].emotion.as_deref(), Some("Angry"));
    assert_eq!(
        summary.genre.unplaced.values().sum::<usize>(),
        3,
        "{summary:?}"
    );
    assert_eq!(
        summary.genre.unplaced.len(),
        3,
        "three reasons: {summary:?}"
    );
    assert_eq!(summary.unplaced_genres.get("opera"), Some(&1));
    assert_eq!(summary.emotion.unplaced.values().sum::<usize>(), 3);
    let skipped: Vec<&str> = summary.skipped.iter().map(|s| s.song.as_str()).collect();
    assert!(skipped.contains(&"d") && skipped.len() == 2, "{skipped:?}");

    table("id_genres.csv", "id\tgenre\na\tRock\n");
    let message = music4all(raw, raw, Music4AllOptions::default())
        .expect_err("a wrong column")
        .to_string();
    for part in ["id_genres.csv", "line 1", "\"genres\"", "\"genre\""] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn audioset_is_read_from_both_lists() {
    let dir = tempfile::tempdir().expect("a folder");
    let raw = dir.path();
    fs::create_dir(raw.join("audio")).expect("a folder");
    for id in ["-aB", "two", "three"] {
        fs::write(raw.join(format!("audio/{id}.wav")), "x").expect("a file");
    }
    let names =
        "index,mid,display_name\n0,/m/06by7,Rock music\n1,/m/03lty,Heavy metal\n2,/m/03_d0,Jazz\n";
    fs::write(raw.join("class_labels_indices.csv"), names).expect("a file");
    let list = "# Segments csv\n# YTID, start_seconds, end_seconds, positive_labels\n\
        -aB, 30.000, 40.000, \"/m/06by7,/m/03lty\"\ntwo, 0.000, 10.000, \"/m/03_d0,/m/06by7\"\n\
        three, 0.000, 10.000, \"/m/none\"\nfour, 0.000, 10.000, \"/m/03_d0\"\n";
    fs::write(raw.join("segments.csv"), list).expect("a file");
    let found = audioset(raw, raw).expect("imported");
    let genres: Vec<_> = found
        .manifest
        .entries()
        .iter()
        .map(|e| (e.id.as_str(), e.genre.as_deref()))
        .collect();
    assert_eq!(genres, [("-aB", Some("heavy music")), ("two", None)]);
    assert!(
        found
            .summary
            .genre
            .unplaced
            .keys()
            .any(|r| r.contains("several classes"))
    );
    let skipped: Vec<&str> = found
        .summary
        .skipped
        .iter()
        .map(|s| s.song.as_str())
        .collect();
    assert_eq!(skipped, ["three", "four"]);

    let labels =
        "id,labels,valence,energy\n-aB,Jazz,0.7,0.2\ntwo,\"Rock music;Music\",,\nthree,Speech,,\n";
    fs::write(raw.join("labels.csv"), labels).expect("a file");
    let found = audioset(raw, raw).expect("imported");
    let first = &found.manifest.entries()[0];
    assert_eq!(first.genre.as_deref(), Some("rhythm music"));
    assert_eq!(first.emotion.as_deref(), Some("Relaxed"));
    assert_eq!(found.summary.genre.classes.values().sum::<usize>(), 2);
    assert_eq!(found.summary.unplaced_genres.get("Speech"), Some(&1));
}

#[test]
fn a_check_finds_what_is_planted() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    tone(&at("a.wav"), 440.0, 0.5);
    tone(&at("b.wav"), 550.0, 0.5);
    fs::copy(at("a.wav"), at("c.wav")).expect("a copy");
    tone(&at("quiet.wav"), 440.0, 0.0);
    let whole = fs::read(at("a.wav")).expect("a file");
    fs::write(at("cut.wav"), &whole[..whole.len() / 2]).expect("a file");
    let verse = "the river is long and the night is cold and you are not with me\n".repeat(3)
        + "we carry the lantern home again over every stone of the road\n";
    fs::write(at("a.txt"), &verse).expect("a file");
    fs::write(at("b.txt"), verse.to_uppercase() + "[Chorus]\nla\n").expect("a file");
    fs::write(at("bad.txt"), b"\xff\xfe\x00").expect("a file");
    let row = |id: &str, audio: &str, lyrics: &str, genre: &str, split: &str| {
        format!("{id},{audio},{lyrics},{genre},The Same,{split}\n")
    };
    let text = "id,audio,lyrics,genre,artist,split\n".to_owned()
        + &row("a", "a.wav", "a.txt", "rock", "train")
        + &row("b", "b.wav", "b.txt", "rock", "test")
        + &row("c", "c.wav", "", "jazz", "test")
        + &row("quiet", "quiet.wav", "", "rock", "train")
        + &row("cut", "cut.wav", "", "rock", "train")
        + &row("gone", "gone.wav", "", "rock", "train")
        + &row("words", "b.wav", "bad.txt", "rock", "train");
    fs::write(at("m.csv"), text).expect("a file");
    let (manifest, problems) = Manifest::read_lenient(&at("m.csv")).expect("read");
    let report = check(&manifest, &problems, &GO_ON).expect("checked");
    assert_eq!((report.rows, report.songs), (7, 4));
    let unusable: Vec<_> = report
        .unusable
        .iter()
        .map(|u| (u.song.as_deref(), u.kind))
        .collect();
    assert_eq!(
        unusable,
        [
            (Some("gone"), UnusableKind::MissingFile),
            (Some("cut"), UnusableKind::Audio),
            (Some("words"), UnusableKind::Lyrics),
        ]
    );
    assert!(
        report.unusable[1].problem.contains("truncated"),
        "{:?}",
        report.unusable
    );
    assert_eq!(report.same_audio, [["a", "c"]]);
    assert_eq!(report.near_lyrics.len(), 1);
    assert_eq!(report.near_lyrics[0].songs, ["a", "b"]);
    assert_eq!(report.duplicates_across_splits.len(), 2);
    assert_eq!(report.silent, ["quiet"]);
    assert_eq!(report.without_lyrics, 2);
    assert_eq!(report.languages.get("en"), Some(&2));
    assert_eq!(report.artists_across_splits.len(), 1);
    assert_eq!(report.lonely_classes.len(), 1);
    assert_eq!(report.lonely_classes[0].song, "c");
    assert_eq!(
        report
            .boilerplate
            .get(&Boilerplate::SectionTag)
            .map(|f| f.songs),
        Some(1)
    );
    let stopped = check(&manifest, &problems, &|_: usize, _: usize| false);
    assert!(stopped.is_err(), "{stopped:?}");
}
