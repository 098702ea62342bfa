//! Fidelity and stability, against numbers worked out by hand.

use musiclime_core::{MaskSet, Probabilities};
use musiclime_evaluation::{EvaluationError, fidelity, rank_stability, weighted_r2};
use musiclime_explanation::{
    ComponentWeight, Intervals, LocalExplanation, Locality, Neighborhood, RefitOptions, Selection,
    WeightedComponent, refit,
};

const NEAR: Locality = Locality {
    distance_scale: 100.0,
    kernel_width: 25.0,
};

fn audio(feature: &str, weight: f64) -> ComponentWeight {
    let component = WeightedComponent::Audio {
        stem: "bass".into(),
        segment: 0,
        start_s: 0.0,
        end_s: 1.0,
        detail: Default::default(),
    };
    ComponentWeight {
        feature: feature.into(),
        component,
        weight,
        interval: None,
    }
}

fn word(feature: &str, weight: f64) -> ComponentWeight {
    let component = WeightedComponent::Lyrics {
        word: feature.into(),
        places: vec![[0, 1]],
        unread: false,
    };
    ComponentWeight {
        feature: feature.into(),
        component,
        weight,
        interval: None,
    }
}

fn explanation(intercept: f64, weights: Vec<ComponentWeight>) -> LocalExplanation {
    LocalExplanation {
        label: "opera".into(),
        index: 1,
        probability: 0.5,
        intercept,
        r2: 0.0,
        local_prediction: 0.0,
        intervals: Intervals::Hc3,
        weights,
    }
}

/// The four masks of two components of one name, a stem-segment and a word, and the given probabilities of "opera".
fn neighborhood(opera: [f64; 4]) -> Neighborhood {
    Neighborhood {
        masks: MaskSet::new(2, vec![1, 1, 1, 0, 0, 1, 0, 0]).expect("bits"),
        probabilities: Probabilities::from_values(
            2,
            opera.iter().flat_map(|p| [1.0 - p, *p]).collect(),
        ),
        logits: None,
        features: vec!["bass0".into(), "bass0".into()],
        labels: vec!["folk".into(), "opera".into()],
    }
}

#[test]
fn weighted_r2_is_what_it_is_by_hand() {
    // Mean (1·1 + 1·2 + 2·4) / 4 = 2.75; residual 0 + 0 + 2·1 = 2; total 1.75² + 0.75² + 2·1.25² = 6.75.
    let r2 = weighted_r2(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0], &[1.0, 1.0, 2.0]).expect("a score");
    assert!((r2 - (1.0 - 2.0 / 6.75)).abs() < 1e-15, "{r2}");
    // The weighted mean everywhere explains nothing; worse than that is below 0.
    assert_eq!(weighted_r2(&[0.0, 4.0], &[1.0, 1.0], &[3.0, 1.0]), Ok(0.0));
    assert_eq!(weighted_r2(&[0.0, 2.0], &[2.0, 0.0], &[1.0, 1.0]), Ok(-3.0));
    // A row of weight 0 does not count.
    assert_eq!(
        weighted_r2(&[0.0, 2.0, 9.0], &[0.0, 2.0, 0.0], &[1.0, 1.0, 0.0]),
        Ok(1.0)
    );
    // A constant target: 1 if hit, else 0.
    assert_eq!(weighted_r2(&[2.0, 2.0], &[2.0, 2.0], &[1.0, 1.0]), Ok(1.0));
    assert_eq!(weighted_r2(&[2.0, 2.0], &[2.0, 3.0], &[1.0, 1.0]), Ok(0.0));
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let refused = |target: &[f64], predicted: &[f64], weights: &[f64]| {
        weighted_r2(target, predicted, weights)
            .expect_err("refused")
            .to_string()
    };
    assert!(refused(&[1.0], &[1.0, 2.0], &[1.0]).starts_with("predictions: expected 1,"));
    assert!(refused(&[1.0], &[1.0], &[]).starts_with("weights: expected 1,"));
    assert!(refused(&[1.0, f64::NAN], &[1.0, 1.0], &[1.0, 1.0]).starts_with("target of row 1:"));
    assert!(refused(&[1.0], &[f64::INFINITY], &[1.0]).starts_with("prediction of row 0:"));
    assert!(refused(&[1.0], &[1.0], &[-1.0]).contains("at least 0, got -1"));
    assert_eq!(
        weighted_r2(&[1.0, 2.0], &[1.0, 2.0], &[0.0, 0.0]),
        Err(EvaluationError::ZeroWeights { rows: 2 })
    );
    assert_eq!(
        weighted_r2(&[], &[], &[]),
        Err(EvaluationError::ZeroWeights { rows: 0 })
    );
}

#[test]
fn a_linear_model_is_explained_whole_and_a_product_in_part() {
    // 0.1 + 0.5 stem + 0.3 word; the word is spelt as the stem-segment is named and still finds its column.
    let exact = explanation(0.1, vec![audio("bass0", 0.5), word("bass0", 0.3)]);
    let linear = neighborhood([0.9, 0.6, 0.4, 0.1]);
    let score = fidelity(&exact, &linear, NEAR).expect("a score");
    assert!((score - 1.0).abs() < 1e-12, "{score}");
    let swapped = explanation(0.1, vec![audio("bass0", 0.3), word("bass0", 0.5)]);
    assert!(fidelity(&swapped, &linear, NEAR).expect("a score") < 0.99);
    // stem AND word, flat weights: the best line is -1/4 + stem/2 + word/2, off by 1/4 everywhere; the variance is 3/16.
    let flat = Locality {
        distance_scale: 0.0,
        kernel_width: 25.0,
    };
    let line = explanation(-0.25, vec![word("bass0", 0.5), audio("bass0", 0.5)]);
    let score = fidelity(&line, &neighborhood([1.0, 0.0, 0.0, 0.0]), flat).expect("a score");
    assert!((score - 2.0 / 3.0).abs() < 1e-12, "{score}");
}

#[test]
fn fidelity_on_its_own_neighborhood_is_the_surrogates_r2() {
    let mut own = neighborhood([0.8, 0.3, 0.35, 0.1]);
    own.features[1] = "love".into();
    let options = RefitOptions {
        distance_scale: NEAR.distance_scale,
        kernel_width: NEAR.kernel_width,
        selection: Selection::None,
        features: None,
        label_index: 1,
    };
    let fit = refit(&own, options).expect("a fit");
    let weight = |name: &str| {
        fit.weights
            .iter()
            .find(|w| w.feature == name)
            .map(|w| w.weight)
            .expect("every component")
    };
    let weights = vec![
        audio("bass0", weight("bass0")),
        word("love", weight("love")),
    ];
    let score = fidelity(&explanation(fit.intercept, weights), &own, NEAR).expect("a score");
    // A ridge of four rows fits partly, so that agreement is not that of two ones.
    assert!(fit.r2 > 0.05 && fit.r2 < 0.95, "{}", fit.r2);
    assert!((score - fit.r2).abs() < 1e-12, "{score} {}", fit.r2);
}

#[test]
fn another_songs_neighborhood_is_refused() {
    let linear = neighborhood([0.9, 0.6, 0.4, 0.1]);
    let refused =
        |e: &LocalExplanation| fidelity(e, &linear, NEAR).expect_err("refused").to_string();
    let good = explanation(0.1, vec![audio("bass0", 0.5), word("bass0", 0.3)]);
    let label = LocalExplanation {
        label: "folk".into(),
        ..good.clone()
    };
    assert!(
        refused(&label)
            .starts_with("class 1 of the neighborhood: expected \"folk\", got \"opera\"")
    );
    let index = LocalExplanation {
        index: 2,
        ..good.clone()
    };
    assert!(refused(&index).contains("no such class"));
    let fewer = explanation(0.1, vec![audio("bass0", 0.5)]);
    assert!(refused(&fewer).starts_with("weights of the explanation: expected 2,"));
    let other = explanation(0.1, vec![audio("bass0", 0.5), word("love", 0.3)]);
    assert!(refused(&other).contains("expected \"love\" among them"));
}

#[test]
fn stability_is_the_overlap_of_the_strongest() {
    let a = explanation(
        0.0,
        vec![audio("bass0", 0.5), word("love", -0.4), word("rain", 0.1)],
    );
    let b = explanation(
        0.0,
        vec![word("love", 0.6), audio("drums0", 0.3), audio("bass0", 0.2)],
    );
    // {bass0, love} and {love, drums0}: 1 of 3. With the third, rain and bass0 join: 2 of 4.
    assert!((rank_stability(&a, &b, 2) - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(rank_stability(&a, &b, 3), 0.5);
    assert_eq!(rank_stability(&a, &b, 1), 0.0);
    assert_eq!(rank_stability(&a, &a, 2), 1.0);
    // A stem-segment and a word of one name are two things.
    let stem = explanation(0.0, vec![audio("bass0", 1.0)]);
    assert_eq!(
        rank_stability(&stem, &explanation(0.0, vec![word("bass0", 1.0)]), 1),
        0.0
    );
    // Weights of 0 are no reasons, and the list need not be sorted.
    let unsorted = explanation(
        0.0,
        vec![word("rain", 0.0), word("sun", -0.1), audio("bass0", -0.9)],
    );
    assert_eq!(rank_stability(&unsorted, &stem, 1), 1.0);
    assert_eq!(rank_stability(&unsorted, &stem, 3), 0.5);
    let nothing = explanation(0.0, vec![word("rain", 0.0)]);
    assert_eq!(rank_stability(&nothing, &nothing, 3), 1.0);
    assert_eq!(rank_stability(&nothing, &stem, 3), 0.0);
}
