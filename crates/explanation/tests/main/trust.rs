//! What the reader is told to distrust.

use crate::toy::{Toy, go_on, labels, recipe, song};
use musiclime_core::{Components, Stems, Waveform};
use musiclime_explanation::{Recipe, Sampler, Warning, explain, warnings};

fn told(f: impl Fn(&[u8]) -> f64, components: &Components, recipe: &Recipe) -> Vec<Warning> {
    let toy = Toy::new(f);
    let masks = Sampler::new(3)
        .draw(recipe.samples, components.len())
        .expect("masks");
    let (neighborhood, explained) =
        explain(&toy, components, masks, &labels(), &[0], recipe, &go_on).expect("an explanation");
    let found = warnings(&explained[0], &neighborhood, components, recipe);
    assert!(found.iter().all(|w| w.to_string().ends_with('.')));
    found
}

#[test]
fn a_linear_model_is_trusted() {
    let found = told(
        |r| 0.2 + 0.3 * f64::from(r[0]) + 0.1 * f64::from(r[4]),
        &song(),
        &recipe(),
    );
    assert_eq!(found, [Warning::UnreadWords { words: 1 }]);
}

#[test]
fn a_constant_model_is_not() {
    let found = told(|_| 0.4, &song(), &recipe());
    assert!(
        matches!(found[0], Warning::ConstantPrediction { spread } if spread == 0.0),
        "{found:?}"
    );
    assert!(!found.iter().any(|w| matches!(w, Warning::LowFit { .. })));
}

#[test]
fn an_exclusive_or_fits_badly_and_its_top_weight_is_uncertain() {
    let found = told(
        |r| 0.2 + 0.6 * f64::from(r[0] ^ r[1] ^ r[2] ^ r[3]),
        &song(),
        &recipe(),
    );
    assert!(
        found
            .iter()
            .any(|w| matches!(w, Warning::LowFit { r2 } if *r2 < 0.1)),
        "{found:?}"
    );
}

#[test]
fn saturation_silence_and_too_few_samples_are_told() {
    let found = told(
        |r| if r[0] == 1 { 0.9999 } else { 0.99 },
        &song(),
        &recipe(),
    );
    assert!(
        found
            .iter()
            .any(|w| matches!(w, Warning::SaturatedProbability { .. })),
        "{found:?}"
    );
    let few = Recipe {
        samples: 9,
        ..recipe()
    };
    let found = told(|r| 0.2 + 0.3 * f64::from(r[0]), &song(), &few);
    assert!(
        found
            .iter()
            .any(|w| matches!(w, Warning::TooFewSamples { components: 7, .. })),
        "{found:?}"
    );
    let wave = |x: f32| Waveform::mono(vec![x; 100], 100).expect("finite samples");
    let stems = Stems::new(vec![
        ("vocals".into(), wave(0.0)),
        ("drums".into(), wave(0.2)),
    ])
    .expect("equal stems");
    let quiet = Components::new(Some(stems), vec![0..50, 50..100], false, vec![]);
    let found = told(|r| 0.2 + 0.3 * f64::from(r[1]), &quiet, &recipe());
    assert_eq!(
        found,
        [Warning::SilentStems {
            stems: vec!["vocals".into()]
        }]
    );
}

#[test]
fn a_zero_weight_has_an_uncertain_sign() {
    let mut random = 7u32;
    let noise: Vec<f64> = (0..128)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(random >> 16) / 65_536.0
        })
        .collect();
    let index = |r: &[u8]| r.iter().fold(0usize, |i, &b| i * 2 + usize::from(b));
    let few = Recipe {
        samples: 40,
        ..recipe()
    };
    let found = told(|r| noise[index(r)], &song(), &few);
    assert!(
        found
            .iter()
            .any(|w| matches!(w, Warning::UncertainTopWeight { .. })),
        "{found:?}"
    );
}
