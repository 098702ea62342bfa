//! Scores of stems against museval and torchmetrics, and against answers known on paper.

use musiclime_core::{Stems, Waveform};
use musiclime_evaluation::separation::{
    Framing, Ratios, SourceScores, leave_out_quiet, score, si_sdr_db,
};
use serde_json::Value;

/// Largest difference to the references, in decibels. Both solve the same systems in double precision.
const TOLERANCE_DB: f64 = 1e-6;

/// The generator of `scripts/golden_separation.py`.
fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as f32 - 32_768.0) / 32_768.0
    };
    (0..count).map(|_| next()).collect()
}

fn delayed(x: &[f32], by: usize) -> Vec<f32> {
    let mut out = vec![0.0; by];
    out.extend(&x[..x.len() - by]);
    out
}

fn stems(waveforms: Vec<Vec<Vec<f32>>>) -> Stems {
    let named = waveforms.into_iter().enumerate().map(|(j, channels)| {
        (
            format!("s{j}"),
            Waveform::new(channels, 8000).expect("samples"),
        )
    });
    Stems::new(named.collect()).expect("stems")
}

fn count(v: &Value) -> usize {
    v.as_u64().expect("a count") as usize
}

/// References and estimates of a golden case.
fn signals(case: &Value) -> (Stems, Stems) {
    let [sources, channels, samples] =
        ["sources", "channels", "samples"].map(|key| count(&case[key]));
    let kind = case["kind"].as_str().expect("a kind");
    let mut references: Vec<Vec<Vec<f32>>> = (0..sources)
        .map(|j| {
            let channel = |c: usize| {
                let own = if kind == "dual_mono" { 0 } else { c };
                let x = noise((1 + 100 * j + own) as u32, samples);
                if kind != "coloured" {
                    return x;
                }
                let shifted: Vec<Vec<f32>> = (0..8).map(|k| delayed(&x, k)).collect();
                (0..samples)
                    .map(|t| shifted.iter().map(|s| s[t]).sum::<f32>() / 8.0)
                    .collect()
            };
            (0..channels).map(channel).collect()
        })
        .collect();
    for silent in case["silent"].as_array().expect("stretches") {
        let [source, start, end] = [0, 1, 2].map(|i| count(&silent[i]));
        for channel in &mut references[source] {
            channel[start..end].fill(0.0);
        }
    }
    let estimates = (0..sources)
        .map(|j| {
            let other = &references[(j + 1) % sources];
            let channel = |c: usize| {
                let truth = &references[j][c];
                let echo = delayed(truth, 2);
                let bleed = delayed(&other[channels - 1 - c], 3 + j);
                let gain = if sources > 1 { 0.125 } else { 0.0 };
                let own = noise((7000 + 10 * j + c) as u32, samples);
                (0..samples)
                    .map(|t| truth[t] * 0.8125 + echo[t] * 0.25 + bleed[t] * gain + own[t] * 0.0625)
                    .collect()
            };
            (0..channels).map(channel).collect()
        })
        .collect();
    (stems(references), stems(estimates))
}

fn fields(r: &Ratios) -> [(&'static str, f64); 5] {
    [
        ("SDR", r.sdr_db),
        ("ISR", r.isr_db),
        ("SIR", r.sir_db),
        ("SAR", r.sar_db),
        ("SI-SDR", r.si_sdr_db),
    ]
}

#[test]
fn ratios_are_musevals() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/separation.json");
    let text = std::fs::read_to_string(path).expect("the golden file");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(cases.len(), 9);
    let (mut worst, mut silent) = (0.0f64, 0);
    for (number, case) in cases.iter().enumerate() {
        let (references, estimates) = signals(case);
        let framing = match case["window"].as_u64() {
            Some(window) => Framing::Windows {
                window: window as usize,
                hop: count(&case["hop"]),
            },
            None => Framing::Whole,
        };
        let scores = score(&references, &estimates, framing, &|_| {}).expect("scores");
        let golden = case["scores"].as_array().expect("stems");
        assert_eq!(scores.len(), golden.len());
        for (stem, golden) in scores.iter().zip(golden) {
            let golden = golden.as_array().expect("frames");
            assert_eq!(stem.frames.len(), golden.len(), "frames of case {number}");
            for (t, (frame, golden)) in stem.frames.iter().zip(golden).enumerate() {
                let what = format!("case {number}, {}, frame {t}", stem.name);
                let Some(ratios) = frame else {
                    assert!(golden["SDR"].is_null(), "{what} is not silent");
                    silent += 1;
                    continue;
                };
                for (name, value) in fields(ratios) {
                    if name == "SIR" && scores.len() == 1 {
                        assert_eq!(value, f64::INFINITY, "{what}");
                        continue;
                    }
                    let expected = golden[name]
                        .as_f64()
                        .unwrap_or_else(|| panic!("{what} is silent"));
                    let off = (value - expected).abs();
                    worst = worst.max(off);
                    assert!(off < TOLERANCE_DB, "{what}: {name} {value} and {expected}");
                }
            }
        }
    }
    assert!(silent > 10, "silent frames are part of the test");
    eprintln!("worst difference: {worst:e} dB");
}

fn mono(samples: &[f32]) -> Stems {
    Stems::new(vec![(
        "a".into(),
        Waveform::mono(samples.to_vec(), 8000).expect("samples"),
    )])
    .expect("stems")
}

#[test]
fn a_scaled_stem_loses_sdr_but_no_si_sdr() {
    let truth = noise(3, 4000);
    let half: Vec<f32> = truth.iter().map(|x| 0.5 * x).collect();
    let scores = score(&mono(&truth), &mono(&half), Framing::Whole, &|_| {}).expect("scores");
    let ratios = scores[0].frames[0].expect("sound");
    // |s|² / |s / 2|² = 4, and the filter halves as well.
    let four = 10.0 * 4f64.log10();
    assert!((ratios.sdr_db - four).abs() < 1e-9, "{ratios:?}");
    assert!((ratios.isr_db - four).abs() < 1e-9, "{ratios:?}");
    assert!(ratios.sar_db > 200.0, "{ratios:?}");
    assert_eq!(ratios.si_sdr_db, f64::INFINITY);
}

#[test]
fn quiet_frames_can_be_left_out() {
    // Three seconds: loud, 80 dB below it, loud again.
    let mut truth = noise(5, 24_000);
    truth[8_000..16_000].iter_mut().for_each(|x| *x *= 1e-4);
    let half: Vec<f32> = truth.iter().map(|x| 0.5 * x).collect();
    let framing = Framing::seconds(1.0, 1.0, 8_000).expect("a framing");
    let mut scores = score(&mono(&truth), &mono(&half), framing, &|_| {}).expect("scores");
    let there = |scores: &[SourceScores]| -> Vec<bool> {
        scores[0].frames.iter().map(Option::is_some).collect()
    };
    assert_eq!(
        there(&scores),
        [true, true, true],
        "museval's rule keeps them"
    );
    leave_out_quiet(&mut scores, &mono(&truth), framing, -60.0);
    assert_eq!(there(&scores), [true, false, true]);
}

#[test]
fn si_sdr_is_le_rouxs() {
    // The best factor is 1/2: target (1/2, 0), noise (0, 1/4), ratio 4.
    let reference = Waveform::mono(vec![1.0, 0.0], 8000).expect("samples");
    let estimate = Waveform::mono(vec![0.5, 0.25], 8000).expect("samples");
    let got = si_sdr_db(&reference, &estimate, 0..2);
    assert!((got - 10.0 * 4f64.log10()).abs() < 1e-12, "{got}");
}

#[test]
fn medians_leave_out_silence_and_infinities() {
    let frame = |sdr_db: f64, sir_db: f64| {
        Some(Ratios {
            sdr_db,
            isr_db: 0.0,
            sir_db,
            sar_db: f64::INFINITY,
            si_sdr_db: 1.0,
        })
    };
    let scores = SourceScores {
        name: "a".into(),
        frames: vec![
            frame(3.0, 1.0),
            None,
            frame(-1.0, f64::INFINITY),
            frame(8.0, 4.0),
        ],
    };
    let median = scores.median();
    assert_eq!((median.sdr_db, median.sir_db), (3.0, 2.5));
    assert!(median.sar_db.is_nan());
}

#[test]
fn frames_are_musevals() {
    let windows = |window, hop| Framing::Windows { window, hop };
    let frames = |f: Framing, len| f.ranges(len).collect::<Vec<_>>();
    assert_eq!(frames(windows(4, 3), 11), [0..4, 3..7, 6..10]);
    assert_eq!(frames(windows(4, 4), 11), [0..4, 4..8]);
    for one in [windows(11, 4), windows(12, 4), Framing::Whole] {
        let got = frames(one, 11);
        assert_eq!((got.len(), got[0].clone()), (1, 0..11));
    }
    let second = Framing::seconds(1.0, 0.5, 8000).expect("a framing");
    assert_eq!(second, windows(8000, 4000));
    for bad in [0.0, -1.0, 1e-5, f64::NAN, f64::INFINITY] {
        let refused = Framing::seconds(bad, 1.0, 8000).expect_err("refused");
        assert!(refused.to_string().starts_with("window: "), "{refused}");
        assert!(Framing::seconds(1.0, bad, 8000).is_err());
    }
}

#[test]
fn stems_that_do_not_pair_are_refused_by_name() {
    let truth = mono(&noise(3, 100));
    let refused = |estimate: &Stems| {
        score(&truth, estimate, Framing::Whole, &|_| {})
            .expect_err("refused")
            .to_string()
    };
    let text = refused(&mono(&noise(3, 99)));
    assert!(
        text.contains("\"a\"") && text.contains("99 samples"),
        "{text}"
    );
    let text = refused(&mono(&[0.0; 100]));
    assert!(text.contains("\"a\"") && text.contains("silence"), "{text}");
    let named = |names: &[&str]| {
        let wave = Waveform::mono(noise(3, 100), 8000).expect("samples");
        let stems = names.iter().map(|n| (n.to_string(), wave.clone()));
        Stems::new(stems.collect()).expect("stems")
    };
    let text = refused(&named(&["b"]));
    assert!(text.contains("\"b\"") && text.contains("named a"), "{text}");
    let missing = score(&named(&["a", "c"]), &truth, Framing::Whole, &|_| {})
        .expect_err("refused")
        .to_string();
    assert!(missing.contains("\"c\""), "{missing}");
}
