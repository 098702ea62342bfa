use crate::signals::noise;
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_core::{Separator, Waveform};
use std::f32::consts::TAU;

const RATE_HZ: u32 = 16_000;

fn seconds(duration_s: f32, sample: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..(duration_s * RATE_HZ as f32) as usize)
        .map(|n| sample(n as f32 / RATE_HZ as f32))
        .collect()
}

/// A held chord, left.
fn pad(t: f32) -> f32 {
    [330.0, 415.3, 493.9]
        .iter()
        .map(|hz| 0.08 * (TAU * hz * t).sin())
        .sum()
}

fn bass(t: f32) -> f32 {
    0.25 * (TAU * 55.0 * t).sin()
}

/// Bursts of noise twice a second.
fn strokes(len: usize) -> Vec<f32> {
    let noise = noise(len, 5);
    (0..len)
        .map(|n| 0.5 * noise[n] as f32 * (-((n % 8000) as f32) / 200.0).exp())
        .collect()
}

fn energy(x: &[f32]) -> f32 {
    x.iter().map(|x| x * x).sum()
}

/// The energy of `truth` that `estimate` explains, relative to `truth`'s.
fn found(truth: &[f32], estimate: &[f32]) -> f32 {
    let dot: f32 = truth.iter().zip(estimate).map(|(a, b)| a * b).sum();
    dot / energy(truth)
}

#[test]
fn stems_sum_to_the_mixture() {
    for channels in [1, 2, 3] {
        for len in [0, 1, 100, 16_000, 40_001] {
            let planar: Vec<Vec<f32>> = (0..channels)
                .map(|c| noise(len, c + 1).iter().map(|&x| x as f32).collect())
                .collect();
            let mixture = Waveform::new(planar, RATE_HZ).unwrap();
            let stems = HarmonicPercussive::default().separate(&mixture).unwrap();
            assert_eq!(stems.names(), ["vocals", "drums", "bass", "other"]);
            for (a, b) in mixture
                .channels()
                .iter()
                .flatten()
                .zip(stems.mixture().channels().iter().flatten())
            {
                // One rounding each of `other` and of the last addition, at a level of at most 4.
                assert!((a - b).abs() <= 5e-7, "{a} against {b}");
            }
        }
    }
}

#[test]
fn long_files_are_separated_in_blocks_without_a_seam() {
    let planar = vec![seconds(65.0, |t| pad(t) + bass(t))];
    let mixture = Waveform::new(planar, 16_000).unwrap();
    let stems = HarmonicPercussive::default().separate(&mixture).unwrap();
    for (a, b) in mixture.channels()[0]
        .iter()
        .zip(&stems.mixture().channels()[0])
    {
        assert!((a - b).abs() <= 5e-7);
    }
    let largest_jump = |x: &[f32]| {
        x.windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max)
    };
    let low = &stems.waveforms()[2].channels()[0];
    // A seam would jump by more than a 55 Hz tone moves in one sample.
    assert!(largest_jump(&low[16_000..64 * 16_000]) < 1.5 * 0.25 * TAU * 55.0 / 16_000.0);
}

#[test]
fn silence_gives_four_silent_stems() {
    let mixture = Waveform::new(vec![vec![0.0; 20_000]; 2], RATE_HZ).unwrap();
    let stems = HarmonicPercussive::default().separate(&mixture).unwrap();
    assert!(stems.waveforms().iter().all(|w| w.peak() == 0.0));
}

#[test]
fn drums_bass_and_chord_go_where_they_belong() {
    let chord = seconds(6.0, pad);
    let low = seconds(6.0, bass);
    let hits = strokes(chord.len());
    let mixture: Vec<f32> = (0..chord.len())
        .map(|n| chord[n] + low[n] + hits[n])
        .collect();
    let stems = HarmonicPercussive::default()
        .separate(&Waveform::mono(mixture, RATE_HZ).unwrap())
        .unwrap();
    let stem = |i: usize| &stems.waveforms()[i].channels()[0];
    let (drums, bass_stem, other) = (stem(1), stem(2), stem(3));
    println!(
        "drums {:.2}, bass {:.2}, other {:.2}",
        found(&hits, drums),
        found(&low, bass_stem),
        found(&chord, other)
    );
    assert!(found(&hits, drums) > 0.6, "{}", found(&hits, drums));
    assert!(found(&low, bass_stem) > 0.9, "{}", found(&low, bass_stem));
    assert!(found(&chord, other) > 0.8, "{}", found(&chord, other));
    assert!(
        found(&chord, drums) < 0.1 && found(&low, drums) < 0.1 && found(&low, other).abs() < 0.1
    );
}

#[test]
fn a_wavering_voice_in_the_middle_is_found_beside_a_held_chord() {
    let voice = seconds(6.0, |t| {
        // 6 Hz vibrato of a semitone or so each way, five harmonics.
        let phase = TAU * 260.0 * t + 2.6 * (TAU * 6.0 * t).sin();
        (1..=5)
            .map(|h| 0.2 / h as f32 * (h as f32 * phase).sin())
            .sum()
    });
    let chord = seconds(6.0, pad);
    let left: Vec<f32> = voice.iter().zip(&chord).map(|(v, c)| v + 2.0 * c).collect();
    let stems = HarmonicPercussive::default()
        .separate(&Waveform::new(vec![left, voice.clone()], RATE_HZ).unwrap())
        .unwrap();
    let vocals = &stems.waveforms()[0].channels()[0];
    let other = &stems.waveforms()[3].channels()[0];
    println!(
        "voice in vocals {:.2}, chord in vocals {:.2}",
        found(&voice, vocals),
        found(&chord, vocals)
    );
    assert!(found(&voice, vocals) > 0.5, "{}", found(&voice, vocals));
    assert!(found(&voice, vocals) > found(&voice, other));
    assert!(found(&chord, other) > 1.2, "{}", found(&chord, other));
}

#[test]
fn the_same_mixture_gives_the_same_bytes() {
    let mixture = Waveform::mono(strokes(30_000), RATE_HZ).unwrap();
    let separate = || HarmonicPercussive::default().separate(&mixture).unwrap();
    assert_eq!(separate(), separate());
}
