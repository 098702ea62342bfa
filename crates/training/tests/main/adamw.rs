use crate::golden::{Tiny, difference, json};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::{Parameters, Slot, WeightFile};
use musiclime_training::{
    AdamW, AdamWConfig, DecayScope, ParameterGroups, RateFactor, TrainingError,
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize)]
struct Golden {
    rate: f64,
    decay: f64,
    epsilon: f64,
    gradients: Vec<HashMap<String, Vec<f32>>>,
    weights: BTreeMap<String, Weight>,
}

#[derive(Deserialize)]
struct Weight {
    shape: Vec<usize>,
    start: Vec<f32>,
    end: Vec<f32>,
    first: Option<Vec<f32>>,
    second: Option<Vec<f32>>,
}

impl Golden {
    fn open() -> Self {
        json("adamw.json")
    }

    fn config(&self) -> AdamWConfig {
        AdamWConfig {
            epsilon: self.epsilon,
            weight_decay: self.decay,
            ..AdamWConfig::default()
        }
    }

    /// The weights before the first step.
    fn start(&self, device: &Device) -> Tiny {
        let mut tiny = Tiny::new(device);
        replace(&mut tiny, |key| self.weights[key].start.clone());
        tiny
    }

    /// The gradients of one step; `tiny` is only asked for its ids.
    fn gradients(&self, step: usize, tiny: &Tiny) -> GradientsParams {
        let mut carrier = tiny.clone();
        replace(&mut carrier, |key| self.gradients[step][key].clone());
        let mut gradients = GradientsParams::new();
        for_each(&mut carrier, |_, slot| match slot {
            Slot::Linear(p) | Slot::Table(p) if p.is_require_grad() => {
                gradients.register(p.id, p.val().inner());
            }
            Slot::Zeros(p) if p.is_require_grad() => gradients.register(p.id, p.val().inner()),
            Slot::Linear(_) | Slot::Table(_) | Slot::Zeros(_) => {}
            _ => panic!("the tiny network has no such weight"),
        });
        gradients
    }

    fn run(&self, optimizer: &mut AdamW, tiny: &mut Tiny, steps: std::ops::Range<usize>) {
        for step in steps {
            let factor = if step < 6 { 1.0 } else { 0.5 };
            optimizer.step(self.rate * factor, tiny, self.gradients(step, tiny));
        }
    }
}

fn groups() -> ParameterGroups {
    ParameterGroups {
        decay: DecayScope::NoVectors,
        layer_decay: Some(0.5),
        rate_factors: vec![RateFactor {
            prefix: "classifier.".into(),
            factor: 3.0,
        }],
        frozen: vec!["audio_model.embeddings.".into()],
    }
}

fn for_each(tiny: &mut Tiny, mut visit: impl FnMut(&str, Slot)) {
    tiny.parameters("", &mut |key, slot| {
        visit(&key, slot);
        Ok(())
    })
    .expect("a listing");
}

/// Sets every weight to numbers in the layout of a file.
fn replace(tiny: &mut Tiny, values: impl Fn(&str) -> Vec<f32>) {
    for_each(tiny, |key, slot| {
        let data = TensorData::new(values(key), slot.file_shape());
        match slot {
            Slot::Linear(p) => {
                let tensor = Tensor::<2>::from_data(data, &p.device()).transpose();
                *p = p
                    .clone()
                    .map(|old| tensor.set_require_grad(old.is_require_grad()));
            }
            Slot::Table(p) => {
                let tensor = Tensor::<2>::from_data(data, &p.device());
                *p = p
                    .clone()
                    .map(|old| tensor.set_require_grad(old.is_require_grad()));
            }
            Slot::Zeros(p) => {
                let tensor = Tensor::<1>::from_data(data, &p.device());
                *p = p
                    .clone()
                    .map(|old| tensor.set_require_grad(old.is_require_grad()));
            }
            _ => panic!("the tiny network has no such weight"),
        }
    });
}

fn weights(tiny: &Tiny) -> BTreeMap<String, Vec<f32>> {
    let mut all = BTreeMap::new();
    for_each(&mut tiny.clone(), |key, slot| {
        let data = match slot {
            Slot::Linear(p) => p.val().transpose().into_data(),
            Slot::Table(p) => p.val().into_data(),
            Slot::Zeros(p) => p.val().into_data(),
            _ => panic!("the tiny network has no such weight"),
        };
        all.insert(key.to_owned(), data.iter::<f32>().collect());
    });
    all
}

fn state(optimizer: &AdamW) -> WeightFile {
    let bytes = optimizer.save().expect("a state");
    WeightFile::from_safetensors("state", bytes).expect("a file")
}

#[test]
fn twelve_steps_with_groups_equal_pytorch() {
    let golden = Golden::open();
    let device = Device::flex().autodiff();
    let mut tiny = golden.start(&device);
    let mut optimizer = AdamW::new(golden.config(), &groups(), &mut tiny).expect("an optimizer");
    golden.run(&mut optimizer, &mut tiny, 0..12);
    let (weights, state) = (weights(&tiny), state(&optimizer));
    let mut trained = 0;
    let mut most = [0.0f32; 3];
    for (key, expected) in &golden.weights {
        // Weights are near 1, so this is f32 rounding twelve times over.
        most[0] = most[0].max(difference(&expected.end, &weights[key]));
        let moments = [
            ("exp_avg", &expected.first),
            ("exp_avg_sq", &expected.second),
        ];
        for (i, (name, values)) in moments.into_iter().enumerate() {
            let name = format!("{key}.{name}");
            let Some(values) = values else {
                assert!(!state.contains(&name), "{name} is frozen");
                continue;
            };
            trained += 1;
            assert_eq!(state.shape(&name), Some(expected.shape.as_slice()));
            for (a, b) in values.iter().zip(state.read(&name).expect("a moment")) {
                most[1 + i] = most[1 + i].max(((a - b) / a).abs());
            }
        }
    }
    assert_eq!(trained, 12, "two moments of six weights");
    println!(
        "AdamW: weights {:.1e}, means {:.1e}, squares {:.1e} relative",
        most[0], most[1], most[2]
    );
    assert!(
        most[0] < 5e-7 && most[1] < 2e-6 && most[2] < 2e-6,
        "{most:?}"
    );
    let frozen = "audio_model.embeddings.table.weight";
    assert_eq!(weights[frozen], golden.weights[frozen].start);
    assert!(!optimizer.trained().any(|key| key == frozen));
}

#[test]
fn frozen_weights_get_no_gradient_and_the_others_do() {
    let device = Device::flex().autodiff();
    let mut tiny = Tiny::new(&device);
    AdamW::new(AdamWConfig::default(), &groups(), &mut tiny).expect("an optimizer");
    let loss = tiny.layers[0].forward(tiny.table.val()).sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &tiny);
    assert!(gradients.get::<2>(tiny.table.id).is_none());
    assert!(gradients.get::<2>(tiny.layers[0].weight.id).is_some());
}

#[test]
fn a_resumed_run_is_the_same_to_the_bit() {
    let golden = Golden::open();
    let device = Device::flex().autodiff();
    let mut whole = golden.start(&device);
    let mut optimizer = AdamW::new(golden.config(), &groups(), &mut whole).expect("an optimizer");
    golden.run(&mut optimizer, &mut whole, 0..5);
    let (saved, at_five) = (optimizer.save().expect("a state"), weights(&whole));
    golden.run(&mut optimizer, &mut whole, 5..12);

    let mut resumed = Tiny::new(&device);
    replace(&mut resumed, |key| at_five[key].clone());
    let mut other = AdamW::new(golden.config(), &groups(), &mut resumed).expect("an optimizer");
    let file = WeightFile::from_safetensors("state", saved.clone()).expect("a file");
    other.load(&file, &device).expect("a state");
    assert_eq!(other.save().expect("a state"), saved);
    golden.run(&mut other, &mut resumed, 5..12);
    assert_eq!(weights(&resumed), weights(&whole));
    assert_eq!(
        other.save().expect("a state"),
        optimizer.save().expect("a state")
    );

    // Without the state, the same steps lead elsewhere.
    let mut fresh = Tiny::new(&device);
    replace(&mut fresh, |key| at_five[key].clone());
    let mut third = AdamW::new(golden.config(), &groups(), &mut fresh).expect("an optimizer");
    golden.run(&mut third, &mut fresh, 5..12);
    assert_ne!(weights(&fresh), weights(&whole));
}

#[test]
fn weights_without_a_gradient_stay_and_their_state_says_so() {
    let device = Device::flex().autodiff();
    let mut tiny = Tiny::new(&device);
    let before = weights(&tiny);
    let everything = ParameterGroups::default();
    let mut optimizer = AdamW::new(AdamWConfig::default(), &everything, &mut tiny).expect("one");
    let loss = tiny.fc.forward(Tensor::<2>::ones([2, 4], &device)).sum();
    let gradients = GradientsParams::from_grads(loss.backward(), &tiny);
    optimizer.step(0.1, &mut tiny, gradients);
    for (key, values) in weights(&tiny) {
        assert_eq!(
            values != before[&key],
            key.starts_with("classifier."),
            "{key}"
        );
    }
    let file = state(&optimizer);
    assert_eq!(file.read("classifier.fc.bias.step").expect("steps"), [1.0]);
    assert_eq!(file.keys().count(), 7 + 2 * 2);
    let mut again = AdamW::new(AdamWConfig::default(), &everything, &mut tiny).expect("one");
    again.load(&file, &device).expect("a state");
    assert_eq!(
        again.save().expect("bytes"),
        optimizer.save().expect("bytes")
    );
}

#[test]
fn states_of_other_runs_are_refused_and_change_nothing() {
    let golden = Golden::open();
    let device = Device::flex().autodiff();
    let mut tiny = golden.start(&device);
    let mut frozen = AdamW::new(golden.config(), &groups(), &mut tiny).expect("an optimizer");
    golden.run(&mut frozen, &mut tiny, 0..1);
    let of_fewer = state(&frozen);
    let mut tiny = golden.start(&device);
    let everything = ParameterGroups::default();
    let mut full = AdamW::new(golden.config(), &everything, &mut tiny).expect("an optimizer");
    golden.run(&mut full, &mut tiny, 0..1);
    let of_all = state(&full);

    let before = full.save().expect("a state");
    let error = full.load(&of_fewer, &device).expect_err("one is missing");
    assert!(
        error.to_string().contains("embeddings.table.weight.step"),
        "{error}"
    );
    assert_eq!(full.save().expect("a state"), before);
    let error = frozen.load(&of_all, &device).expect_err("one too many");
    assert!(
        matches!(&error, TrainingError::OptimizerState { key, .. } if key.contains("embeddings.table")),
        "{error}"
    );
}

#[test]
fn groups_that_fit_nothing_are_refused() {
    let device = Device::flex().autodiff();
    let prefix = |prefix: &str| vec![prefix.to_owned()];
    let factor = |factor| {
        vec![RateFactor {
            prefix: "classifier.".into(),
            factor,
        }]
    };
    let base = ParameterGroups::default;
    for (expected, groups) in [
        (
            "text_model.",
            ParameterGroups {
                frozen: prefix("text_model."),
                ..base()
            },
        ),
        (
            "left to train",
            ParameterGroups {
                frozen: prefix(""),
                ..base()
            },
        ),
        (
            "above 0",
            ParameterGroups {
                layer_decay: Some(0.0),
                ..base()
            },
        ),
        (
            "above 0",
            ParameterGroups {
                rate_factors: factor(f64::NAN),
                ..base()
            },
        ),
    ] {
        let error = AdamW::new(AdamWConfig::default(), &groups, &mut Tiny::new(&device))
            .expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let config = AdamWConfig {
        beta_2: 1.0,
        ..AdamWConfig::default()
    };
    let error = AdamW::new(config, &base(), &mut Tiny::new(&device)).expect_err("beta_2");
    assert!(error.to_string().contains("beta_2"), "{error}");
}
