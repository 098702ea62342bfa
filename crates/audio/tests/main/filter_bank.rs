use crate::signals::{golden_values, swelling_sine};
use musiclime_audio::fbank::{Fbank, FbankConfig};

/// Where the reference's f32 FFT rounds in another order, quiet mel bins move in the fifth digit of their logarithm.
const TOLERANCE: f32 = 1e-4;

fn assert_golden(
    file: &str,
    rate_hz: u32,
    mel_bins: usize,
    max_frames: usize,
    samples: usize,
    normalise: bool,
) {
    let config = FbankConfig {
        sample_rate_hz: rate_hz,
        mel_bins,
        max_frames,
        normalise,
        ..FbankConfig::default()
    };
    let fbank = Fbank::new(config).unwrap();
    let ours = fbank.features(&swelling_sine(samples, rate_hz, 7)).unwrap();
    let theirs = golden_values(file);
    assert_eq!(
        (ours.frames, ours.mel_bins, ours.values.len()),
        (max_frames, mel_bins, theirs.len())
    );
    let worst = ours
        .values
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    println!("{file}: largest difference {worst:.2e}");
    let tolerance = if normalise {
        TOLERANCE
    } else {
        TOLERANCE * 2.0 * 4.569
    };
    assert!(worst <= tolerance, "{file}: largest difference {worst}");
}

#[test]
fn features_match_the_ast_extractor_at_16_khz_padded() {
    assert_golden("fbank_16k_128_pad.f32", 16_000, 128, 40, 4000, true);
}

#[test]
fn features_match_the_ast_extractor_at_16_khz_cut() {
    assert_golden("fbank_16k_64_cut.f32", 16_000, 64, 16, 6400, true);
}

#[test]
fn features_match_the_ast_extractor_at_44_khz() {
    assert_golden("fbank_44k_128_pad.f32", 44_100, 128, 20, 6000, true);
}

#[test]
fn features_match_the_ast_extractor_at_22_khz() {
    assert_golden("fbank_22k_64_cut.f32", 22_050, 64, 12, 5000, true);
}

#[test]
fn features_match_the_ast_extractor_without_normalisation() {
    assert_golden("fbank_16k_128_raw.f32", 16_000, 128, 20, 3000, false);
}

#[test]
fn silence_lies_on_the_floor_and_padding_on_zero() {
    let fbank = Fbank::new(FbankConfig {
        mel_bins: 64,
        max_frames: 6,
        ..FbankConfig::default()
    })
    .unwrap();
    let ours = fbank.features(&vec![0.0; 880]).unwrap();
    let theirs = golden_values("fbank_silence.f32");
    for (a, b) in ours.values.iter().zip(&theirs) {
        assert!((a - b).abs() < 1e-6, "{a} against {b}");
    }
    assert_eq!(ours.frame(5), vec![fbank.padding_value(); 64]);
    assert!((fbank.padding_value() - 4.267_739_3 / (2.0 * 4.568_997_4)).abs() < 1e-7);
}

#[test]
fn one_window_is_enough_and_one_sample_less_is_refused() {
    let fbank = Fbank::new(FbankConfig::default()).unwrap();
    assert_eq!((fbank.window_samples(), fbank.hop_samples()), (400, 160));
    assert_eq!(fbank.log_mel(&[0.1; 400]).unwrap().frames, 1);
    assert_eq!(
        [399, 400, 559, 560].map(|n| fbank.log_mel_frame_count(n)),
        [0, 1, 1, 2]
    );
    for short in [0, 1, 399] {
        let error = fbank.features(&vec![0.1; short]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("400") && text.contains(&short.to_string()),
            "{text}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_single_frame_is_the_same_frame() {
    let fbank = Fbank::new(FbankConfig {
        mel_bins: 32,
        ..FbankConfig::default()
    })
    .unwrap();
    let mono = swelling_sine(4000, 16_000, 3);
    let all = fbank.log_mel(&mono).unwrap();
    let mut scratch = fbank.scratch();
    let mut out = vec![0.0; 32];
    for frame in (0..all.frames).rev() {
        fbank.frame_log_mel(
            &mono[frame * 160..frame * 160 + 400],
            &mut out,
            &mut scratch,
        );
        assert_eq!(out, all.frame(frame));
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let good = FbankConfig::default();
    for bad in [
        FbankConfig {
            sample_rate_hz: 0,
            ..good.clone()
        },
        FbankConfig {
            sample_rate_hz: 50,
            ..good.clone()
        },
        FbankConfig {
            mel_bins: 0,
            ..good.clone()
        },
        FbankConfig {
            max_frames: 0,
            ..good.clone()
        },
        FbankConfig {
            std: 0.0,
            ..good.clone()
        },
        FbankConfig {
            mean: f32::NAN,
            ..good.clone()
        },
        FbankConfig {
            frame_shift_ms: 0.0,
            ..good.clone()
        },
        FbankConfig {
            frame_length_ms: f64::NAN,
            ..good.clone()
        },
    ] {
        assert!(Fbank::new(bad.clone()).is_err(), "{bad:?}");
    }
}
