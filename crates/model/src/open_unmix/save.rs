//! Writing networks under openunmix's own names, so that both this crate and PyTorch load them.

use super::config::OpenUnmixConfig;
use super::lstm::{GATES, StackedLstm};
use super::network::{Affine, OpenUnmix};
use crate::ModelError;
use burn::tensor::{Tensor, f16};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;

/// Openunmix's normalisation of what the network hears: `(magnitude + mean) * scale` for every heard bin.
#[derive(Debug, Clone, PartialEq)]
pub struct InputNorm {
    /// Added first; minus the training data's mean.
    pub mean: Vec<f32>,
    /// One over the training data's standard deviation.
    pub scale: Vec<f32>,
}

/// One tensor on its way into a file.
struct Stored {
    key: String,
    shape: Vec<usize>,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl OpenUnmix {
    /// The network as a safetensors file: matrices in half precision, vectors in single.
    ///
    /// The batch normalisations of openunmix's module are written as maps that change nothing. `more` goes into the
    /// metadata.
    ///
    /// # Errors
    /// Weights that are not finite or do not fit into half precision, or a device that does not give them back.
    pub fn to_safetensors(
        &self,
        config: &OpenUnmixConfig,
        norm: &InputNorm,
        more: HashMap<String, String>,
    ) -> Result<Vec<u8>, ModelError> {
        let mut stored = Vec::new();
        for (t, target) in config.targets.iter().enumerate() {
            let vector = |name: &str, values: &[f32]| Stored {
                key: format!("{target}.{name}"),
                shape: vec![values.len()],
                dtype: Dtype::F32,
                bytes: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            };
            stored.push(vector("input_mean", &norm.mean));
            stored.push(vector("input_scale", &norm.scale));
            stored.push(vector("output_mean", &vec![0.0; config.bins()]));
            stored.push(vector("output_scale", &vec![1.0; config.bins()]));
            let maps = [&self.encode, &self.squeeze, &self.decode];
            for (i, map) in maps.into_iter().enumerate() {
                let (weight, bias) = map.of_target(t)?;
                let width = bias.len();
                // PyTorch adds 1e-5 to the variance.
                stored.push(vector(
                    &format!("bn{}.running_var", i + 1),
                    &vec![1.0 - 1e-5; width],
                ));
                stored.push(vector(
                    &format!("bn{}.running_mean", i + 1),
                    &vec![0.0; width],
                ));
                stored.push(vector(&format!("bn{}.weight", i + 1), &vec![1.0; width]));
                stored.push(vector(&format!("bn{}.bias", i + 1), &bias));
                let key = format!("{target}.fc{}.weight", i + 1);
                stored.push(matrix(key, &weight, width)?);
            }
            for (l, layer) in self.lstm.iter().enumerate() {
                layer.store(config, t, |part, values, width| {
                    let key = format!("{target}.lstm.{}", part.replace("_l", &format!("_l{l}")));
                    stored.push(matrix(key, values, width)?);
                    Ok(())
                })?;
            }
        }
        let mut metadata = more;
        metadata.insert("kind".into(), "open_unmix".into());
        for (key, value) in [
            ("targets", serde_json::to_string(&config.targets)),
            ("sample_rate", serde_json::to_string(&config.sample_rate_hz)),
            ("nfft", serde_json::to_string(&config.fft_size)),
            ("nhop", serde_json::to_string(&config.hop_samples)),
        ] {
            let value = value.map_err(|e| ModelError::invalid(key, "JSON", e))?;
            metadata.insert(key.into(), value);
        }
        let views = stored
            .iter()
            .map(|s| {
                let view = TensorView::new(s.dtype, s.shape.clone(), &s.bytes);
                Ok((
                    s.key.as_str(),
                    view.map_err(|e| ModelError::invalid(&s.key, "a tensor", e))?,
                ))
            })
            .collect::<Result<Vec<_>, ModelError>>()?;
        safetensors::serialize(views, Some(metadata))
            .map_err(|e| ModelError::invalid("weights", "tensors that can be written", e))
    }
}

/// `[output, input]` in half precision.
fn matrix(key: String, values: &[f32], rows: usize) -> Result<Stored, ModelError> {
    let mut bytes = Vec::with_capacity(2 * values.len());
    for x in values {
        let half = f16::from_f32(*x);
        if !half.is_finite() {
            return Err(ModelError::invalid(
                &key,
                "finite values of at most 65504",
                x,
            ));
        }
        bytes.extend(half.to_le_bytes());
    }
    let shape = match rows {
        1 => vec![values.len()],
        rows => vec![rows, values.len() / rows],
    };
    Ok(Stored {
        key,
        shape,
        dtype: Dtype::F16,
        bytes,
    })
}

fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ModelError> {
    tensor
        .into_data()
        .try_to_vec::<f32>()
        .map_err(|e| ModelError::invalid("weights", "f32 from the device", format!("{e:?}")))
}

/// `[rows, columns]` to `[columns, rows]`.
fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|c| values.iter().skip(c).step_by(columns).copied())
        .collect()
}

impl Affine {
    /// A target's weight `[output, input]` and bias.
    fn of_target(&self, target: usize) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
        let bias = values(self.bias.val().narrow(0, target, 1))?;
        let weight = values(self.weight.val().narrow(0, target, 1))?;
        Ok((transposed(&weight, bias.len()), bias))
    }
}

impl StackedLstm {
    /// Hands a target's parts over under PyTorch's names, with their rows.
    fn store(
        &self,
        config: &OpenUnmixConfig,
        target: usize,
        mut keep: impl FnMut(&str, &[f32], usize) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let (width, directions) = (config.lstm_width(), config.directions());
        let gates = GATES * width;
        let input = transposed(
            &values(self.input.val().narrow(0, target, 1))?,
            directions * gates,
        );
        let bias = values(self.bias.val().narrow(0, target, 1))?;
        for direction in 0..directions {
            let recurrent = self
                .recurrent
                .val()
                .narrow(0, target * directions + direction, 1);
            let recurrent = transposed(&values(recurrent)?, gates);
            let suffix = ["", "_reverse"][direction];
            // Ours are input, forget, output, candidate; PyTorch's input, forget, candidate, output.
            let order = |rows: &[f32], row: usize| -> Vec<f32> {
                [0, 1, 3, 2]
                    .iter()
                    .flat_map(|g| rows[g * width * row..(g + 1) * width * row].to_vec())
                    .collect()
            };
            let of = direction * gates..(direction + 1) * gates;
            let input = &input[of.start * config.hidden..of.end * config.hidden];
            keep(
                &format!("weight_ih_l{suffix}"),
                &order(input, config.hidden),
                gates,
            )?;
            keep(
                &format!("weight_hh_l{suffix}"),
                &order(&recurrent, width),
                gates,
            )?;
            keep(&format!("bias_ih_l{suffix}"), &order(&bias[of], 1), 1)?;
            keep(&format!("bias_hh_l{suffix}"), &vec![0.0; gates], 1)?;
        }
        Ok(())
    }
}
