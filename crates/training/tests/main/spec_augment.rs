use musiclime_training::{SpecAugment, TrainingError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const SHAPE: [usize; 2] = [20, 8];

const BOTH: SpecAugment = SpecAugment {
    time_masks: 1,
    time_width: 6,
    frequency_masks: 1,
    frequency_width: 3,
};

fn augmented(augment: SpecAugment, seed: u64) -> Vec<f32> {
    let mut features: Vec<f32> = (1..=160).map(|i| i as f32).collect();
    augment.apply(&mut features, SHAPE, &mut ChaCha8Rng::seed_from_u64(seed));
    features
}

/// Which frames and which mel bins are all 0.
fn stripes(features: &[f32]) -> (Vec<usize>, Vec<usize>) {
    let zero = |frame: usize, bin: usize| features[frame * SHAPE[1] + bin] == 0.0;
    let frames = (0..SHAPE[0]).filter(|&f| (0..SHAPE[1]).all(|b| zero(f, b)));
    let bins = (0..SHAPE[1]).filter(|&b| (0..SHAPE[0]).all(|f| zero(f, b)));
    (frames.collect(), bins.collect())
}

#[test]
fn exactly_one_stripe_of_each_kind_is_blank() {
    let (mut widths, mut starts) = ([0; 7], [0; 20]);
    for seed in 0..500 {
        let features = augmented(BOTH, seed);
        let (frames, bins) = stripes(&features);
        assert!(frames.len() <= 6 && bins.len() <= 3, "{frames:?} {bins:?}");
        for stripe in [&frames, &bins] {
            assert!(stripe.windows(2).all(|w| w[1] == w[0] + 1), "{stripe:?}");
        }
        for (i, x) in features.iter().enumerate() {
            let masked = frames.contains(&(i / 8)) || bins.contains(&(i % 8));
            assert_eq!(*x, if masked { 0.0 } else { (i + 1) as f32 });
        }
        widths[frames.len()] += 1;
        if let Some(start) = frames.first() {
            starts[*start] += 1;
        }
    }
    // All 7 widths alike, 500 draws: 71 of each; and every frame can be the first but none past 20 - 1.
    assert!(widths.iter().all(|n| (40..110).contains(n)), "{widths:?}");
    assert!(starts.iter().all(|n| *n > 0), "{starts:?}");
}

#[test]
fn the_generator_decides_and_no_masks_change_nothing() {
    assert_eq!(augmented(BOTH, 3), augmented(BOTH, 3));
    assert_ne!(augmented(BOTH, 3), augmented(BOTH, 4));
    let none = augmented(SpecAugment::default(), 3);
    assert!(none.iter().zip(1..).all(|(x, i)| *x == i as f32));
    let wide = SpecAugment {
        time_masks: 2,
        time_width: 20,
        ..SpecAugment::default()
    };
    wide.validate(SHAPE).expect("as wide as the input");
    augmented(wide, 1);
}

#[test]
fn stripes_wider_than_the_input_are_refused() {
    let too_wide = SpecAugment {
        frequency_width: 9,
        ..BOTH
    };
    let error = too_wide.validate(SHAPE).expect_err("9 of 8 bins");
    assert!(
        matches!(&error, TrainingError::Setting { what: "frequency_width", got, .. } if got == "9 of 8"),
        "{error}"
    );
}
