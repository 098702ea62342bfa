//! The parts of a training step against PyTorch and numbers known on paper, and small runs.

#[path = "main/accumulation.rs"]
mod accumulation;
#[path = "main/adamw.rs"]
mod adamw;
#[path = "main/clipping.rs"]
mod clipping;
#[path = "main/golden.rs"]
mod golden;
#[path = "main/losses.rs"]
mod losses;
#[path = "main/schedules.rs"]
mod schedules;
#[path = "main/spec_augment.rs"]
mod spec_augment;
#[path = "main/train_step.rs"]
mod train_step;

use burn::tensor::Device;
use musiclime_dataset::songbook::Task;
use musiclime_model::Model;
use musiclime_training::{
    Epoch, ModelSize, TrainConfig, TrainModality, TrainingError, Watch, train,
};

struct Quiet;

impl Watch for Quiet {
    fn songs(&self, _: usize, _: usize) {}
    fn step(&self, _: usize, _: usize, _: usize, loss: f64) -> bool {
        assert!(loss > 0.0);
        true
    }
    fn epoch(&self, _: &Epoch) -> bool {
        true
    }
}

fn small(modality: TrainModality) -> TrainConfig {
    TrainConfig {
        task: Task::Genre,
        modality,
        songs: 24,
        validation_songs: 6,
        epochs: 2,
        batch: 8,
        size: ModelSize {
            audio_width: 16,
            audio_layers: 1,
            lyrics_width: 16,
            lyrics_layers: 1,
            heads: 2,
            vocabulary: 300,
            ..ModelSize::default()
        },
        ..TrainConfig::default()
    }
}

#[test]
fn the_same_settings_give_the_same_model_and_another_seed_another() {
    let bytes = |seed| {
        let config = TrainConfig {
            seed,
            ..small(TrainModality::Both)
        };
        let trained = train(&config, &[], &Device::flex(), &Quiet).expect("a model");
        assert_eq!(trained.epochs.len(), 2);
        assert!(
            trained.epochs[1].loss < trained.epochs[0].loss,
            "{:?}",
            trained.epochs
        );
        (
            trained.network.to_safetensors().expect("weights"),
            trained.tokenizer_json,
        )
    };
    let first = bytes(1);
    assert!(first == bytes(1), "two runs differ");
    assert!(first.0 != bytes(2).0, "the seed does not matter");
}

#[test]
fn training_starts_from_encoders_that_fit_and_refuses_others() {
    let device = Device::flex();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lyrics");
    let lyrics = train(&small(TrainModality::Lyrics), &[], &device, &Quiet).expect("a model");
    let json = lyrics.tokenizer_json.as_deref();
    Model::write(&path, &lyrics.config, &lyrics.network, json, "").expect("a model directory");
    let start = [Model::open(&path, &device).expect("a model")];

    let tiny_steps = TrainConfig {
        learning_rate: 1e-12,
        ..small(TrainModality::Both)
    };
    let both = train(&tiny_steps, &start, &device, &Quiet).expect("a model");
    let weights = |network: &musiclime_model::Network| {
        let bytes = network.to_safetensors().expect("weights");
        let file = musiclime_model::WeightFile::from_safetensors("weights", bytes).expect("a file");
        file.read("text_model.embeddings.word_embeddings.weight")
            .expect("a table")
    };
    let far = weights(&both.network)
        .iter()
        .zip(weights(&lyrics.network))
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(far < 1e-6, "the encoder was not taken over: {far}");

    let mut wider = small(TrainModality::Both);
    wider.size.lyrics_width = 32;
    let error = train(&wider, &start, &device, &Quiet).expect_err("another width");
    assert!(
        error.to_string().contains("encoder to start from"),
        "{error}"
    );
    let mut other = small(TrainModality::Both);
    other.songbook_seed = 77;
    let error = train(&other, &start, &device, &Quiet).expect_err("another tokenizer");
    assert!(error.to_string().contains("tokenizer"), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let config = TrainConfig::default;
    for (what, config) in [
        (
            "songs",
            TrainConfig {
                songs: 0,
                ..config()
            },
        ),
        (
            "warm_up",
            TrainConfig {
                warm_up: 1.5,
                ..config()
            },
        ),
        (
            "learning_rate",
            TrainConfig {
                learning_rate: f64::NAN,
                ..config()
            },
        ),
        (
            "validation_seed",
            TrainConfig {
                validation_seed: 1,
                ..config()
            },
        ),
    ] {
        let error = train(&config, &[], &Device::flex(), &Quiet).expect_err(what);
        assert!(
            matches!(error, TrainingError::Setting { what: w, .. } if w == what),
            "{error}"
        );
    }
    assert!(
        serde_json::from_str::<TrainConfig>(r#"{"epoch": 3}"#).is_err(),
        "a typo"
    );
}
