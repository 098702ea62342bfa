use crate::golden::{Expected, FOLDERS, devices, difference, folder};
use burn::tensor::{Device, Tensor};
use musiclime_model::{AudioModel, Model, Network, TextModel, import};

/// Largest difference in logits; f32 rounding through two layers gives 1e-6.
const LOGIT_TOLERANCE: f32 = 1e-5;

/// Largest difference in hidden states over the largest expected value (the residual stream reaches 10, and f32
/// rounds it to 1e-6).
const STATE_TOLERANCE: f32 = 5e-6;

struct Compared<'a> {
    expected: &'a Expected,
    place: String,
    states: f32,
    logits: f32,
}

impl Compared<'_> {
    fn check<const D: usize>(&mut self, key: &str, got: Tensor<D>) {
        let got: Vec<f32> = got.try_into_vec_as().expect("a readable device");
        let expected = self.expected.floats(key);
        let d = difference(&expected, &got);
        if key.starts_with("logits") {
            assert!(
                d < LOGIT_TOLERANCE,
                "{}: {key} differs by {d:e}",
                self.place
            );
            self.logits = d;
        } else {
            let relative = d / expected.iter().fold(1.0, |m, x| x.abs().max(m));
            assert!(
                relative < STATE_TOLERANCE,
                "{}: {key} differs by {relative:e}",
                self.place
            );
            self.states = self.states.max(relative);
        }
    }
}

fn open(name: &str, device: &Device) -> Model {
    let out = tempfile::tempdir().expect("a temporary folder");
    let directory = out.path().join("model");
    import(&folder(name), &directory).unwrap_or_else(|e| panic!("{name}: {e}"));
    Model::open(&directory, device).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn audio(network: &Network, rows: usize, device: &Device, c: &mut Compared) -> Option<Tensor<2>> {
    let Some(AudioModel::Ast(ast)) = network.audio_model() else {
        return None;
    };
    let features = c.expected.features(rows, device);
    for (i, layer) in ast.layer_outputs(features.clone()).into_iter().enumerate() {
        c.check(&format!("audio.{rows}.layer.{i}"), layer);
    }
    let output = ast.forward(features);
    c.check(&format!("audio.{rows}.hidden"), output.hidden);
    c.check(&format!("audio.{rows}.pooled"), output.pooled.clone());
    Some(output.pooled)
}

fn lyrics(network: &Network, rows: usize, device: &Device, c: &mut Compared) -> Option<Tensor<2>> {
    let Some(TextModel::Roberta(roberta)) = network.text_model() else {
        return None;
    };
    let (ids, mask) = (c.expected.ids(rows, device), c.expected.mask(rows, device));
    assert_eq!(mask.is_some(), rows == 7, "the batch of 7 is padded");
    for (i, layer) in roberta
        .layer_outputs(ids.clone(), mask.clone())
        .into_iter()
        .enumerate()
    {
        c.check(&format!("text.{rows}.layer.{i}"), layer);
    }
    let pooled = network.encode_lyrics(ids, mask);
    c.check(&format!("text.{rows}.pooled"), pooled.clone());
    Some(pooled)
}

fn compare(name: &str) {
    let expected = Expected::open(name);
    for (backend, device) in devices() {
        let model = open(name, &device);
        for rows in [1, 7] {
            let place = format!("{name} on {backend}, batch {rows}");
            let mut c = Compared {
                expected: &expected,
                place,
                states: 0.0,
                logits: 0.0,
            };
            let a = audio(&model.network, rows, &device, &mut c);
            let l = lyrics(&model.network, rows, &device, &mut c);
            c.check(&format!("logits.{rows}"), model.network.head(a, l));
            println!(
                "{}: states {:.1e} relative, logits {:.1e}",
                c.place, c.states, c.logits
            );
        }
    }
}

#[test]
fn fusion_with_roberta_from_pth_equals_transformers() {
    compare("fusion_roberta");
}

#[test]
fn fusion_with_bert_from_safetensors_equals_transformers() {
    compare("fusion_bert");
}

#[test]
fn audio_classifier_in_bf16_equals_transformers() {
    compare("ast_classifier");
}

#[test]
fn lyrics_classifier_in_f16_equals_transformers() {
    compare("roberta_classifier");
}

#[test]
fn training_mode_computes_the_same_as_the_fused_cpu_attention() {
    let expected = Expected::open("fusion_roberta");
    let device = Device::flex().autodiff();
    let network = open("fusion_roberta", &device).network;
    let mut c = Compared {
        expected: &expected,
        place: "autodiff".into(),
        states: 0.0,
        logits: 0.0,
    };
    let a = audio(&network, 7, &device, &mut c);
    let l = lyrics(&network, 7, &device, &mut c);
    let logits = network.head(a, l);
    c.check("logits.7", logits.clone());
    let gradients = logits.powf_scalar(2.0).sum().backward();
    let mut with_gradient = 0;
    let mut without = Vec::new();
    let mut network = network;
    musiclime_model::Parameters::parameters(&mut network, "", &mut |key, slot| {
        use musiclime_model::Slot::{
            Convolution, Kernel, Linear, Ones, Recurrent, RecurrentBias, Table, Tokens, Zeros,
        };
        let found = match slot {
            Linear(p) | Recurrent(p) | Kernel { weight: p, .. } | Table(p) => {
                p.val().grad(&gradients).is_some()
            }
            Convolution(p) => p.val().grad(&gradients).is_some(),
            Tokens(p) => p.val().grad(&gradients).is_some(),
            Zeros(p) | Ones(p) | RecurrentBias(p) => p.val().grad(&gradients).is_some(),
        };
        if found {
            with_gradient += 1
        } else {
            without.push(key)
        }
        Ok(())
    })
    .expect("a listing");
    assert_eq!(
        without,
        Vec::<String>::new(),
        "every weight must get a gradient"
    );
    assert!(with_gradient > 60, "{with_gradient} weights");
}

#[test]
fn golden_files_hold_what_the_comparison_reads() {
    // A comparison that finds no layer would pass; this one counts them.
    for name in FOLDERS {
        let expected = Expected::open(name);
        let layers = ["audio", "text"]
            .iter()
            .flat_map(|part| (0..3).map(move |i| format!("{part}.7.layer.{i}")))
            .filter(|key| expected.has(key))
            .count();
        assert_eq!(
            layers,
            if name.starts_with("fusion") { 6 } else { 3 },
            "{name}"
        );
    }
}
