use crate::signals::noise;
use musiclime_audio::stft::Stft;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn restoring_a_transform_gives_the_signal(
        len in 0usize..3000,
        half in 2usize..200,
        divisor in 1usize..6,
        seed in any::<u32>(),
    ) {
        let stft = Stft::new(2 * half, (half / divisor).max(1)).unwrap();
        let signal: Vec<f32> = noise(len, seed).iter().map(|&x| x as f32).collect();
        let restored = stft.restore(stft.transform(&signal), len);
        prop_assert_eq!(restored.len(), len);
        for (a, b) in signal.iter().zip(&restored) {
            // Some 10 roundings of f32 at a level of 1.
            prop_assert!((a - b).abs() < 5e-6, "{} against {}", a, b);
        }
    }
}

#[test]
fn a_sine_lies_in_its_bin() {
    let stft = Stft::new(256, 64).unwrap();
    let signal: Vec<f32> = (0..4096)
        .map(|n| (std::f32::consts::TAU * 16.0 * n as f32 / 256.0).sin())
        .collect();
    let spectrogram = stft.transform(&signal);
    assert_eq!((spectrogram.frames, spectrogram.bins), (65, 129));
    let row = &spectrogram.values[32 * 129..33 * 129];
    // A Hann window sums to half its length, and a real sine puts half its amplitude there.
    assert!((row[16].norm() - 64.0).abs() < 1e-2, "{}", row[16].norm());
    assert!(row[20..].iter().all(|x| x.norm() < 1e-2));
}

#[test]
fn sizes_that_cannot_be_restored_are_refused() {
    for (fft_size, hop) in [(0, 1), (2, 1), (255, 64), (256, 0), (256, 129)] {
        assert!(Stft::new(fft_size, hop).is_err(), "{fft_size}, {hop}");
    }
}
