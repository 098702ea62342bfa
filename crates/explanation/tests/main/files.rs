//! `neighborhood.safetensors` and `explanation.json`.

use crate::toy::{Toy, go_on, labels, recipe, song};
use musiclime_explanation::{
    EXPLANATION_SCHEMA, ExplanationFile, LocalExplanation, ModelInfo, Neighborhood, Recipe,
    RunRecipe, Sampler, SongInfo, Target, explain,
};
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

fn run(target: Target) -> (Neighborhood, Vec<LocalExplanation>) {
    let song = song();
    let toy = Toy::new(|r: &[u8]| 0.1 + 0.3 * f64::from(r[0]) + 1.0 / 7.0 * f64::from(r[5]));
    let masks = Sampler::new(1).draw(60, song.len()).expect("masks");
    explain(
        &toy,
        &song,
        masks,
        &labels(),
        &[0, 1],
        &Recipe { target, ..recipe() },
        &go_on,
    )
    .expect("an explanation")
}

fn file(explained: Vec<LocalExplanation>) -> ExplanationFile {
    ExplanationFile::new(
        SongInfo {
            name: "song".into(),
            start_s: 0.0,
            duration_s: 1.001,
            sample_rate_hz: 1_000,
            stems: "given".into(),
            has_lyrics: true,
            notes: vec![],
        },
        ModelInfo {
            name: "toy".into(),
            task: "genre".into(),
            weights_sha256: "00".into(),
            version: "1".into(),
        },
        labels().names().to_vec(),
        vec![0.75, 0.25],
        RunRecipe {
            recipe: recipe(),
            separator: "none".into(),
            batch_size: 16,
            precision: "f32".into(),
            device: "cpu".into(),
            version: "0.1.0".into(),
        },
        explained,
    )
}

#[test]
fn a_neighborhood_reads_back_and_has_the_same_bytes_every_time() {
    for target in [Target::Probability, Target::Logit] {
        let folder = tempfile::tempdir().expect("a folder");
        let (neighborhood, _) = run(target);
        let paths = [
            folder.path().join("a.safetensors"),
            folder.path().join("b.safetensors"),
        ];
        for path in &paths {
            neighborhood.write(path).expect("written");
        }
        assert_eq!(
            fs::read(&paths[0]).expect("bytes"),
            fs::read(&paths[1]).expect("bytes")
        );
        let back = Neighborhood::read(&paths[0]).expect("read");
        assert_eq!(back, neighborhood);
        assert_eq!(back.target(), target);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }
}

/// Writes a file with the safetensors crate, as another tool would.
fn foreign(path: &Path, rows: usize, dtype: Dtype, probability: f64, keys: &[(&str, &str)]) {
    let width = if dtype == Dtype::U8 { 1 } else { 4 };
    let masks = vec![1u8; rows * 2 * width];
    let probabilities: Vec<u8> = (0..4).flat_map(|_| probability.to_le_bytes()).collect();
    let tensors = [
        (
            "masks",
            TensorView::new(dtype, vec![rows, 2], &masks).expect("a tensor"),
        ),
        (
            "probabilities",
            TensorView::new(Dtype::F64, vec![2, 2], &probabilities).expect("a tensor"),
        ),
    ];
    let metadata: HashMap<String, String> = keys
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect();
    fs::write(path, serialize(tensors, Some(metadata)).expect("bytes")).expect("written");
}

const KEYS: [(&str, &str); 2] = [
    ("features", "[\"vocals0\", \"love\"]"),
    ("labels", "[\"a\", \"b\"]"),
];

#[test]
fn two_tensors_and_two_lists_are_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("n.safetensors");
    foreign(&path, 2, Dtype::U8, 0.5, &KEYS);
    let neighborhood = Neighborhood::read(&path).expect("read");
    assert_eq!(neighborhood.features, ["vocals0", "love"]);
    assert_eq!(neighborhood.target_values(1).expect("a class"), [0.5, 0.5]);
}

#[test]
fn a_broken_neighborhood_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("n.safetensors");
    let refused = |part: &str| {
        let message = Neighborhood::read(&path).expect_err("refused").to_string();
        assert!(
            message.contains("n.safetensors") && message.contains(part),
            "{message}"
        );
    };
    refused("cannot read");
    foreign(&path, 3, Dtype::U8, 0.5, &KEYS);
    refused("shape of \"probabilities\"");
    foreign(&path, 2, Dtype::F32, 0.5, &KEYS);
    refused("tensor \"masks\"");
    foreign(&path, 2, Dtype::U8, f64::NAN, &KEYS);
    refused("\"probabilities\", row 0, class 0");
    foreign(&path, 2, Dtype::U8, 0.5, &KEYS[..1]);
    refused("metadata \"labels\"");
    foreign(
        &path,
        2,
        Dtype::U8,
        0.5,
        &[("features", "[\"one\"]"), KEYS[1]],
    );
    refused("shape of \"masks\"");
    foreign(&path, 2, Dtype::U8, 0.5, &KEYS);
    let whole = fs::read(&path).expect("bytes");
    for cut in [0, 7, 40, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).expect("written");
        refused("format");
    }
}

#[test]
fn an_explanation_reads_back_and_has_the_same_bytes_every_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("explanation.json");
    let written = file(run(Target::Probability).1);
    written.write(&path).expect("written");
    assert_eq!(
        fs::read_to_string(&path).expect("text"),
        file(run(Target::Probability).1).to_json().expect("JSON")
    );
    assert_eq!(ExplanationFile::read(&path).expect("read"), written);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("bytes")).expect("JSON");
    let keys = |v: &serde_json::Value| {
        v.as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&json),
        [
            "schema",
            "song",
            "model",
            "labels",
            "probabilities",
            "recipe",
            "explained"
        ]
    );
    assert_eq!(json["schema"], EXPLANATION_SCHEMA);
    assert_eq!(json["recipe"]["preset"], "default");
    assert_eq!(json["recipe"]["features"], serde_json::Value::Null);
    let weights = json["explained"][0]["weights"].as_array().expect("weights");
    assert_eq!(weights.len(), 7);
    let find = |feature: &str| {
        weights
            .iter()
            .find(|w| w["feature"] == feature)
            .expect("its feature")
    };
    assert_eq!(
        keys(find("vocals0")),
        [
            "feature", "modality", "stem", "segment", "start_s", "end_s", "weight", "interval"
        ]
    );
    assert_eq!(
        (&find("drums1")["start_s"], &find("drums1")["end_s"]),
        (&0.5.into(), &1.001.into())
    );
    assert_eq!(
        keys(find("love")),
        [
            "feature", "modality", "word", "places", "unread", "weight", "interval"
        ]
    );
    assert_eq!(
        find("love")["places"],
        serde_json::json!([[6, 10], [12, 16]])
    );
    assert_eq!(find("me")["unread"], true);
    assert_eq!(weights[0]["feature"], "vocals0");
}

#[test]
fn another_schema_or_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("explanation.json");
    fs::write(&path, "{\"schema\": \"musiclime.explanation/999\"}").expect("written");
    let message = ExplanationFile::read(&path)
        .expect_err("refused")
        .to_string();
    assert!(message.contains("musiclime.explanation/999"), "{message}");
    let nowhere = folder.path().join("missing").join("explanation.json");
    let message = file(vec![])
        .write(&nowhere)
        .expect_err("refused")
        .to_string();
    assert!(message.contains("missing"), "{message}");
}
