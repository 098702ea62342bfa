use musiclime_audio::mixing::{hard_mix, masked_mix};
use musiclime_core::{Stems, Waveform};
use std::f32::consts::TAU;

const RATE_HZ: u32 = 16_000;

/// Two slow cosines, at their peak at the segments' edges: the worst place to cut.
fn stems(len: usize) -> Stems {
    let tone = |level: f32, hz: f32| -> Waveform {
        let x = (0..len)
            .map(|n| level * (TAU * hz * n as f32 / RATE_HZ as f32).cos())
            .collect();
        Waveform::mono(x, RATE_HZ).unwrap()
    };
    Stems::new(vec![
        ("vocals".into(), tone(0.5, 10.0)),
        ("other".into(), tone(0.3, 20.0)),
    ])
    .unwrap()
}

fn largest_jump(wave: &Waveform) -> f32 {
    wave.channels()[0]
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max)
}

#[test]
fn everything_kept_is_the_mixture() {
    let stems = stems(8000);
    let segments = [0..2000, 2000..5000, 5000..8000];
    assert_eq!(hard_mix(&stems, &[true; 6], &segments), stems.mixture());
    assert_eq!(
        masked_mix(&stems, &[true; 6], &segments, 20.0),
        stems.mixture()
    );
}

#[test]
fn nothing_kept_is_silence() {
    let stems = stems(8000);
    assert_eq!(
        masked_mix(&stems, &[false; 4], &[0..4000, 4000..8000], 20.0).peak(),
        0.0
    );
}

#[test]
fn a_hard_cut_is_exact() {
    let stems = stems(4800);
    // Segment 0 keeps the first stem, segment 1 the second; the last 800 samples belong to no segment.
    let mix = hard_mix(&stems, &[true, false, false, true], &[0..1600, 1600..4000]);
    let [first, second] = [0, 1].map(|i| &stems.waveforms()[i].channels()[0]);
    assert_eq!(mix.channels()[0][..1600], first[..1600]);
    assert_eq!(mix.channels()[0][1600..4000], second[1600..4000]);
    assert!(mix.channels()[0][4000..].iter().all(|&x| x == 0.0));
}

#[test]
fn fades_leave_no_click() {
    let stems = stems(16_000);
    let segments = [0..3200, 3200..8000, 8000..12_800];
    let keep = [true, false, false, true, true, true];
    // What the tones themselves move in one sample.
    let natural = TAU * (0.5 * 10.0 + 0.3 * 20.0) / RATE_HZ as f32;
    let hard = largest_jump(&hard_mix(&stems, &keep, &segments));
    let soft = largest_jump(&masked_mix(&stems, &keep, &segments, 20.0));
    // A 20 ms raised cosine moves by pi / 2 / 320 of the level in one sample at most; the levels sum to 0.8.
    let fade = 0.8 * std::f32::consts::FRAC_PI_2 / 320.0;
    println!("largest jump: hard {hard:.3}, faded {soft:.5}, natural {natural:.5}");
    assert!(hard > 0.15, "the cut is where it hurts: {hard}");
    assert!(soft <= natural + fade, "{soft}");
}

#[test]
fn a_fade_longer_than_its_segments_still_reaches_both_ends() {
    let stems = stems(400);
    let mix = masked_mix(
        &stems,
        &[true, true, false, false, true, true, false, false],
        &[0..100, 100..200, 200..300, 300..400],
        1000.0,
    );
    assert_eq!(mix.channels()[0][0], 0.8);
    assert!(mix.channels()[0][149].abs() < 0.01);
    assert!(mix.channels()[0][399].abs() < 0.01);
}

#[test]
fn segments_past_the_end_are_cut() {
    let stems = stems(100);
    assert_eq!(
        hard_mix(&stems, &[true; 4], &[0..60, 60..500]),
        stems.mixture()
    );
}
