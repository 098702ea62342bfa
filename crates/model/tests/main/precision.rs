//! The transformers in half precision: near f32, and really half.

use crate::golden::devices;
use crate::perturb::{assert_close, classifier, logits, random_masks, song};
use burn::tensor::{DType, Device};
use musiclime_core::Classifier;
use musiclime_model::{MusicClassifier, Pooling, Precision};

/// Logits here are of size 1, behind two layers a modality. `torch.autocast` is off by 3.4e-3 and 4.4e-2 in the logits
/// of the golden AST.
const TOLERANCES: [(Precision, DType, f64); 2] = [
    (Precision::F16, DType::F16, 8e-3),
    (Precision::Bf16, DType::BF16, 6e-2),
];

#[test]
fn half_precision_is_near_and_is_half() {
    for (backend, device) in devices() {
        let single = classifier(Pooling::First, &device);
        let (song, parts) = song(&single, 6000, 3);
        let masks = random_masks(parts.len(), 12);
        let answers = |classifier: &MusicClassifier| match device == Device::flex() {
            true => logits(classifier, &song, &parts, &masks),
            // A software GPU compiles its kernels for minutes, the more shapes there are.
            false => classifier
                .classify(&song)
                .expect("an answer")
                .logits()
                .to_vec(),
        };
        let exact = answers(&single);
        for (precision, dtype, tolerance) in TOLERANCES {
            if !device.supports_dtype(dtype) {
                continue;
            }
            let half = classifier(Pooling::First, &device)
                .with_precision(precision)
                .expect("a device that has it");
            assert_eq!(half.precision(), precision);
            let rounded = answers(&half);
            let what = format!("{} on {backend}", precision.name());
            assert_close(&exact, &rounded, tolerance, &what);
            let worst = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs());
            let worst = worst.fold(0.0, f64::max);
            println!("{what}: {worst:e}");
            assert!(
                worst > tolerance / 100.0,
                "{what} is not rounded: {worst:e}"
            );
        }
    }
}

#[test]
fn a_device_without_such_numbers_is_refused() {
    // WGSL has no bfloat16.
    for (backend, device) in devices() {
        let result = classifier(Pooling::First, &device).with_precision(Precision::Bf16);
        match device == Device::flex() {
            true => assert!(result.is_ok(), "{backend}"),
            false => {
                let error = result.err().map(|e| e.to_string()).unwrap_or_default();
                assert!(
                    error.contains("precision") && error.contains("bf16"),
                    "{error}"
                );
            }
        }
    }
}
