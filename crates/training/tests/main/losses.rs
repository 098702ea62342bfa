use crate::golden::{difference, json, matrix, values};
use burn::tensor::{Device, Tensor};
use musiclime_training::{
    BinaryCrossEntropy, ClassWeights, CrossEntropy, LossSum, Regression, TrainingError,
};
use serde::Deserialize;

/// Largest difference from PyTorch relative to 1 or the expected value: f32 rounding of sums over 28 elements.
const TOLERANCE: f32 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    logits: Vec<Vec<f32>>,
    labels: Vec<usize>,
    targets: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
    weights: Vec<f64>,
    cross_entropy: Vec<Case>,
    binary: Vec<Case>,
    regression: Vec<Case>,
    balanced: Balanced,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    weighted: bool,
    #[serde(default)]
    smoothing: f64,
    #[serde(default)]
    delta: Option<f64>,
    loss: f32,
    gradient: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Balanced {
    labels: Vec<usize>,
    weights: Vec<f64>,
}

fn regression(delta: Option<f64>) -> Regression {
    delta.map_or(Regression::SquaredError, |delta| Regression::Huber {
        delta,
    })
}

fn compare(what: &str, case: &Case, logits: &[Vec<f32>], loss: impl Fn(Tensor<2>) -> LossSum) {
    let device = Device::flex().autodiff();
    let x = matrix(logits, &device).require_grad();
    let mean = loss(x.clone()).mean();
    let gradient = x.grad(&mean.backward()).expect("a gradient");
    let d = difference(&[case.loss], &values(mean)) / case.loss.max(1.0);
    assert!(d < TOLERANCE, "{what}: the loss differs by {d:e}");
    let expected = case.gradient.concat();
    let largest = expected.iter().fold(1.0, |m: f32, x| m.max(x.abs()));
    let g = difference(&expected, &values(gradient)) / largest;
    assert!(g < TOLERANCE, "{what}: the gradient differs by {g:e}");
    println!("{what}: loss {d:.1e}, gradient {g:.1e}");
}

#[test]
fn losses_and_their_gradients_equal_pytorch() {
    let golden: Golden = json("losses.json");
    let device = Device::flex().autodiff();
    let (targets, numbers) = (
        matrix(&golden.targets, &device),
        matrix(&golden.values, &device),
    );
    assert_eq!(
        [
            golden.cross_entropy.len(),
            golden.binary.len(),
            golden.regression.len()
        ],
        [4, 2, 3]
    );
    for case in &golden.cross_entropy {
        let weights = if case.weighted {
            golden.weights.clone()
        } else {
            vec![1.0; 4]
        };
        let loss = CrossEntropy::new(weights, case.smoothing).expect("a loss");
        let what = format!("cross-entropy, {}, {}", case.weighted, case.smoothing);
        compare(&what, case, &golden.logits, |x| {
            loss.forward(x, &golden.labels)
        });
    }
    for case in &golden.binary {
        let loss = BinaryCrossEntropy {
            positive_weights: case.weighted.then(|| golden.weights.clone()),
        };
        let what = format!("binary cross-entropy, {}", case.weighted);
        compare(&what, case, &golden.logits, |x| {
            loss.forward(x, targets.clone())
        });
    }
    for case in &golden.regression {
        let loss = regression(case.delta);
        compare(&format!("{loss:?}"), case, &golden.logits, |x| {
            loss.forward(x, numbers.clone())
        });
    }
}

/// The gradient against the slope between two points `2 h` apart.
fn check_slope(what: &str, loss: impl Fn(Tensor<2>) -> LossSum) {
    // Where a logit is 0 a formula made of max and |x| has no gradient of its own.
    let point = vec![
        vec![0.0, 0.7, -1.3, 2.1],
        vec![-0.4, 0.0, 1.1, -2.0],
        vec![0.3, 0.2, 0.1, 0.0],
    ];
    let device = Device::flex().autodiff();
    let x = matrix(&point, &device).require_grad();
    let gradient = values(
        x.grad(&loss(x.clone()).mean().backward())
            .expect("a gradient"),
    );
    let h = 1e-2;
    let mut most = 0.0f32;
    for i in 0..gradient.len() {
        let at = |step: f32| {
            let mut moved = point.clone();
            moved[i / 4][i % 4] += step;
            values(loss(matrix(&moved, &Device::flex())).mean())[0]
        };
        let slope = (at(h) - at(-h)) / (2.0 * h);
        most = most.max((slope - gradient[i]).abs());
    }
    // f32 rounds the losses (about 1) to 6e-8, which 2 h makes 6e-6; the third derivative adds h^2 / 6.
    assert!(most < 5e-5, "{what}: {most:e}");
    assert!(gradient.iter().any(|g| g.abs() > 1e-2), "{what}: flat");
    println!("{what}: {most:.1e} from the slope");
}

#[test]
fn gradients_are_the_slopes_of_the_losses() {
    let device = Device::flex();
    let weights = vec![0.5, 2.0, 1.25, 3.0];
    for smoothing in [0.0, 0.2] {
        let loss = CrossEntropy::new(weights.clone(), smoothing).expect("a loss");
        check_slope(&format!("cross-entropy, {smoothing}"), |x| {
            loss.forward(x, &[3, 0, 1])
        });
    }
    let targets = [
        vec![1.0, 0.0, 1.0, 1.0],
        vec![0.0, 0.0, 1.0, 0.0],
        vec![0.5, 1.0, 0.0, 1.0],
    ];
    for positive_weights in [None, Some(weights)] {
        let loss = BinaryCrossEntropy { positive_weights };
        check_slope(&format!("{loss:?}"), |x| {
            loss.forward(x, matrix(&targets, &device))
        });
    }
    for delta in [None, Some(0.35), Some(5.0)] {
        let loss = regression(delta);
        check_slope(&format!("{loss:?}"), |x| {
            loss.forward(x, matrix(&targets, &device))
        });
    }
}

#[test]
fn losses_of_certain_answers_are_finite_and_right() {
    let device = Device::flex().autodiff();
    let x = matrix(&[vec![1e4, -1e4], vec![-1e4, 1e4]], &device).require_grad();
    let loss = CrossEntropy::new(vec![1.0; 2], 0.0).expect("a loss");
    let mean = loss.forward(x.clone(), &[0, 0]).mean();
    let gradient = values(x.grad(&mean.backward()).expect("a gradient"));
    assert_eq!(values(mean), [1e4]);
    assert_eq!(gradient, [0.0, 0.0, -0.5, 0.5]);

    let y = matrix(&[vec![1.0, 0.0], vec![1.0, 0.0]], &device);
    let mean = BinaryCrossEntropy::default().forward(x.clone(), y).mean();
    let gradient = values(x.grad(&mean.backward()).expect("a gradient"));
    assert_eq!(values(mean), [5e3]);
    assert_eq!(gradient, [0.0, 0.0, -0.25, 0.25]);
}

#[test]
fn class_weights_are_scikit_learns_or_the_given() {
    let golden: Golden = json("losses.json");
    let got = ClassWeights::Balanced
        .resolve(&golden.balanced.labels, 4)
        .expect("weights");
    for (a, b) in got.iter().zip(&golden.balanced.weights) {
        assert!((a - b).abs() < 1e-15, "{a} and {b}");
    }
    let given = ClassWeights::Given(golden.weights.clone());
    assert_eq!(given.resolve(&[], 4).expect("weights"), golden.weights);
    assert_eq!(
        ClassWeights::Equal.resolve(&[], 2).expect("weights"),
        [1.0; 2]
    );
    for (weights, classes) in [
        (ClassWeights::Balanced, 5),
        (given, 3),
        (ClassWeights::Given(vec![1.0, 0.0]), 2),
        (ClassWeights::Given(vec![1.0, f64::NAN]), 2),
    ] {
        let error = weights
            .resolve(&golden.balanced.labels, classes)
            .expect_err("no weights");
        assert!(
            matches!(
                error,
                TrainingError::Setting {
                    what: "class_weights",
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(CrossEntropy::new(vec![1.0], 1.0).is_err());
    assert!(Regression::Huber { delta: 0.0 }.validate().is_err());
    assert!(Regression::Huber { delta: 0.5 }.validate().is_ok());
}
