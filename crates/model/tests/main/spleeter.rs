//! Spleeter against PyTorch on random weights; golden files of `scripts/golden_spleeter.py`.

use crate::golden::{Expected, devices, difference, folder};
use burn::tensor::{Device, Tensor, TensorData};
use musiclime_core::{Separator, Waveform};
use musiclime_model::separation::{NeuralSeparator, Windows};
use musiclime_model::spleeter::{self, SpleeterEstimator};

/// Estimates reach 4; f32 sums through twelve layers round to 1e-6.
const TOLERANCE: f32 = 1e-5;

#[test]
fn networks_agree() {
    for (name, channels) in [("two", 2), ("five", 1)] {
        let expected = Expected::open_file(&format!("spleeter/{name}.expected.safetensors"));
        let path = folder("spleeter").join(format!("{name}.safetensors"));
        for (backend, device) in devices() {
            let (config, network) = spleeter::load(&path, &device).expect("weights");
            assert_eq!(config.channels, channels);
            let input = TensorData::new(expected.floats("magnitudes"), [1, channels, 64, 64]);
            let output: Vec<f32> = network
                .estimates(Tensor::from_data(input, &device))
                .into_iter()
                .flat_map(|t| t.try_into_vec_as::<f32>().expect("a readable device"))
                .collect();
            let wanted = expected.floats("estimates");
            let d = difference(&wanted, &output);
            eprintln!("{name} on {backend}: {d:e}");
            assert!(d < TOLERANCE, "{name} on {backend} differs by {d:e}");
            assert!(
                wanted.iter().any(|x| *x > 1.0),
                "the golden output is not trivial"
            );
        }
    }
}

#[test]
fn a_separated_song_agrees_with_masks_and_both_extensions() {
    let device = Device::flex();
    for (name, channels) in [("two", 2), ("five", 1)] {
        let expected = Expected::open_file(&format!("spleeter/{name}.expected.safetensors"));
        let path = folder("spleeter").join(format!("{name}.safetensors"));
        let loaded = spleeter::load(&path, &device).expect("weights");
        let windows = Windows {
            frames: 64,
            margin: 8,
            fade: 8,
            batch: 1,
        };
        let rest = loaded.0.stems.len() - 1;
        let estimator = SpleeterEstimator::new(loaded, windows, 0, &device);
        let separator = NeuralSeparator::new("spleeter", Box::new(estimator));
        let audio = expected.floats("audio");
        let len = audio.len() / channels;
        let mixture = Waveform::new(audio.chunks(len).map(<[f32]>::to_vec).collect(), 8000);
        let mixture = mixture.expect("a sound");
        let stems = separator.separate(&mixture).expect("stems");
        let wanted = expected.floats("separated");
        // The last stem takes the rest as well; the others are the reference's.
        for (stem, wanted) in wanted.chunks(channels * len).take(rest).enumerate() {
            let got = stems.waveforms()[stem].channels().concat();
            let d = difference(wanted, &got);
            assert!(d < TOLERANCE, "{name}: stem {stem} differs by {d:e}");
            assert!(wanted.iter().any(|x| x.abs() > 0.1));
        }
    }
}
