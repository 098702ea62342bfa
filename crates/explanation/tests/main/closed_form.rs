//! Explanations whose answers are known on paper.

use crate::toy::{Toy, go_on, labels, recipe, song};
use musiclime_core::{ClassifierError, MaskSet};
use musiclime_explanation::{
    ExplanationError, Intervals, Recipe, RefitOptions, Sampler, Selection, Surrogate,
    SurrogateOptions, Target, explain, fit, refit,
};

const FLAT: SurrogateOptions = SurrogateOptions {
    distance_scale: 1.0,
    kernel_width: 25.0,
    selection: Selection::None,
    features: None,
};

fn fitted(masks: &MaskSet, f: impl Fn(&[u8]) -> f64) -> Surrogate {
    let target: Vec<f64> = masks.iter().map(f).collect();
    fit(masks, &target, &FLAT).expect("a fit")
}

fn by_column(surrogate: &Surrogate) -> Vec<f64> {
    let mut weights = vec![0.0; surrogate.weights.len()];
    for w in &surrogate.weights {
        weights[w.column] = w.weight;
    }
    weights
}

/// Every mask over `columns` components.
fn all_masks(columns: usize, copies: usize) -> MaskSet {
    let bits = (0..copies)
        .flat_map(|_| 0..1usize << columns)
        .flat_map(|row| (0..columns).map(move |c| (row >> c & 1) as u8))
        .collect();
    MaskSet::new(columns, bits).expect("bits")
}

#[test]
fn a_linear_model_gives_its_coefficients_back() {
    let beta = [0.3, -0.2, 0.0, 0.05];
    let masks = Sampler::new(1).draw(4_000, 4).expect("masks");
    let surrogate = fitted(&masks, |row| {
        0.1 + row
            .iter()
            .zip(beta)
            .map(|(&x, b)| f64::from(x) * b)
            .sum::<f64>()
    });
    // Alpha 1 over 4,000 fair coins shrinks a weight by 1 / (1 + 4000 / 4).
    for (weight, b) in by_column(&surrogate).iter().zip(beta) {
        assert!((weight - b).abs() < 5e-4, "{weight} {b}");
    }
    assert!(surrogate.r2 > 0.999_99);
    assert!((surrogate.local_prediction - 0.25).abs() < 5e-4);
}

#[test]
fn the_shrinkage_on_a_full_factorial_is_known() {
    // On 16 copies of the 2^3 masks, XᵀX is 128 / 4 I: every weight is beta 32 / 33 (flat kernel aside).
    let masks = all_masks(3, 16);
    let options = SurrogateOptions {
        distance_scale: 0.0,
        ..FLAT
    };
    let target: Vec<f64> = masks
        .iter()
        .map(|r| f64::from(r[0]) * 0.66 - f64::from(r[2]) * 0.33)
        .collect();
    let weights = by_column(&fit(&masks, &target, &options).expect("a fit"));
    for (weight, expected) in weights.iter().zip([0.64, 0.0, -0.32]) {
        assert!((weight - expected).abs() < 1e-12, "{weight} {expected}");
    }
}

#[test]
fn a_null_player_gets_nothing_and_symmetric_players_get_the_same() {
    let masks = all_masks(5, 8);
    let surrogate = fitted(&masks, |r| {
        0.2 + 0.5 * f64::from(r[0] & r[3]) + 0.1 * f64::from(r[1])
    });
    let weights = by_column(&surrogate);
    assert!(
        weights[2].abs() < 1e-3 && weights[4].abs() < 1e-3,
        "{weights:?}"
    );
    assert!((weights[0] - weights[3]).abs() < 1e-12);
    assert!(weights[0] > 0.2);
}

#[test]
fn weights_add_up_over_models() {
    let masks = Sampler::new(2).draw(300, 6).expect("masks");
    let f = |r: &[u8]| 0.3 * f64::from(r[0] ^ r[1]);
    let g = |r: &[u8]| 0.1 * f64::from(r[2]) + 0.2 * f64::from(r[5] & r[4]);
    let (f_weights, g_weights) = (by_column(&fitted(&masks, f)), by_column(&fitted(&masks, g)));
    let sum = by_column(&fitted(&masks, |r| f(r) + g(r)));
    for ((a, b), c) in f_weights.iter().zip(&g_weights).zip(&sum) {
        assert!((a + b - c).abs() < 1e-12);
    }
}

#[test]
fn permuting_columns_permutes_weights() {
    let masks = Sampler::new(3).draw(200, 5).expect("masks");
    let order = [3, 0, 4, 1, 2];
    let permuted: Vec<u8> = masks.iter().flat_map(|r| order.map(|c| r[c])).collect();
    let permuted = MaskSet::new(5, permuted).expect("bits");
    let target: Vec<f64> = masks
        .iter()
        .map(|r| 0.4 * f64::from(r[0] & r[1]) + 0.2 * f64::from(r[4]) - 0.1 * f64::from(r[3]))
        .collect();
    for selection in Selection::ALL {
        let options = SurrogateOptions {
            selection: *selection,
            features: Some(3),
            ..FLAT
        };
        let plain = fit(&masks, &target, &options).expect("a fit");
        let moved = fit(&permuted, &target, &options).expect("a fit");
        let find = |column| {
            plain
                .weights
                .iter()
                .find(|w| w.column == column)
                .map(|w| w.weight)
        };
        assert_eq!(plain.weights.len(), moved.weights.len());
        for w in &moved.weights {
            let original = find(order[w.column]).expect("the same columns are selected");
            assert!((original - w.weight).abs() < 1e-12, "{selection}");
        }
    }
}

#[test]
fn the_refit_of_an_explanation_is_the_explanation() {
    for target in [Target::Probability, Target::Logit] {
        for selection in Selection::ALL {
            let song = song();
            let recipe = Recipe {
                selection: *selection,
                features: Some(4),
                target,
                ..recipe()
            };
            let toy =
                Toy::new(|r: &[u8]| 0.2 + 0.4 * f64::from(r[0]) + 0.1 * f64::from(r[5] & r[6]));
            let masks = Sampler::new(recipe.seed)
                .draw(recipe.samples, song.len())
                .expect("masks");
            let (neighborhood, explained) =
                explain(&toy, &song, masks, &labels(), &[0, 1], &recipe, &go_on)
                    .expect("an explanation");
            assert_eq!(explained.len(), 2);
            for local in &explained {
                let again = refit(
                    &neighborhood,
                    RefitOptions {
                        distance_scale: recipe.distance_scale,
                        kernel_width: recipe.kernel_width,
                        selection: recipe.selection,
                        features: recipe.features,
                        label_index: local.index,
                    },
                )
                .expect("a refit");
                assert_eq!((again.intercept, again.r2), (local.intercept, local.r2));
                assert_eq!(again.local_prediction, local.local_prediction);
                assert_eq!(again.probability, Some(local.probability));
                assert_eq!(local.weights.len(), song.len());
                for w in &again.weights {
                    let same = local
                        .weights
                        .iter()
                        .find(|l| l.feature == w.feature)
                        .expect("its feature");
                    assert_eq!((same.weight, same.interval), (w.weight, w.interval));
                }
            }
        }
    }
}

#[test]
fn equal_rows_run_once_and_given_masks_get_no_row() {
    let song = song();
    let columns = song.len();
    let mut bits = vec![0u8; columns * 5];
    for row in [1, 3] {
        bits[row * columns] = 1;
    }
    bits[4 * columns + 2] = 1;
    let masks = MaskSet::new(columns, bits).expect("bits");
    let toy = Toy::new(|r: &[u8]| 0.1 + 0.5 * f64::from(r[0]) + 0.2 * f64::from(r[1]));
    let (neighborhood, explained) = explain(
        &toy,
        &song,
        masks.clone(),
        &labels(),
        &[0],
        &recipe(),
        &go_on,
    )
    .expect("an explanation");
    assert_eq!(neighborhood.masks, masks);
    // Three distinct rows, and the unperturbed song for its probability.
    assert_eq!(*toy.asked.borrow(), [4]);
    assert_eq!(neighborhood.probabilities.row(3), [0.6, 0.4]);
    assert!((explained[0].probability - 0.8).abs() < 1e-15);
    assert_eq!(explained[0].intervals, Intervals::TooFewSamples);
    assert!(
        explained[0]
            .weights
            .iter()
            .all(|w| w.interval.is_none() && w.weight.is_finite())
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let song = song();
    let toy = Toy::new(|_: &[u8]| 0.5);
    let run = |masks: MaskSet, labels_asked: &[usize], recipe: &Recipe| {
        explain(&toy, &song, masks, &labels(), labels_asked, recipe, &go_on).expect_err("refused")
    };
    let fits = || MaskSet::all_on(song.len());
    assert!(matches!(
        run(MaskSet::all_on(3), &[0], &recipe()),
        ExplanationError::MaskColumns {
            expected: 7,
            got: 3,
            audio: 4,
            words: 3
        }
    ));
    assert!(matches!(
        run(fits(), &[2], &recipe()),
        ExplanationError::ClassIndex { got: 2, classes: 2 }
    ));
    let narrow = Recipe {
        kernel_width: 0.0,
        ..recipe()
    };
    assert!(matches!(
        run(fits(), &[0], &narrow),
        ExplanationError::Setting {
            setting: "kernel_width",
            ..
        }
    ));
    let none = Recipe {
        features: Some(0),
        ..recipe()
    };
    assert!(matches!(
        run(fits(), &[0], &none),
        ExplanationError::Setting {
            setting: "features",
            ..
        }
    ));
    let nan = Toy::new(|r: &[u8]| if r[0] == 0 { f64::NAN } else { 0.5 });
    let masks = Sampler::new(0).draw(50, song.len()).expect("masks");
    let error = explain(
        &nan,
        &song,
        masks.clone(),
        &labels(),
        &[0],
        &recipe(),
        &go_on,
    )
    .expect_err("refused");
    assert!(
        matches!(error, ExplanationError::NotFinite { .. }),
        "{error}"
    );
    let stop = |_: usize, _: usize| false;
    let error =
        explain(&toy, &song, masks, &labels(), &[0], &recipe(), &stop).expect_err("stopped");
    assert!(matches!(
        error,
        ExplanationError::Classifier(ClassifierError::Cancelled)
    ));
    // No row of ones, and a kernel so narrow that no other row counts.
    let error = fit(
        &MaskSet::new(2, vec![0, 1, 1, 0]).expect("bits"),
        &[0.1, 0.2],
        &SurrogateOptions {
            distance_scale: 100.0,
            kernel_width: 0.25,
            ..FLAT
        },
    )
    .expect_err("refused");
    assert!(
        matches!(error, ExplanationError::ZeroWeights { rows: 2, .. }),
        "{error}"
    );
}

#[test]
fn copies_of_a_column_do_not_break_selection() {
    // Columns 0 and 1 are one and the same, column 5 is never off.
    let masks = Sampler::new(8).draw(80, 6).expect("masks");
    let bits = masks
        .iter()
        .flat_map(|r| [r[0], r[0], r[2], r[3], r[4], 1])
        .collect();
    let masks = MaskSet::new(6, bits).expect("bits");
    let target: Vec<f64> = masks
        .iter()
        .map(|r| 0.5 * f64::from(r[0]) + 0.2 * f64::from(r[2]) - 0.1 * f64::from(r[3] & r[4]))
        .collect();
    for selection in [Selection::ForwardSelection, Selection::LassoPath] {
        for features in 1..=6 {
            let options = SurrogateOptions {
                selection,
                features: Some(features),
                ..FLAT
            };
            let surrogate = fit(&masks, &target, &options).expect("a fit");
            let chosen: Vec<usize> = surrogate.weights.iter().map(|w| w.column).collect();
            assert!(chosen.len() <= features && surrogate.r2.is_finite());
            assert!(
                chosen.contains(&0) || chosen.contains(&1),
                "{selection} {features}: {chosen:?}"
            );
            if features <= 4 {
                assert!(
                    !(chosen.contains(&0) && chosen.contains(&1)),
                    "{selection} {features}: {chosen:?}"
                );
                assert!(!chosen.contains(&5), "{selection} {features}: {chosen:?}");
            }
        }
    }
}

#[test]
fn a_perfect_fit_leaves_forward_selection_in_column_order() {
    let masks = Sampler::new(6).draw(60, 5).expect("masks");
    let target: Vec<f64> = masks.iter().map(|r| 0.25 + 0.5 * f64::from(r[3])).collect();
    let options = SurrogateOptions {
        selection: Selection::ForwardSelection,
        features: Some(3),
        ..FLAT
    };
    let mut chosen: Vec<usize> = fit(&masks, &target, &options)
        .expect("a fit")
        .weights
        .iter()
        .map(|w| w.column)
        .collect();
    chosen.sort_unstable();
    assert_eq!(chosen, [0, 1, 3]);
}
