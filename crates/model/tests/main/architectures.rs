//! Every choice of encoders and fusion: against PyTorch (`scripts/golden_architectures.py`), trained, and explained.

use crate::golden::{Expected, devices, difference, folder};
use crate::perturb::{TEXT, assert_close, logits, random_masks, song};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use musiclime_core::{Classifier, Lyrics, MaskSet, OutputKind, Song};
use musiclime_model::{
    AudioEncoder, Fusion, LyricsEncoder, Model, ModelConfig, ModelError, MusicClassifier, Network,
    Pooling, WeightFile, import,
};
use std::path::PathBuf;

const FUSIONS: [&str; 3] = ["concatenation", "gating", "cross_attention"];

/// Largest difference to PyTorch; f32 rounding through two recurrent layers gives 1e-6.
const TOLERANCE: f32 = 1e-5;

/// Rounding of sums in another order; logits here are of size 1.
const REORDERED: f64 = 2e-5;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden_architectures")
        .join(name)
}

fn read(name: &str, file: &str) -> Vec<u8> {
    let path = golden(name).join(file);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn config(name: &str) -> ModelConfig {
    ModelConfig::from_bytes(&read(name, "config.json")).expect("a golden configuration")
}

fn open(name: &str, device: &Device) -> Model {
    let tokenizer = std::fs::read(folder("fusion_roberta").join("tokenizer.json")).expect("golden");
    let (json, weights) = (read(name, "config.json"), read(name, "model.safetensors"));
    Model::from_bytes(&json, &weights, Some(&tokenizer), device)
        .unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("a readable device")
}

#[test]
fn every_fusion_of_cnn_rnn_and_bi_gru_equals_pytorch() {
    for (backend, device) in devices() {
        for name in FUSIONS {
            let expected = Expected::at(&golden(name));
            let network = open(name, &device).network;
            for rows in [1, 7] {
                let features = expected.features(rows, &device);
                let (ids, mask) = (expected.ids(rows, &device), expected.mask(rows, &device));
                assert_eq!(mask.is_some(), rows == 7, "the batch of 7 is padded");
                let mut worst: f32 = 0.0;
                let mut check = |key: &str, got: Vec<f32>| {
                    let key = key.replace('#', &rows.to_string());
                    let d = difference(&expected.floats(&key), &got);
                    assert!(d < TOLERANCE, "{name} on {backend}: {key} differs by {d:e}");
                    worst = worst.max(d);
                };
                let audio = network.audio_model().expect("an encoder");
                let audio = audio.forward(features.clone());
                check("audio.#.tokens", values(audio.tokens));
                check("audio.#.pooled", values(audio.pooled));
                let text = network.text_model().expect("an encoder");
                let text = text.forward(ids.clone(), mask.clone());
                check("text.#.tokens", values(text.tokens));
                check("text.#.pooled", values(text.pooled));
                let logits = network.forward(Some(features), Some((ids, mask)));
                check("logits.#", values(logits));
                println!("{name} on {backend}, batch {rows}: {worst:.1e}");
            }
        }
    }
}

#[test]
fn what_pytorch_wrote_is_written_again_byte_for_byte() {
    for name in FUSIONS {
        let model = open(name, &Device::flex());
        let bytes = model.network.to_safetensors().expect("weights");
        let ours = WeightFile::from_safetensors("ours", bytes).expect("a file");
        let theirs = WeightFile::from_safetensors("theirs", read(name, "model.safetensors"))
            .expect("a file");
        let keys: Vec<&str> = theirs.keys().collect();
        assert_eq!(ours.keys().collect::<Vec<_>>(), keys, "{name}");
        assert!(keys.contains(&"text_model.gru.weight_hh_l1_reverse"));
        for key in keys {
            assert_eq!(ours.shape(key), theirs.shape(key), "{name}: {key}");
            let (a, b) = (
                ours.read(key).expect("floats"),
                theirs.read(key).expect("floats"),
            );
            assert_eq!(a, b, "{name}: {key}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("model");
        let json = model.tokenizer_json.as_deref();
        Model::write(&path, &model.config, &model.network, json, "card").expect("a directory");
        let again = Model::open(&path, &Device::flex()).expect("a model");
        assert_eq!(again.config, model.config);
        assert_eq!(again.report.loaded, ours.keys().count());
    }
}

#[test]
fn missing_unknown_and_mis_shaped_tensors_are_named() {
    let device = Device::flex();
    let file = |name: &str| {
        WeightFile::from_safetensors(name, read(name, "model.safetensors")).expect("a file")
    };
    let load = |config: &ModelConfig, name: &str| {
        let mut network = Network::zeroed(config, &device);
        network.load(&file(name), &device).map(|_| ())
    };
    let error = load(&config("gating"), "concatenation").expect_err("no gate there");
    assert!(
        matches!(&error, ModelError::MissingTensor { key, .. } if key == "classifier.audio.weight"),
        "{error}"
    );
    let mut one_layer = config("concatenation");
    if let AudioEncoder::CnnRnn(encoder) = &mut one_layer.audio.as_mut().expect("audio").encoder {
        encoder.num_layers = 1;
    }
    let error = load(&one_layer, "concatenation").expect_err("a layer too many");
    assert!(
        matches!(&error, ModelError::UnknownTensor { key, .. } if key == "audio_model.gru.bias_hh_l1"),
        "{error}"
    );
    let mut other = config("concatenation");
    if let AudioEncoder::CnnRnn(encoder) = &mut other.audio.as_mut().expect("audio").encoder {
        encoder.channels = vec![4, 16];
    }
    let error = load(&other, "concatenation").expect_err("other channels");
    assert!(matches!(&error, ModelError::TensorShape { .. }), "{error}");
}

#[test]
fn configurations_say_their_architecture_and_old_ones_stay_as_they_were() {
    for name in FUSIONS {
        let text = String::from_utf8(read(name, "config.json")).expect("text");
        let config = config(name);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&config.to_json()).expect("JSON"),
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON"),
            "{name}"
        );
        let again = ModelConfig::from_bytes(config.to_json().as_bytes()).expect("a configuration");
        assert_eq!(again, config);
    }
    assert_eq!(config("gating").output, OutputKind::Sigmoid);
    let weights = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../weights");
    for name in ["genre", "emotion"] {
        let text =
            std::fs::read_to_string(weights.join(name).join("config.json")).expect("weights");
        let config = ModelConfig::from_bytes(text.as_bytes()).expect("a configuration");
        assert_eq!(config.to_json(), text, "{name} must not change");
    }
    let wrong = |change: fn(&mut serde_json::Value)| {
        let mut json =
            serde_json::from_slice(&read("cross_attention", "config.json")).expect("JSON");
        change(&mut json);
        ModelConfig::from_bytes(json.to_string().as_bytes())
            .expect_err("a contradiction")
            .to_string()
    };
    type Change = fn(&mut serde_json::Value);
    let changes: [(&str, Change); 6] = [
        ("variant", |j| j["audio"]["kind"] = "lstm".into()),
        ("chanels", |j| j["audio"]["encoder"]["chanels"] = 3.into()),
        ("num_attention_heads", |j| {
            j["fusion"]["num_attention_heads"] = 3.into()
        }),
        ("norm_groups", |j| {
            j["audio"]["encoder"]["norm_groups"] = 3.into()
        }),
        ("max_length", |j| {
            j["audio"]["encoder"]["pools"] = serde_json::json!([[51, 1], [1, 1]])
        }),
        ("fusion", |j| j["lyrics"] = serde_json::Value::Null),
    ];
    for (said, change) in changes {
        let error = wrong(change);
        assert!(error.contains(said), "{said}: {error}");
    }
}

/// The golden configuration of a fusion with other encoders: (AST, RoBERTa), (AST, BiGRU), (CNN-RNN, RoBERTa) and
/// (CNN-RNN, BiGRU).
fn all_configs() -> Vec<(String, ModelConfig)> {
    let out = tempfile::tempdir().expect("a temporary folder");
    let old = import(&folder("fusion_roberta"), &out.path().join("m"))
        .expect("a golden checkpoint")
        .config;
    let mut all = Vec::new();
    for name in FUSIONS {
        for (ast, roberta) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut config = config(name);
            if ast {
                config.audio.clone_from(&old.audio);
            }
            if roberta {
                config.lyrics.clone_from(&old.lyrics);
            }
            config.validate().expect("a sound configuration");
            let audio = if ast { "AST" } else { "CNN-RNN" };
            let lyrics = if roberta { "RoBERTa" } else { "BiGRU" };
            all.push((format!("{audio}, {lyrics}, {name}"), config));
        }
    }
    all
}

#[test]
fn adam_lowers_the_loss_of_every_architecture_and_every_weight_moves() {
    let device = Device::flex().autodiff();
    let expected = Expected::at(&golden("gating"));
    for (name, config) in all_configs() {
        let mut network = Network::init(&config, 3, &device);
        let before = WeightFile::from_safetensors("a", network.to_safetensors().expect("weights"))
            .expect("a file");
        let mut adam = AdamConfig::new().init();
        let target =
            Tensor::<2>::from_data([[1.0f32, -1.0, 0.5, 0.0, 2.0]], &device).repeat_dim(0, 7);
        let loss = |network: &Network| {
            let (features, ids) = (expected.features(7, &device), expected.ids(7, &device));
            let logits = network.forward(Some(features), Some((ids, expected.mask(7, &device))));
            (logits - target.clone()).powf_scalar(2.0).mean()
        };
        let first = loss(&network);
        let start: f32 = first.clone().into_scalar();
        let grads = GradientsParams::from_grads(first.backward(), &network);
        network = adam.step(1e-3, network, grads);
        let end: f32 = loss(&network).into_scalar();
        assert!(end < start, "{name}: {start} became {end}");
        let after = WeightFile::from_safetensors("b", network.to_safetensors().expect("weights"))
            .expect("a file");
        for key in before.keys() {
            let (a, b) = (
                before.read(key).expect("floats"),
                after.read(key).expect("floats"),
            );
            assert_ne!(a, b, "{name}: {key} did not move");
        }
    }
}

#[test]
fn fresh_recurrent_and_convolution_weights_are_pytorchs() {
    let device = Device::flex();
    let bytes = |seed| {
        Network::init(&config("gating"), seed, &device)
            .to_safetensors()
            .expect("weights")
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
    let file = WeightFile::from_safetensors("fresh", bytes(1)).expect("a file");
    for (key, fan) in [
        ("audio_model.gru.weight_ih_l0", 12.0f32),
        ("audio_model.gru.bias_hh_l1", 12.0),
        ("text_model.gru.weight_hh_l0_reverse", 7.0),
        ("audio_model.blocks.1.conv.weight", 4.0 * 9.0),
    ] {
        let bound = fan.powf(-0.5);
        let largest = file
            .read(key)
            .expect("floats")
            .iter()
            .fold(0.0f32, |m, x| m.max(x.abs()));
        // The largest of 36 draws or more is above 0.8 of the bound but for one seed in a thousand.
        assert!(
            largest <= bound && largest > 0.8 * bound,
            "{key}: {largest} of {bound}"
        );
    }
}

#[test]
fn padding_changes_nothing_for_a_recurrent_encoder() {
    for (backend, device) in devices() {
        let network = open("concatenation", &device).network;
        let short: Vec<i32> = vec![0, 17, 230, 44, 2];
        let alone: Tensor<2, Int> =
            Tensor::from_data(TensorData::new(short.clone(), [1, 5]), &device);
        let alone = values(network.encode_lyrics(alone, None));
        let mut padded = short;
        padded.extend([1; 6]);
        padded.extend([0, 9, 8, 7, 6, 5, 4, 3, 9, 9, 2]);
        let ids = Tensor::from_data(TensorData::new(padded, [2, 11]), &device);
        let bits: Vec<bool> = (0..22).map(|i| !(5..11).contains(&i)).collect();
        let mask = Tensor::<2, Bool>::from_data(TensorData::new(bits, [2, 11]), &device);
        let both = values(network.encode_lyrics(ids.clone(), Some(mask)));
        let d = difference(&alone, &both[..alone.len()]);
        assert!(d < 1e-6, "{backend}: {d:e}");
        // Without the mask the padding is read, and the answer is another.
        let read = values(network.encode_lyrics(ids, None));
        assert!(difference(&alone, &read[..alone.len()]) > 1e-3, "{backend}");
    }
}

fn classifier(name: &str, pooling: Pooling, device: &Device) -> MusicClassifier {
    let mut model = open(name, device);
    if let Some(audio) = &mut model.config.audio {
        audio.pooling = pooling;
    }
    MusicClassifier::new(model, device.clone()).expect("a classifier")
}

fn window(classifier: &MusicClassifier) -> usize {
    classifier
        .hearing()
        .expect("a hearing model")
        .window_samples
}

#[test]
fn every_architecture_is_explained() {
    for (backend, device) in devices() {
        for name in FUSIONS {
            // The CPU takes every case; the software GPU compiles a shader a shape, so it takes the hardest head.
            let on_cpu = device == Device::flex();
            if !on_cpu && name != "cross_attention" {
                continue;
            }
            for (pooling, windows) in [(Pooling::First, 1.0), (Pooling::MeanOverWindows, 2.7)] {
                if !on_cpu && pooling != Pooling::First {
                    continue;
                }
                let whole = classifier(name, pooling, &device);
                let what = format!("{name}, {pooling:?}, {backend}");
                let len = (window(&whole) as f64 * windows) as usize;
                let (song, parts) = song(&whole, len, 4);
                let answer = whole.classify(&song).expect("an answer");
                let masks = random_masks(parts.len(), 12);
                let perturbed = logits(&whole, &song, &parts, &masks);
                let classes = answer.classes();
                // The row of ones is the song as it is.
                assert_close(
                    answer.logits_row(0),
                    &perturbed[..classes],
                    REORDERED,
                    &what,
                );
                // A word that is removed is a text without it.
                let split = parts.audio_len();
                let mut row = vec![1u8; parts.len()];
                row[split + 1] = 0;
                let without = Song {
                    lyrics: Some(Lyrics::new(
                        Lyrics::new(TEXT).without(&parts.removed_bytes(&row)),
                    )),
                    ..song.clone()
                };
                let one = MaskSet::new(parts.len(), row).expect("bits");
                let removed = logits(&whole, &song, &parts, &one);
                let read = whole.classify(&without).expect("an answer");
                assert_close(read.logits_row(0), &removed, REORDERED, &what);
                let moved = (removed[0] - perturbed[0]).abs();
                assert!(moved > 1e-4, "{what}: a word moved the logit by {moved:e}");
                // Sound matters too: all on, and all stems off with every word.
                let mut row = vec![1u8; parts.len()];
                row[..split].fill(0);
                let silent = logits(
                    &whole,
                    &song,
                    &parts,
                    &MaskSet::new(parts.len(), row).expect("bits"),
                );
                assert!((silent[0] - perturbed[0]).abs() > 1e-4, "{what}");
            }
        }
    }
}

#[test]
fn batches_and_turns_change_nothing() {
    let device = Device::flex();
    for name in FUSIONS {
        let of = |rows: usize, bytes: usize| {
            let c = classifier(name, Pooling::MeanOverWindows, &device)
                .with_batch_rows(rows)
                .with_token_state_bytes(bytes);
            let (song, parts) = song(&c, 2 * window(&c), 4);
            logits(&c, &song, &parts, &random_masks(parts.len(), 30))
        };
        let one = of(1, usize::MAX);
        for (rows, bytes) in [
            (7, usize::MAX),
            (64, usize::MAX),
            (7, 0),
            (7, 6000),
            (64, 20_000),
        ] {
            assert_close(
                &one,
                &of(rows, bytes),
                1e-6,
                &format!("{name}, {rows} rows, {bytes} bytes"),
            );
        }
    }
}

#[test]
fn only_late_fusions_offer_the_grid() {
    let device = Device::flex();
    for name in FUSIONS {
        let c = classifier(name, Pooling::First, &device);
        let (song, parts) = song(&c, window(&c), 3);
        let prepared = c.prepare(&song, &parts).expect("a fitting song");
        let late = !matches!(c.model().config.fusion, Fusion::CrossAttention(_));
        assert_eq!(prepared.late_fusion().is_some(), late, "{name}");
    }
}

#[test]
fn answers_are_of_the_configured_kind() {
    let device = Device::flex();
    for (name, output) in [
        ("concatenation", OutputKind::Softmax),
        ("gating", OutputKind::Sigmoid),
        ("cross_attention", OutputKind::Regression),
    ] {
        let c = classifier(name, Pooling::MeanOverWindows, &device);
        let (long, _) = song(&c, 2 * window(&c), 4);
        let (song, _) = song(&c, window(&c), 3);
        let answer = c.classify(&song).expect("an answer");
        // Songs together, of which one has two windows, are answered as each alone.
        let together = c.classify_many(&[&song, &long, &song]).expect("a device");
        for (of_many, song) in together.into_iter().zip([&song, &long, &song]) {
            let (many, one) = (of_many.expect("an answer"), c.classify(song).expect("one"));
            assert_eq!(many.output(), output);
            for (a, b) in many.values().iter().zip(one.values()) {
                assert!((a - b).abs() < 1e-5, "{name}: {many:?} and {one:?}");
            }
        }
        assert_eq!((c.output(), answer.output()), (output, output));
        let (values, logits) = (answer.row(0), answer.logits_row(0));
        let sum: f64 = values.iter().sum();
        match output {
            OutputKind::Softmax => assert!((sum - 1.0).abs() < 1e-12),
            OutputKind::Sigmoid => {
                assert!((sum - 1.0).abs() > 1e-3, "{values:?}");
                for (p, x) in values.iter().zip(logits) {
                    assert!((p - 1.0 / (1.0 + (-x).exp())).abs() < 1e-12);
                }
            }
            OutputKind::Regression => assert_eq!(values, logits),
        }
    }
}

#[test]
fn lyrics_encoders_know_their_limits() {
    let config = config("gating");
    let lyrics = config.lyrics.expect("lyrics");
    assert!(matches!(lyrics.encoder, LyricsEncoder::BiGru(_)));
    // No positions, so no limit but the configured one.
    assert_eq!(lyrics.encoder.position_limit(), None);
    assert_eq!(lyrics.encoder.width(), 14);
}
