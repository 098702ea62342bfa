use crate::golden::folder;
use burn::tensor::Device;
use musiclime_model::{
    HeadKind, LyricsEncoder, Model, ModelConfig, ModelError, Preparation, import,
};
use std::fs;
use std::path::Path;

fn copy(name: &str, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(folder(name)).expect("golden") {
        let entry = entry.expect("golden");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

#[test]
fn import_writes_a_complete_directory_that_opens() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let directory = out.path().join("deep/model");
    let report = import(&folder("fusion_roberta"), &directory).expect("an import");
    let mut names: Vec<String> = fs::read_dir(&directory)
        .expect("a folder")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "README.md",
            "config.json",
            "model.safetensors",
            "tokenizer.json"
        ]
    );
    let model = Model::open(&directory, &Device::flex()).expect("a model");
    assert_eq!(model.config, report.config);
    assert_eq!(model.report.ignored, Vec::<String>::new());
    let lyrics = model.config.lyrics.as_ref().expect("lyrics");
    // HF's generation default max_length 20 in text_config.json is no token limit.
    assert!(matches!(lyrics.encoder, LyricsEncoder::Roberta(_)));
    assert_eq!(lyrics.max_tokens, 38);
    assert_eq!(lyrics.preparation, Preparation::None);
    assert!((model.config.audio.as_ref().expect("audio").window_s() - 0.5).abs() < 1e-12);
    assert_eq!(model.weights_sha256.len(), 64);
    let left: Vec<_> = fs::read_dir(out.path().join("deep"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "no staging folder stays behind");
}

#[test]
fn plain_folders_keep_their_heads_labels_and_limits() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let audio = import(&folder("ast_classifier"), &out.path().join("a"))
        .expect("an import")
        .config;
    assert_eq!(audio.head, HeadKind::AstClassifier);
    assert_eq!(
        audio.labels.names(),
        ["calm", "tense", "bright", "dark", "plain"]
    );
    let extractor = &audio.audio.as_ref().expect("audio").extractor;
    assert_eq!(
        (extractor.sampling_rate, extractor.mean, extractor.std),
        (22_050, -5.0, 4.0)
    );
    assert!(!out.path().join("a/tokenizer.json").exists());
    let text = import(&folder("roberta_classifier"), &out.path().join("t")).expect("an import");
    assert_eq!(text.config.head, HeadKind::RobertaClassifier);
    assert_eq!(text.config.lyrics.as_ref().expect("lyrics").max_tokens, 30);
    // The safetensors keys stay HF's: importing what was written as a plain folder's weights works again.
    let again = out.path().join("again");
    copy("roberta_classifier", &again);
    fs::copy(
        out.path().join("t/model.safetensors"),
        again.join("model.safetensors"),
    )
    .expect("a copy");
    let report = import(&again, &out.path().join("t2")).expect("an import");
    assert!(
        report
            .notes
            .iter()
            .any(|n| n.contains("pytorch_model.bin was left aside")),
        "{:?}",
        report.notes
    );
    assert_eq!(
        fs::read(out.path().join("t/model.safetensors")).expect("a file"),
        fs::read(out.path().join("t2/model.safetensors")).expect("a file")
    );
}

#[test]
fn a_failed_import_leaves_nothing() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let source = out.path().join("source");
    copy("fusion_bert", &source);
    let weights = fs::read(source.join("model.safetensors")).expect("a file");
    fs::write(
        source.join("model.safetensors"),
        &weights[..weights.len() - 10],
    )
    .expect("a file");
    let directory = out.path().join("model");
    import(&source, &directory).expect_err("a cut file");
    assert!(!directory.exists());
    for (name, part) in [
        ("labels.json", "labels.json"),
        ("preprocessor_config.json", "preprocessor_config.json"),
        ("tokenizer.json", "tokenizer.json"),
    ] {
        copy("fusion_bert", &source);
        fs::remove_file(source.join(name)).expect("a file");
        let error = import(&source, &directory)
            .expect_err("a missing file")
            .to_string();
        assert!(error.contains(part), "{error}");
        assert!(!directory.exists());
    }
    let error = import(&out.path().join("nowhere"), &directory).expect_err("no folder");
    assert!(matches!(error, ModelError::Import { .. }), "{error}");
}

#[test]
fn a_label_too_few_names_the_head() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let source = out.path().join("source");
    copy("fusion_bert", &source);
    fs::write(source.join("labels.json"), r#"["a", "b"]"#).expect("a file");
    let error = import(&source, &out.path().join("model"))
        .expect_err("two labels")
        .to_string();
    assert!(
        error.contains("classifier.fc.weight") && error.contains("[2, 64]"),
        "{error}"
    );
}

#[test]
fn an_output_folder_with_files_is_not_overwritten() {
    let out = tempfile::tempdir().expect("a temporary folder");
    fs::write(out.path().join("precious.txt"), "keep").expect("a file");
    import(&folder("fusion_bert"), out.path()).expect_err("a folder in use");
    assert_eq!(
        fs::read_to_string(out.path().join("precious.txt")).expect("a file"),
        "keep"
    );
}

#[test]
fn a_missing_file_of_a_model_directory_is_named() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let directory = out.path().join("model");
    import(&folder("fusion_bert"), &directory).expect("an import");
    for name in ["tokenizer.json", "model.safetensors", "config.json"] {
        fs::remove_file(directory.join(name)).expect("a file");
        let error = Model::open(&directory, &Device::flex()).expect_err("a missing file");
        assert!(
            matches!(&error, ModelError::MissingFile { path, .. } if path.ends_with(name)),
            "{error}"
        );
    }
}

#[test]
fn configurations_round_trip_and_contradictions_are_refused() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let config = import(&folder("fusion_bert"), &out.path().join("m"))
        .expect("an import")
        .config;
    assert_eq!(
        ModelConfig::from_bytes(config.to_json().as_bytes()).expect("a configuration"),
        config
    );
    let mut wrong = config.clone();
    wrong.head = HeadKind::AstClassifier;
    assert!(wrong.validate().is_err());
    let mut wrong = config.clone();
    wrong.audio.as_mut().expect("audio").extractor.num_mel_bins = 25;
    assert!(wrong.validate().is_err());
    let mut wrong = config.clone();
    wrong.lyrics.as_mut().expect("lyrics").max_tokens = 41;
    assert!(wrong.validate().is_err());
    let mut wrong = config;
    (wrong.audio, wrong.lyrics) = (None, None);
    assert!(wrong.validate().is_err());
}
