//! The parts of a training step against numbers known on paper, and small runs.

#[path = "main/separator.rs"]
mod separator;

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor};
use musiclime_dataset::songbook::Task;
use musiclime_model::Model;
use musiclime_training::{
    Epoch, ModelSize, TrainConfig, TrainModality, TrainingError, Watch, clip_global_norm,
    cross_entropy, train,
};

#[derive(Module, Debug)]
struct Two {
    a: Param<Tensor<1>>,
    b: Param<Tensor<2>>,
}

/// Two weights whose gradients are (3, 0) and (0, 4): a joint norm of 5.
fn gradients() -> (Two, GradientsParams) {
    let device = Device::flex().autodiff();
    let two = Two {
        a: Param::from_tensor(Tensor::from_data([1.0f32, 1.0], &device)).set_require_grad(true),
        b: Param::from_tensor(Tensor::from_data([[1.0f32, 1.0]], &device)).set_require_grad(true),
    };
    let factors = Tensor::<1>::from_data([3.0f32, 0.0], &device);
    let others = Tensor::<2>::from_data([[0.0f32, 4.0]], &device);
    let loss = (two.a.val() * factors).sum() + (two.b.val() * others).sum();
    let grads = GradientsParams::from_grads(loss.backward(), &two);
    (two, grads)
}

fn values(grads: &GradientsParams, two: &Two) -> Vec<f32> {
    let a = grads.get::<1>(two.a.id).expect("a gradient").into_data();
    let b = grads.get::<2>(two.b.id).expect("a gradient").into_data();
    a.iter::<f32>().chain(b.iter::<f32>()).collect()
}

#[test]
fn clipping_is_by_the_joint_norm() {
    let (two, mut grads) = gradients();
    let norm = clip_global_norm(&two, &mut grads, 1.0);
    assert!((norm - 5.0).abs() < 1e-6, "{norm}");
    // Clipped tensor by tensor, this would be (1, 0), (0, 1).
    for (got, expected) in values(&grads, &two).iter().zip([0.6, 0.0, 0.0, 0.8]) {
        assert!((got - expected).abs() < 1e-6, "{got} and {expected}");
    }
    let (two, mut grads) = gradients();
    clip_global_norm(&two, &mut grads, 6.0);
    assert_eq!(values(&grads, &two), [3.0, 0.0, 0.0, 4.0]);
}

#[test]
fn cross_entropy_is_the_mean_negative_log_probability() {
    let device = Device::flex();
    let logits = Tensor::<2>::from_data([[0.0f32, 0.0, 0.0], [1.0, 2.0, 3.0]], &device);
    let labels = Tensor::<1, Int>::from_data([1, 0], &device);
    let loss: f32 = cross_entropy(logits, labels).into_scalar();
    let second = (1f32.exp() + 2f32.exp() + 3f32.exp()).ln() - 1.0;
    assert!((loss - (3f32.ln() + second) / 2.0).abs() < 1e-6, "{loss}");
}

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
