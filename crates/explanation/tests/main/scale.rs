//! Large problems end soon, and both forms of the ridge agree.

use musiclime_core::MaskSet;
use musiclime_explanation::{
    Case, Intervals, Sampler, Selection, SurrogateOptions, fit, split_words,
};
use std::time::Instant;

fn target(masks: &MaskSet) -> Vec<f64> {
    masks
        .iter()
        .map(|r| {
            let n = r.len();
            0.3 * f64::from(r[0]) + 0.2 * f64::from(r[n / 2] & r[1]) - 0.1 * f64::from(r[n - 1])
                + 0.01 * f64::from(r.iter().map(|&b| u32::from(b)).sum::<u32>() % 7)
        })
        .collect()
}

fn timed(rows: usize, columns: usize, selection: Selection, features: Option<usize>, limit_s: f64) {
    let masks = Sampler::new(9).draw(rows, columns).expect("masks");
    let target = target(&masks);
    let options = SurrogateOptions {
        distance_scale: 100.0,
        kernel_width: 25.0,
        selection,
        features,
    };
    let start = Instant::now();
    let surrogate = fit(&masks, &target, &options).expect("a fit");
    let took = start.elapsed().as_secs_f64();
    println!("{rows} x {columns} {selection} {features:?}: {took:.2} s");
    assert!(
        took < limit_s,
        "{rows} x {columns} {selection}: {took:.2} s"
    );
    let strongest: Vec<usize> = surrogate
        .weights
        .iter()
        .take(10)
        .map(|w| w.column)
        .collect();
    assert!(strongest.contains(&0), "{strongest:?}");
    assert_eq!(
        surrogate.intervals == Intervals::Hc3,
        surrogate.weights.len() + 4 < rows
    );
}

// Limits are ten times what two busy cores took, so that only a wrong order of growth fails.

#[test]
fn papers_sizes_are_fast() {
    timed(1_000, 100, Selection::None, None, 2.0);
    timed(5_000, 500, Selection::None, None, 20.0);
    timed(5_000, 500, Selection::ForwardSelection, Some(50), 20.0);
    timed(1_000, 500, Selection::ForwardSelection, None, 20.0);
    timed(1_000, 300, Selection::LassoPath, Some(20), 20.0);
}

#[test]
fn twenty_thousand_words_are_solved_in_the_dual_form() {
    timed(1_000, 20_000, Selection::None, None, 30.0);
    timed(1_000, 20_000, Selection::ForwardSelection, Some(6), 30.0);
}

#[test]
fn both_forms_of_the_ridge_agree() {
    // Columns 10..19 are never off: they change nothing, but push the same problem into the dual form.
    let masks = Sampler::new(2).draw(15, 10).expect("masks");
    let bits = masks
        .iter()
        .flat_map(|r| r.iter().copied().chain([1; 10]))
        .collect();
    let padded = MaskSet::new(20, bits).expect("bits");
    let target = target(&masks);
    let options = SurrogateOptions {
        distance_scale: 0.0,
        kernel_width: 25.0,
        selection: Selection::None,
        features: None,
    };
    let primal = fit(&masks, &target, &options).expect("a fit");
    let dual = fit(&padded, &target, &options).expect("a fit");
    for w in &primal.weights {
        let same = dual
            .weights
            .iter()
            .find(|d| d.column == w.column)
            .expect("its column");
        assert!((same.weight - w.weight).abs() < 1e-12);
    }
    assert!((primal.intercept - dual.intercept).abs() < 1e-12);
}

#[test]
fn five_megabytes_of_lyrics_split_in_linear_time() {
    let text: String = (0..600_000)
        .map(|i| format!("w{} Là, ", i % 30_000))
        .collect();
    assert!(text.len() > 5_000_000, "{}", text.len());
    let start = Instant::now();
    let words = split_words(&text, Case::Folded, None);
    let took = start.elapsed().as_secs_f64();
    println!("{} bytes: {took:.2} s", text.len());
    assert_eq!(words.len(), 30_001);
    assert_eq!(
        words.iter().map(|w| w.places.len()).sum::<usize>(),
        1_200_000
    );
    assert!(took < 5.0, "{took:.2} s");
}
