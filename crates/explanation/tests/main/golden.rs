//! Parity with lime, case by case.

use musiclime_core::MaskSet;
use musiclime_explanation::{
    Case, Locality, Selection, SurrogateOptions, fit, is_word_char, split_words,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The contract's tolerance on every number.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Golden {
    sets: BTreeMap<String, Set>,
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct Set {
    masks: Vec<String>,
    target: Vec<f64>,
    kernels: Vec<Kernel>,
}

#[derive(Deserialize)]
struct Kernel {
    distance_scale: f64,
    kernel_width: f64,
    distances: Vec<f64>,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
struct GoldenCase {
    set: String,
    distance_scale: f64,
    kernel_width: f64,
    selection: Selection,
    features: Option<usize>,
    intercept: f64,
    r2: f64,
    local_prediction: f64,
    weights: Vec<(usize, f64)>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/lime.json")).expect("the committed golden file")
}

fn masks(set: &Set) -> MaskSet {
    let bits = set
        .masks
        .iter()
        .flat_map(|row| row.bytes().map(|b| b - b'0'))
        .collect();
    MaskSet::new(set.masks[0].len(), bits).expect("bits")
}

#[test]
fn every_case_equals_lime() {
    let golden = golden();
    assert_eq!(golden.cases.len(), 315);
    let mut largest: f64 = 0.0;
    let mut failures = Vec::new();
    for (i, case) in golden.cases.iter().enumerate() {
        let set = &golden.sets[&case.set];
        let options = SurrogateOptions {
            distance_scale: case.distance_scale,
            kernel_width: case.kernel_width,
            selection: case.selection,
            features: case.features,
        };
        let ours = fit(&masks(set), &set.target, &options).expect("a golden case fits");
        let name = format!(
            "{i} {} scale {} width {} {} {:?}",
            case.set, case.distance_scale, case.kernel_width, case.selection, case.features
        );
        let columns: BTreeMap<usize, f64> =
            ours.weights.iter().map(|w| (w.column, w.weight)).collect();
        let theirs: BTreeMap<usize, f64> = case.weights.iter().copied().collect();
        if columns.keys().ne(theirs.keys()) {
            failures.push(format!(
                "{name}: columns {:?}, lime {:?}",
                columns.keys(),
                theirs.keys()
            ));
            continue;
        }
        let mut error = (ours.intercept - case.intercept)
            .abs()
            .max((ours.r2 - case.r2).abs())
            .max((ours.local_prediction - case.local_prediction).abs());
        for (column, weight) in &columns {
            error = error.max((weight - theirs[column]).abs());
        }
        // Same order by absolute weight, position by position.
        for (mine, (_, weight)) in ours.weights.iter().zip(&case.weights) {
            error = error.max((mine.weight.abs() - weight.abs()).abs());
        }
        largest = largest.max(error);
        if error > TOLERANCE {
            failures.push(format!("{name}: off by {error:e}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        golden.cases.len(),
        failures.join("\n")
    );
    println!(
        "{} cases, largest difference {largest:.1e}",
        golden.cases.len()
    );
}

#[test]
fn distances_and_kernels_equal_lime() {
    for set in golden().sets.values() {
        let masks = masks(set);
        for kernel in &set.kernels {
            let locality = Locality {
                distance_scale: kernel.distance_scale,
                kernel_width: kernel.kernel_width,
            };
            for (i, (distance, weight)) in kernel.distances.iter().zip(&kernel.weights).enumerate()
            {
                let ours = locality.distance(masks.row(i));
                assert!(
                    (ours - distance).abs() < 1e-12 * kernel.distance_scale,
                    "{ours} {distance}"
                );
                assert!((locality.kernel(ours) - weight).abs() < TOLERANCE);
            }
        }
    }
}

#[derive(Deserialize)]
struct GoldenWords {
    word_ranges: Vec<(u32, u32)>,
    assigned: Vec<(u32, u32)>,
    texts: Vec<GoldenText>,
}

#[derive(Deserialize)]
struct GoldenText {
    text: String,
    words: Vec<(String, Vec<(usize, usize)>)>,
    lower: Vec<String>,
}

fn golden_words() -> GoldenWords {
    serde_json::from_str(include_str!("../golden/words.json")).expect("the committed golden file")
}

#[test]
fn word_characters_are_those_of_python() {
    let golden = golden_words();
    let within =
        |ranges: &[(u32, u32)], c: u32| ranges.iter().any(|&(first, last)| first <= c && c <= last);
    let mut compared = 0;
    for c in golden
        .assigned
        .iter()
        .flat_map(|&(first, last)| first..=last)
        .filter_map(char::from_u32)
    {
        // The big private planes are far from any word; two of their characters are enough.
        if u32::from(c) > 0xF_0001 {
            continue;
        }
        compared += 1;
        assert_eq!(
            is_word_char(c),
            within(&golden.word_ranges, u32::from(c)),
            "U+{:04X}",
            u32::from(c)
        );
    }
    assert!(compared > 140_000, "{compared}");
}

#[test]
fn splits_equal_lime() {
    for golden in golden_words().texts {
        let ours = split_words(&golden.text, Case::Kept, None);
        let plain: Vec<(String, Vec<(usize, usize)>)> = ours
            .iter()
            .map(|w| {
                (
                    w.word.clone(),
                    w.places.iter().map(|p| (p.start, p.end)).collect(),
                )
            })
            .collect();
        assert_eq!(plain, golden.words, "{:?}", golden.text);
        let mut folded = golden.lower.clone();
        let mut seen = std::collections::BTreeSet::new();
        folded.retain(|w| seen.insert(w.clone()));
        let ours: Vec<String> = split_words(&golden.text, Case::Folded, None)
            .into_iter()
            .map(|w| w.word)
            .collect();
        assert_eq!(ours, folded, "{:?}", golden.text);
    }
}
