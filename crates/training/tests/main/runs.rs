//! Small runs on the songbook.

use burn::tensor::Device;
use musiclime_model::{Model, Precision};
use musiclime_training::{
    ClassWeights, Epoch, Line, ModelSize, ParameterGroups, RunFolder, RunRecord, SpecAugment, Step,
    TrainConfig, TrainModality, TrainTask, Training, TrainingError, Watch, read_journal, train,
};

struct Quiet;

impl Watch for Quiet {
    fn songs(&self, _: usize, _: usize) -> bool {
        true
    }
    fn note(&self, text: &str) {
        panic!("a note: {text}");
    }
    fn begin(&self, step: usize, _: usize) {
        assert_eq!(step, 0, "nothing was done before");
    }
    fn step(&self, step: &Step, steps: usize) -> bool {
        assert!(step.loss > 0.0 && step.grad_norm > Some(0.0) && step.step < steps);
        true
    }
    fn epoch(&self, _: &Epoch) -> bool {
        true
    }
}

fn small(modality: TrainModality) -> TrainConfig {
    TrainConfig {
        task: TrainTask::Genre,
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
    let moved = |network: &musiclime_model::Network| {
        weights(network)
            .iter()
            .zip(weights(&lyrics.network))
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    };
    let far = moved(&both.network);
    assert!(far < 1e-6, "the encoder was not taken over: {far}");
    let trained = train(&small(TrainModality::Both), &start, &device, &Quiet).expect("a model");
    let far = moved(&trained.network);
    assert!(far > 1e-4, "the encoder was not trained: {far}");

    // Sizes and tokenizer are the model's, whatever the settings say of fresh ones and whichever the songs are.
    let mut other = small(TrainModality::Both);
    other.size.lyrics_width = 32;
    other.songbook_seed = 77;
    let taken = train(&other, &start, &device, &Quiet).expect("a model");
    assert_eq!(taken.config.lyrics, lyrics.config.lyrics);
    assert_eq!(taken.tokenizer_json, lyrics.tokenizer_json);

    let [model] = &start;
    let twice = [model.clone(), model.clone()];
    let error = train(&small(TrainModality::Both), &twice, &device, &Quiet).expect_err("twice");
    assert!(error.to_string().contains("lyrics encoders of"), "{error}");
    let error = train(&small(TrainModality::Audio), &start, &device, &Quiet).expect_err("unused");
    assert!(error.to_string().contains("--modality audio"), "{error}");
}

/// Stops behind a step.
struct StopAt(usize);

impl Watch for StopAt {
    fn songs(&self, _: usize, _: usize) -> bool {
        true
    }
    fn note(&self, _: &str) {}
    fn begin(&self, _: usize, _: usize) {}
    fn step(&self, step: &Step, _: usize) -> bool {
        step.step < self.0
    }
    fn epoch(&self, _: &Epoch) -> bool {
        true
    }
}

#[test]
fn a_run_that_is_stopped_again_and_again_ends_with_the_same_weights() {
    stop_again_and_again(Precision::F32);
}

/// The factor on the loss is a part of the state.
#[test]
fn a_run_in_half_precision_that_is_stopped_ends_with_the_same_weights() {
    stop_again_and_again(Precision::F16);
}

fn stop_again_and_again(precision: Precision) {
    let device = Device::flex();
    let config = TrainConfig {
        precision,
        epochs: 3,
        batch: 4,
        accumulate: 2,
        learning_rate: 0.01,
        class_weights: ClassWeights::Given((1..=9).map(f64::from).collect()),
        label_smoothing: 0.1,
        spec_augment: SpecAugment {
            time_masks: 1,
            time_width: 100,
            frequency_masks: 1,
            frequency_width: 20,
        },
        groups: ParameterGroups {
            layer_decay: Some(0.8),
            frozen: vec!["text_model.embeddings".into()],
            ..ParameterGroups::default()
        },
        ..small(TrainModality::Both)
    };
    let whole = train(&config, &[], &device, &Steps::default()).expect("a model");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run");
    let record = RunRecord::new(config.clone(), Vec::new(), "a device".into());
    drop(RunFolder::create(&path, &record).expect("a run"));
    // 3 steps an epoch: within the first, at the end of the first, within the last.
    let mut last = None;
    for stop in [0, 2, 7, 100] {
        let (run, read) = RunFolder::open(&path).expect("a run");
        assert_eq!(read, record);
        assert!(RunFolder::open(&path).is_err(), "it is locked");
        let result = Training {
            config: &config,
            start_from: &[],
            device: &device,
            watch: &StopAt(stop),
            library: None,
            run: Some(&run),
        }
        .fit();
        match result {
            Ok(trained) => last = Some(trained),
            Err(error) => assert!(matches!(error, TrainingError::Cancelled), "{error}"),
        }
    }
    let resumed = last.expect("the last one ends");
    let bytes = |t: &musiclime_training::Trained| t.network.to_safetensors().expect("weights");
    assert!(bytes(&whole) == bytes(&resumed), "other weights");
    assert_eq!(whole.best_epoch, resumed.best_epoch);
    let timeless = |epochs: &[Epoch]| -> Vec<(usize, f64, f64, f64)> {
        let row = |e: &Epoch| (e.step, e.loss, e.validation_loss, e.scores.deciding());
        epochs.iter().map(row).collect()
    };
    assert_eq!(timeless(&whole.epochs), timeless(&resumed.epochs));
    let log = read_journal(&path.join("training.jsonl")).expect("a log");
    let steps: Vec<usize> = log
        .iter()
        .filter_map(|line| match line {
            Line::Step(step) => Some(step.step),
            Line::Epoch(_) => None,
        })
        .collect();
    assert_eq!(steps, (0..9).collect::<Vec<_>>());
    assert_eq!(log.len(), 12);

    // Other songs are noticed.
    let other = TrainConfig {
        songbook_seed: 9,
        ..config.clone()
    };
    let (run, _) = RunFolder::open(&path).expect("a run");
    let error = Training {
        config: &other,
        start_from: &[],
        device: &device,
        watch: &Quiet,
        library: None,
        run: Some(&run),
    }
    .fit()
    .expect_err("other songs");
    assert!(error.to_string().contains("songs are not those"), "{error}");
}

/// Keeps every step.
#[derive(Default)]
struct Steps(std::sync::Mutex<Vec<Step>>);

impl Watch for Steps {
    fn songs(&self, _: usize, _: usize) -> bool {
        true
    }
    fn note(&self, _: &str) {}
    fn begin(&self, _: usize, _: usize) {}
    fn step(&self, step: &Step, _: usize) -> bool {
        self.0.lock().expect("no panic").push(step.clone());
        true
    }
    fn epoch(&self, _: &Epoch) -> bool {
        true
    }
}

fn steps_of(config: &TrainConfig) -> Vec<Step> {
    let steps = Steps::default();
    train(config, &[], &Device::flex(), &steps).expect("a model");
    steps.0.into_inner().expect("no panic")
}

#[test]
fn half_precision_takes_nearly_the_same_steps() {
    let config = |precision| TrainConfig {
        precision,
        ..small(TrainModality::Both)
    };
    let single = steps_of(&config(Precision::F32));
    for (precision, tolerance) in [(Precision::F16, 5e-4), (Precision::Bf16, 2e-3)] {
        let half = steps_of(&config(precision));
        assert_eq!(single.len(), half.len());
        let mut worst: f64 = 0.0;
        for (a, b) in single.iter().zip(&half) {
            let (exact, rounded) = (a.grad_norm.expect("a norm"), b.grad_norm.expect("a norm"));
            worst = worst.max((a.loss - b.loss).abs() / a.loss);
            worst = worst.max((exact - rounded).abs() / exact);
            let expected = (precision == Precision::F16).then_some(65_536.0);
            assert_eq!(b.loss_scale, expected, "no overflow");
        }
        println!("{}: {worst:e}", precision.name());
        assert!(worst < tolerance, "{}: {worst:e}", precision.name());
        assert!(worst > 0.0, "{} is not rounded", precision.name());
    }
}

#[test]
fn gradients_that_overflow_in_half_precision_cost_a_step_and_no_more() {
    let config = TrainConfig {
        precision: Precision::F16,
        epochs: 6,
        // A loss this heavy leaves the range of half precision at the first factors.
        class_weights: ClassWeights::Given(vec![3e4; 9]),
        learning_rate: 3e-3,
        ..small(TrainModality::Lyrics)
    };
    let steps = steps_of(&config);
    let left_out = steps.iter().take_while(|s| s.grad_norm.is_none()).count();
    assert!((1..10).contains(&left_out), "{left_out} steps");
    for pair in steps.windows(2) {
        let [a, b] = [&pair[0], &pair[1]].map(|s| s.loss_scale.expect("a factor"));
        let halved = if pair[0].grad_norm.is_none() {
            2.0
        } else {
            1.0
        };
        assert_eq!(a / halved, b);
    }
    let (first, last) = (steps[left_out].loss, steps[steps.len() - 1].loss);
    assert!(last < first, "{first} to {last}");
}

#[test]
fn a_run_ends_when_its_patience_does() {
    let config = TrainConfig {
        epochs: 6,
        patience: Some(2),
        // Nothing changes at this rate, so no epoch is better than the first.
        learning_rate: 1e-30,
        weight_decay: 0.0,
        ..small(TrainModality::Lyrics)
    };
    let trained = train(&config, &[], &Device::flex(), &Quiet).expect("a model");
    assert_eq!(trained.best_epoch, 0);
    assert_eq!(trained.epochs.len(), 3);
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
