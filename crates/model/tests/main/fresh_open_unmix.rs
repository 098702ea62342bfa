//! Open-Unmix networks that are made here: what is written is what was computed.

use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::open_unmix::{InputNorm, OpenUnmix, OpenUnmixConfig, OpenUnmixFiles};
use std::collections::HashMap;

/// Half precision has 11 bits; some twenty products of order 1 are summed.
const HALF_TOLERANCE: f32 = 5e-3;

fn config() -> OpenUnmixConfig {
    OpenUnmixConfig {
        targets: vec!["vocals".into(), "other".into()],
        sample_rate_hz: 8000,
        fft_size: 16,
        hop_samples: 4,
        channels: 2,
        max_bin: 7,
        hidden: 6,
        layers: 2,
        bidirectional: true,
    }
}

#[test]
fn a_file_holds_the_network() {
    let (config, device) = (config(), Device::flex());
    let network = OpenUnmix::fresh(&config, 5, &device);
    let norm = InputNorm {
        mean: (0..7).map(|i| -0.5 - 0.1 * i as f32).collect(),
        scale: (0..7).map(|i| 0.5 + 0.2 * i as f32).collect(),
    };
    let (windows, frames, bins) = (2, 5, config.bins());
    let magnitudes: Vec<f32> = (0..windows * frames * 2 * bins)
        .map(|i| ((i * 37) % 23) as f32 / 10.0)
        .collect();
    let data = || TensorData::new(magnitudes.clone(), [windows, frames, 2, bins]);

    // By hand: normalise, cut to what is heard, scale the mixture.
    let heard: Vec<f32> = magnitudes
        .chunks_exact(bins)
        .flat_map(|row| {
            (0..7)
                .map(|i| (row[i] + norm.mean[i]) * norm.scale[i])
                .collect::<Vec<_>>()
        })
        .collect();
    let heard = Tensor::from_data(TensorData::new(heard, [1, windows * frames, 14]), &device);
    let scales: Vec<f32> = network
        .scales(heard, windows)
        .try_into_vec_as()
        .expect("a readable device");
    let expected: Vec<f32> = scales
        .iter()
        .zip(magnitudes.iter().cycle())
        .map(|(s, x)| s * x)
        .collect();

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.safetensors");
    let bytes = network
        .to_safetensors(&config, &norm, HashMap::from([("note".into(), "x".into())]))
        .expect("bytes");
    std::fs::write(&path, &bytes).expect("a file");
    let files = OpenUnmixFiles::find(&path).expect("a model");
    let (loaded_config, loaded) = files.load(&device).expect("weights");
    assert_eq!(loaded_config, config);
    let got: Vec<f32> = loaded
        .estimates(Tensor::from_data(data(), &device))
        .flat_map(|t| t.try_into_vec_as::<f32>().expect("a readable device"))
        .collect();
    assert_eq!(got.len(), expected.len());
    let worst = got
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < HALF_TOLERANCE, "{worst}");
    // Targets, frames and bins differ, so that an exchange would show.
    assert!(expected.iter().any(|x| *x > 0.5) && got[..180] != got[180..]);
}

#[test]
fn a_seed_is_a_network() {
    let device = Device::flex();
    let norm = InputNorm {
        mean: vec![0.0; 7],
        scale: vec![1.0; 7],
    };
    let bytes = |seed| {
        OpenUnmix::fresh(&config(), seed, &device)
            .to_safetensors(&config(), &norm, HashMap::new())
            .expect("bytes")
    };
    // The metadata's order is free; the tensors lie at the end.
    let tensors = |bytes: Vec<u8>| bytes[bytes.len() - 4000..].to_vec();
    assert_eq!(tensors(bytes(1)), tensors(bytes(1)));
    assert_ne!(tensors(bytes(1)), tensors(bytes(2)));
}
