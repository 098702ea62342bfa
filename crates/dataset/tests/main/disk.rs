//! The songbook on disk and manifests.

use musiclime_dataset::DatasetError;
use musiclime_dataset::manifest::{Entry, Manifest};
use musiclime_dataset::songbook::{self, Songbook};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn files(
    folder: &Path,
    root: &Path,
    found: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, root, found)?;
        } else {
            found.insert(
                path.strip_prefix(root).unwrap_or(&path).to_path_buf(),
                fs::read(&path)?,
            );
        }
    }
    Ok(())
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_others() -> Outcome {
    let tree = |seed: u64| -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        songbook::write(seed, 3, dir.path(), &|_: usize, _: usize| true)?;
        let mut found = BTreeMap::new();
        files(dir.path(), dir.path(), &mut found)?;
        Ok(found)
    };
    let (one, two, other) = (tree(5)?, tree(5)?, tree(6)?);
    assert_eq!(one.len(), 3 + 3 * 5, "{:?}", one.keys());
    assert!(one == two);
    assert!(one[Path::new("truth.jsonl")] != other[Path::new("truth.jsonl")]);
    Ok(())
}

#[test]
fn files_hold_what_memory_holds() -> Outcome {
    let dir = tempfile::tempdir()?;
    songbook::write(9, 2, dir.path(), &|_: usize, _: usize| true)?;
    let manifest = Manifest::read(&dir.path().join("manifest.jsonl"))?;
    let truth = songbook::read_truth(&dir.path().join("truth.jsonl"))?;
    let book = Songbook::new(9);
    let mut expected_truth = Vec::new();
    for (index, entry) in manifest.entries().iter().enumerate() {
        let song = book.song(index);
        assert_eq!(entry.id, song.id);
        assert_eq!(entry.genre.as_deref(), Some(song.genre.name()));
        assert_eq!(entry.emotion.as_deref(), Some(song.emotion.name()));
        assert_eq!(entry.artist.as_deref(), Some(song.artist.as_str()));
        assert!(entry.audio.is_none());
        let lyrics = manifest.resolve(entry.lyrics.as_deref().ok_or("no lyrics")?);
        assert_eq!(fs::read_to_string(lyrics)?, song.lyrics.text());
        let stems = manifest.resolve(entry.stems.as_deref().ok_or("no stems")?);
        for (name, wave) in song.stems.names().iter().zip(song.stems.waveforms()) {
            let mut reader = hound::WavReader::open(stems.join(format!("{name}.wav")))?;
            assert_eq!(
                (reader.spec().bits_per_sample, reader.spec().channels),
                (16, 2)
            );
            let read: Vec<f32> = reader
                .samples::<i16>()
                .map(|x| x.map(|x| f32::from(x) / 32_768.0))
                .collect::<Result<_, _>>()?;
            let held: Vec<f32> = (0..wave.len())
                .flat_map(|t| [wave.channels()[0][t], wave.channels()[1][t]])
                .collect();
            assert!(read == held, "{name} of {}", song.id);
        }
        expected_truth.extend(song.truth);
    }
    assert_eq!(truth, expected_truth);
    let line = fs::read_to_string(dir.path().join("truth.jsonl"))?;
    let first: serde_json::Value = serde_json::from_str(line.lines().next().ok_or("empty")?)?;
    assert_eq!(first["song"], "s9-000000");
    assert!(first["task"].is_string() && first["modality"].is_string());
    Ok(())
}

#[test]
fn a_stop_leaves_no_manifest() -> Outcome {
    let dir = tempfile::tempdir()?;
    let stopped = songbook::write(5, 4, dir.path(), &|_: usize, _: usize| false);
    assert!(
        matches!(stopped, Err(DatasetError::Cancelled)),
        "{stopped:?}"
    );
    assert!(!dir.path().join("manifest.jsonl").exists());
    Ok(())
}

#[test]
fn a_manifest_comes_back_as_it_was_written() -> Outcome {
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("a.wav"), b"x")?;
    let entries = vec![Entry {
        id: "a".into(),
        audio: Some("a.wav".into()),
        ..Entry::default()
    }];
    let path = dir.path().join("manifest.jsonl");
    let manifest = Manifest::new(dir.path(), entries);
    manifest.write(&path)?;
    assert_eq!(
        fs::read_to_string(&path)?,
        "{\"id\":\"a\",\"audio\":\"a.wav\"}\n"
    );
    assert_eq!(Manifest::read(&path)?, manifest);
    Ok(())
}

#[test]
fn wrong_manifests_are_refused_with_the_line_and_the_reason() -> Outcome {
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("a.wav"), b"x")?;
    let path = dir.path().join("manifest.jsonl");
    let good = r#"{"id":"a","audio":"a.wav"}"#;
    let cases: [(String, &[&str]); 8] = [
        (
            format!("{good}\n\n{{\"audio\":\"a.wav\"}}\n"),
            &["line 3", "missing field `id`"],
        ),
        (format!("{good}\n{good}\n"), &["line 2", "\"a\"", "line 1"]),
        (
            "{\"id\":\"a\"}\n".into(),
            &["line 1", "\"audio\"", "\"stems\""],
        ),
        (
            "{\"id\":\" \",\"audio\":\"a.wav\"}".into(),
            &["line 1", "id is empty"],
        ),
        (
            "{\"id\":\"a\",\"audio\":\"b.wav\"}".into(),
            &["line 1", "no file", "b.wav"],
        ),
        (
            "{\"id\":\"a\",\"stems\":\"a.wav\"}".into(),
            &["line 1", "no folder", "a.wav"],
        ),
        (
            "{\"id\":\"a\",\"audio\":\"a.wav\",\"gnre\":\"x\"}".into(),
            &["line 1", "gnre"],
        ),
        ("\n".into(), &["at least 1 song"]),
    ];
    for (text, wanted) in cases {
        fs::write(&path, &text)?;
        let message = match Manifest::read(&path) {
            Ok(_) => return Err(format!("accepted: {text}").into()),
            Err(error) => error.to_string(),
        };
        for part in wanted {
            assert!(
                message.contains(part) && message.contains("manifest.jsonl"),
                "{part} in {message}"
            );
        }
    }
    let message = Manifest::read(&dir.path().join("none.jsonl")).map_err(|e| e.to_string());
    assert!(message.is_err_and(|m| m.contains("none.jsonl") && m.contains("read")));
    Ok(())
}

/// The bundled samples are songs of seed 2026; models are trained on this generator, so a change of it must be meant.
#[test]
fn the_bundled_samples_are_what_the_generator_makes() -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/songbook");
    let book = Songbook::new(2026);
    let mut compared = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path.join("song.json"))?)?;
        let id = json["id"].as_str().ok_or("no id")?;
        let song = book.song(id.trim_start_matches("s2026-").parse()?);
        assert_eq!(id, song.id);
        assert_eq!(json["genre"], song.genre.name());
        assert_eq!(json["emotion"], song.emotion.name());
        assert_eq!(json["truth"], serde_json::to_value(&song.truth)?);
        assert_eq!(
            fs::read_to_string(path.join("lyrics.txt"))?,
            song.lyrics.text()
        );
        for name in songbook::STEM_NAMES {
            assert!(fs::read(path.join(format!("stems/{name}.flac")))?.starts_with(b"fLaC"));
        }
        compared += 1;
    }
    assert_eq!(compared, 4);
    Ok(())
}
