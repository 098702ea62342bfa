//! Spleeter's masks of a real song against PyTorch's, with the real weights.
//!
//! PYTHONPATH=scripts python scripts/golden_spleeter.py --check WEIGHTS SONG masks.safetensors
//! cargo run --release -p musiclime-model --example spleeter_masks -- WEIGHTS masks.safetensors

use burn::tensor::{Device, Tensor, TensorData};
use musiclime_model::{WeightFile, spleeter};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [weights, reference] = paths.as_slice() else {
        return Err("usage: spleeter_masks WEIGHTS REFERENCE".into());
    };
    let device = Device::flex();
    let (config, network) = spleeter::load(Path::new(weights), &device)?;
    let reference = WeightFile::open(Path::new(reference))?;
    let shape = [1, config.channels, config.frames, config.bins];
    let magnitudes = TensorData::new(reference.read("magnitudes")?, shape);
    let powers = network
        .estimates(Tensor::from_data(magnitudes, &device))
        .into_iter()
        .map(|estimate| estimate.powf_scalar(config.separation_exponent))
        .collect();
    let powers: Tensor<5> = Tensor::stack(powers, 0);
    let share = 1e-10 / config.stems.len() as f32;
    let masks = (powers.clone() + share) / (powers.sum_dim(0) + 1e-10);
    let masks = masks
        .try_into_vec_as::<f32>()
        .map_err(|e| format!("{e:?}"))?;
    let expected = reference.read("masks")?;
    let differences = masks.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0f32, f32::max);
    println!("{} mask values, largest difference {worst:e}", masks.len());
    Ok(())
}
