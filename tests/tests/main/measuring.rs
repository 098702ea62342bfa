//! `bench`: what it counts, and what it refuses.

use super::binary::run;

const BENCH: [&str; 6] = ["bench", "--device", "cpu", "--samples", "60", "--rounds"];

#[test]
fn a_round_is_timed_and_what_is_encoded_counted() {
    let bench = run(&[&BENCH[..], &["2", "--json"]].concat()).done().json();
    assert_eq!(bench["perturbations"], 60);
    assert_eq!(bench["rounds_s"].as_array().map(Vec::len), Some(2));
    let seconds = |key: &str| bench[key].as_f64().expect("seconds");
    let rate = 60.0 / seconds("median_s");
    assert!((seconds("perturbations_per_s") - rate).abs() < 1e-9 * rate);
    assert!(seconds("first_s") > 0.0);
    // Halves of 60 random masks over dozens of components hardly ever repeat.
    assert_eq!(bench["encoded"]["sounds"], 60);
    assert_eq!(bench["encoded"]["texts"], 60);
    assert_eq!(bench["precision"], "f32");

    let lyrics = run(&[&BENCH[..], &["1", "--json", "--modality", "lyrics"]].concat());
    let lyrics = lyrics.done().json();
    assert_eq!(lyrics["encoded"]["sounds"], 0);
    assert_eq!(lyrics["modality"], "lyrics");
    let table = run(&[&BENCH[..], &["1"]].concat()).done().stdout;
    assert!(table.contains("perturbations a second"), "{table}");
}

#[test]
fn a_bench_without_rounds_is_refused() {
    run(&[&BENCH[..], &["0"]].concat()).refused(&["--rounds 0", "at least 1"]);
}
