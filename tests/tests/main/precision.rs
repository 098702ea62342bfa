//! Half precision, from the outside.

use super::binary::run;
use super::files::{Folder, read_json};

const PREDICT: [&str; 4] = ["predict", "--device", "cpu", "--json"];

#[test]
fn a_prediction_in_half_precision_is_near_and_says_so() {
    let predict = |more: &[&str]| run(&[&PREDICT[..], more].concat()).done();
    let single = predict(&[]).json();
    assert_eq!(single["precision"], "f32");
    let half = predict(&["--precision", "f16"])
        .notes("f16 is slower than f32 on a CPU")
        .json();
    assert_eq!(half["precision"], "f16");
    let logits = |answer: &serde_json::Value| -> Vec<f64> {
        let all = answer["logits"].as_array().expect("logits");
        all.iter().map(|x| x.as_f64().expect("a number")).collect()
    };
    let (exact, rounded) = (logits(&single), logits(&half));
    let gaps = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs());
    let worst = gaps.fold(0.0, f64::max);
    assert!((1e-6..0.05).contains(&worst), "{worst:e}");
    assert_eq!(single["label"], half["label"]);
}

#[test]
fn an_explanation_records_its_precision() {
    let f = Folder::new();
    let out = f.text("out");
    run(&[
        "explain",
        "--device",
        "cpu",
        "--samples",
        "40",
        "--precision",
        "bf16",
        "--out",
        &out,
    ])
    .done();
    let file = read_json(&f.path("out").join("explanation.json"));
    assert_eq!(file["recipe"]["precision"], "bf16");
    let page = std::fs::read_to_string(f.path("out/report.html")).expect("a page");
    assert!(page.contains("bf16"));
}

#[test]
fn a_precision_that_does_not_exist_is_answered_with_the_nearest() {
    let refused = run(&[&PREDICT[..], &["--precision", "fp16"]].concat());
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("did you mean \"f16\"?"),
        "{refused:#?}"
    );
}

#[test]
fn a_model_is_fitted_in_half_precision() {
    let f = Folder::new();
    let out = f.text("model");
    run(&[
        "train",
        "--device",
        "cpu",
        "--modality",
        "lyrics",
        "--songs",
        "32",
        "--validation-songs",
        "9",
        "--epochs",
        "1",
        "--precision",
        "f16",
        "--out",
        &out,
    ])
    .done();
    let log = std::fs::read_to_string(f.path("model.run/training.jsonl")).expect("a log");
    assert!(log.contains("\"loss_scale\":65536.0"), "{log}");
    let settings = read_json(&f.path("model.run/run.json"));
    assert_eq!(settings["settings"]["precision"], "f16");
}
