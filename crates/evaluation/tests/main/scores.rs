//! Calibration, bootstrap intervals, tagging and regression against scikit-learn and scipy.

use musiclime_core::{LabelSet, Probabilities};
use musiclime_evaluation::{
    BootstrapInterval, Calibration, EvaluationError, MultiLabelReport, PredictedSong, Predictions,
    RegressionReport, percentile,
};
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).expect("JSON")
}

fn list(v: &Value) -> &Vec<Value> {
    v.as_array().expect("a list")
}

fn numbers(v: &Value) -> Vec<f64> {
    list(v)
        .iter()
        .map(|x| x.as_f64().expect("a number"))
        .collect()
}

fn indices(v: &Value) -> Vec<usize> {
    numbers(v).iter().map(|x| *x as usize).collect()
}

fn rows(v: &Value) -> Probabilities {
    let classes = list(&v[0]).len();
    Probabilities::from_values(classes, list(v).iter().flat_map(numbers).collect())
}

fn labels(classes: usize) -> LabelSet {
    LabelSet::new((0..classes).map(|i| format!("c{i}")).collect()).expect("labels")
}

fn close(a: f64, b: &Value, what: &str) {
    let b = b
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: {a}, and none"));
    assert!((a - b).abs() < 1e-12, "{what}: {a} and {b}");
}

/// Equal numbers, or none on both sides.
fn same(a: Option<f64>, b: &Value, what: &str) {
    match a {
        Some(a) => close(a, b, what),
        None => assert!(b.is_null(), "{what}: none, and {b}"),
    }
}

#[test]
fn calibration_is_scikit_learns() {
    let golden = golden("calibration.json");
    assert_eq!(list(&golden).len(), 5);
    for case in list(&golden) {
        let bins = case["bins"].as_u64().expect("a count") as usize;
        let ours = Calibration::new(
            &indices(&case["truth"]),
            &rows(&case["probabilities"]),
            bins,
        )
        .expect("a score");
        let counts: Vec<usize> = ours.bins.iter().map(|b| b.songs).collect();
        assert_eq!(counts, indices(&case["counts"]));
        let used: Vec<_> = ours.bins.iter().filter(|b| b.songs > 0).collect();
        assert_eq!(used.len(), list(&case["accuracy"]).len());
        for (i, bin) in used.iter().enumerate() {
            close(bin.accuracy, &case["accuracy"][i], "accuracy");
            close(bin.confidence, &case["confidence"][i], "confidence");
            // Rounding may put the mean of a bin's edge a hair outside it.
            assert!(bin.confidence > bin.low - 1e-12 && bin.confidence < bin.high + 1e-12);
        }
        close(
            ours.expected_calibration_error,
            &case["expected_calibration_error"],
            "ECE",
        );
        close(ours.brier_score, &case["brier"], "Brier");
        close(ours.negative_log_likelihood, &case["log_loss"], "log loss");
    }
}

#[test]
fn what_is_no_probability_is_refused() {
    for odd in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let p = Probabilities::from_values(2, vec![0.5, 0.5, odd, 0.5]);
        let error = Calibration::new(&[0, 1], &p, 10).expect_err("a refusal");
        assert!(
            matches!(error, EvaluationError::Number { row: 1, .. }),
            "{error}"
        );
    }
}

#[test]
fn tagging_is_scikit_learns() {
    let golden = golden("other_outputs.json");
    assert_eq!(list(&golden["tagging"]).len(), 3);
    for case in list(&golden["tagging"]) {
        let truth: Vec<Vec<bool>> = list(&case["truth"])
            .iter()
            .map(|row| numbers(row).iter().map(|x| *x == 1.0).collect())
            .collect();
        let ours = MultiLabelReport::new(
            &labels(truth[0].len()),
            &truth,
            &rows(&case["probabilities"]),
            case["threshold"].as_f64().expect("a number"),
        )
        .expect("a report");
        for (row, expected) in ours.tags.iter().zip(list(&case["tags"])) {
            assert_eq!(row.support as u64, expected["support"]);
            close(row.precision, &expected["precision"], "precision");
            close(row.recall, &expected["recall"], "recall");
            close(row.f1, &expected["f1"], "F1");
            same(row.roc_auc, &expected["roc_auc"], "ROC-AUC");
            same(row.average_precision, &expected["average_precision"], "AP");
        }
        close(ours.micro_f1, &case["micro_f1"], "micro F1");
        close(ours.macro_f1, &case["macro_f1"], "macro F1");
        same(ours.macro_roc_auc, &case["macro_roc_auc"], "mean ROC-AUC");
        same(
            ours.macro_average_precision,
            &case["macro_average_precision"],
            "mean AP",
        );
    }
}

#[test]
fn regression_is_scikit_learns() {
    let golden = golden("other_outputs.json");
    assert_eq!(list(&golden["regression"]).len(), 4);
    for case in list(&golden["regression"]) {
        let ours = RegressionReport::new(&numbers(&case["truth"]), &numbers(&case["predicted"]))
            .expect("a report");
        close(ours.mean_absolute_error, &case["mae"], "MAE");
        close(ours.root_mean_squared_error, &case["rmse"], "RMSE");
        close(ours.r2, &case["r2"], "R2");
        same(ours.pearson, &case["pearson"], "Pearson");
    }
    assert!(RegressionReport::new(&[], &[]).is_err());
    assert!(RegressionReport::new(&[1.0], &[1.0, 2.0]).is_err());
    assert!(RegressionReport::new(&[1.0, f64::NAN], &[1.0, 2.0]).is_err());
}

#[test]
fn bootstrap_intervals_are_scipys() {
    let golden = golden("bootstrap.json");
    let p = &golden["percentiles"];
    let values = numbers(&p["values"]);
    for (share, expected) in numbers(&p["shares"]).iter().zip(list(&p["expected"])) {
        close(percentile(&values, *share), expected, "percentile");
    }
    for case in list(&golden["intervals"]) {
        let (truth, predicted) = (indices(&case["truth"]), indices(&case["predicted"]));
        // The ends of an interval vary by about a tenth of its width between two sets of 2,000 draws.
        let check = |ours: BootstrapInterval, ends: &Value| {
            let (low, high) = (ends[0].as_f64(), ends[1].as_f64());
            let (low, high) = (low.expect("a number"), high.expect("a number"));
            let slack = 0.1 * (high - low);
            assert!(
                (ours.low - low).abs() < slack && (ours.high - high).abs() < slack,
                "{ours:?} and {low} to {high}"
            );
            assert!(ours.low < ours.value && ours.value < ours.high);
        };
        check(
            BootstrapInterval::accuracy(&truth, &predicted, 1),
            &case["accuracy"],
        );
        check(
            BootstrapInterval::macro_f1(&labels(3), &truth, &predicted, 1),
            &case["macro_f1"],
        );
        let twice = [(); 2].map(|()| BootstrapInterval::accuracy(&truth, &predicted, 5));
        assert_eq!(twice[0], twice[1], "the seed decides");
    }
}

fn predictions(rows: &[(&str, usize, [f64; 2])]) -> Predictions {
    Predictions {
        labels: LabelSet::new(vec!["a, \"b\"".into(), "c".into()]).expect("labels"),
        songs: rows
            .iter()
            .map(|(id, truth, p)| PredictedSong {
                id: (*id).to_string(),
                truth: *truth,
                probabilities: p.to_vec(),
            })
            .collect(),
    }
}

#[test]
fn predictions_compare_on_the_songs_that_both_answered() {
    let first = predictions(&[
        ("x", 0, [0.9, 0.1]),
        ("y", 1, [0.9, 0.1]),
        ("z", 1, [0.2, 0.8]),
    ]);
    let second = predictions(&[("z", 1, [0.6, 0.4]), ("x", 0, [0.7, 0.3])]);
    let (test, songs) = first.compare(&second);
    assert_eq!((songs, test.only_first, test.only_second), (2, 1, 0));
    assert_eq!(
        first.to_csv().lines().take(2).collect::<Vec<_>>(),
        [
            "id,true,predicted,\"p_a, \"\"b\"\"\",p_c",
            "x,\"a, \"\"b\"\"\",\"a, \"\"b\"\"\",0.9,0.1"
        ]
    );
    assert!(matches!(
        predictions(&[]).scores(0),
        Err(EvaluationError::NoSongs)
    ));
    let odd = predictions(&[("x", 2, [0.5, 0.5])]);
    let error = odd.scores(0).expect_err("a refusal").to_string();
    assert!(error.contains("\"x\""), "{error}");
}
