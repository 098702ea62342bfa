use super::SpleeterConfig;
use super::network::{Convolution, Norm, Spleeter, UNet};
use crate::separation::{Header, Tensors};
use crate::{ModelError, WeightFile};
use burn::tensor::Device;
use std::path::Path;

/// What a converted file says in its metadata under `kind`.
const KIND: &str = "spleeter";
/// Added to the variance in Keras's batch normalisation.
const NORM_EPS: f64 = 1e-3;
/// Height and width of a strided kernel.
const KERNEL: usize = 5;
/// Height and width of the last kernel.
const LAST_KERNEL: usize = 4;

/// Reads a model from a file that `convert_spleeter.py` wrote.
///
/// # Errors
/// A file that is missing, cut off, of another format or of another model, or tensors that do not fit its `config`.
pub fn load(path: &Path, device: &Device) -> Result<(SpleeterConfig, Spleeter), ModelError> {
    let header = Header::open(path)?;
    header.expect_kind(path, KIND)?;
    let config: SpleeterConfig = header.value(path, "config")?;
    config.validate()?;
    let file = WeightFile::open(path)?;
    let mut networks = Vec::new();
    for stem in &config.stems {
        let tensors = Tensors::new(&file, format!("{stem}."));
        networks.push(unet(&config, &tensors, device)?);
        tensors.finish(|_| false)?;
    }
    let owned = |key: &str| {
        config
            .stems
            .iter()
            .any(|stem| key.strip_prefix(stem).is_some_and(|k| k.starts_with('.')))
    };
    Tensors::new(&file, "").finish(owned)?;
    let network = Spleeter::new(networks, config.output);
    Ok((config, network))
}

fn unet(c: &SpleeterConfig, tensors: &Tensors, device: &Device) -> Result<UNet, ModelError> {
    let deepest = c.filters.len() - 1;
    let mut down = Vec::new();
    for (i, out) in c.filters.iter().enumerate() {
        let input = match i {
            0 => c.channels,
            _ => c.filters[i - 1],
        };
        let shape = [*out, input, KERNEL, KERNEL];
        let conv = convolution(tensors, &format!("down.{i}.conv"), shape, *out, device)?;
        // The file carries the deepest normalisation too; reading it accounts for it.
        let norm = norm(tensors, &format!("down.{i}.norm"), *out, device)?;
        down.push((conv, norm));
    }
    let mut up = Vec::new();
    for i in 0..=deepest {
        // Deeper than the first, a layer also hears what was kept on the way down.
        let input = match i {
            0 => c.filters[deepest],
            _ => 2 * c.filters[deepest - i],
        };
        let out = match i {
            _ if i == deepest => 1,
            _ => c.filters[deepest - 1 - i],
        };
        let shape = [input, out, KERNEL, KERNEL];
        let conv = convolution(tensors, &format!("up.{i}.conv"), shape, out, device)?;
        up.push((conv, norm(tensors, &format!("up.{i}.norm"), out, device)?));
    }
    let shape = [c.channels, 1, LAST_KERNEL, LAST_KERNEL];
    let last = convolution(tensors, "last.conv", shape, c.channels, device)?;
    Ok(UNet::new(c, down, up, last))
}

fn convolution(
    tensors: &Tensors,
    key: &str,
    shape: [usize; 4],
    filters: usize,
    device: &Device,
) -> Result<Convolution, ModelError> {
    let weight = tensors.read(&format!("{key}.weight"), &shape)?;
    let bias = tensors.read(&format!("{key}.bias"), &[filters])?;
    Ok(Convolution::new(weight, shape, bias, device))
}

fn norm(tensors: &Tensors, key: &str, filters: usize, device: &Device) -> Result<Norm, ModelError> {
    let folded = tensors.folded_norm(key, filters, NORM_EPS)?;
    let to_f32 = |values: Vec<f64>| values.into_iter().map(|x| x as f32).collect();
    let (scale, shift) = (to_f32(folded.scale), to_f32(folded.shift));
    Ok(Norm::new(scale, shift, device))
}
