use crate::parameters::{Parameters, Slot};
use crate::{ModelError, Network, WeightFile};
use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::path::Path;

/// What was read and what was left in the file on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadReport {
    /// How many tensors the network took.
    pub loaded: usize,
    /// Keys that the network is known not to use (RoBERTa's pooler, `position_ids`), sorted.
    pub ignored: Vec<String>,
}

impl Network {
    /// Fills the network from a weight file; every key of the file and of the network is accounted for.
    ///
    /// # Errors
    /// The first missing, unknown, mis-shaped or mis-typed tensor, by key, or one that is not finite.
    pub fn load(&mut self, file: &WeightFile, device: &Device) -> Result<LoadReport, ModelError> {
        let mut wanted = Vec::new();
        self.parameters("", &mut |key, slot| {
            wanted.push((key, slot.file_shape()));
            Ok(())
        })?;
        let missing: Vec<_> = wanted
            .iter()
            .filter(|(key, _)| !file.contains(key))
            .collect();
        if let Some((key, expected)) = missing.first() {
            return Err(ModelError::MissingTensor {
                file: file.name().to_owned(),
                key: key.clone(),
                expected: expected.clone(),
                more: and_more(missing.len() - 1),
            });
        }
        let (ignored, unknown): (Vec<String>, Vec<String>) = file
            .keys()
            .filter(|key| wanted.iter().all(|(w, _)| w != key))
            .map(str::to_owned)
            .partition(|key| is_known_unused(key));
        if let Some(key) = unknown.first() {
            return Err(ModelError::UnknownTensor {
                file: file.name().to_owned(),
                got: file.shape(key).unwrap_or_default().to_vec(),
                more: and_more(unknown.len() - 1),
                key: key.clone(),
            });
        }
        for (key, expected) in &wanted {
            let got = file.shape(key).unwrap_or_default();
            if got != expected {
                return Err(ModelError::TensorShape {
                    file: file.name().to_owned(),
                    key: key.clone(),
                    expected: expected.clone(),
                    got: got.to_vec(),
                });
            }
        }
        self.parameters("", &mut |key, slot| {
            slot.fill(file.read(&key)?, device);
            Ok(())
        })?;
        Ok(LoadReport {
            loaded: wanted.len(),
            ignored,
        })
    }

    /// The bytes of a `model.safetensors` with HF's key names and PyTorch's layouts; the same weights give the
    /// same bytes.
    ///
    /// # Errors
    /// A device that cannot be read from.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        self.clone().parameters("", &mut |key, slot| {
            let shape = slot.file_shape();
            let bytes = slot
                .values()?
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect();
            tensors.push((key, shape, bytes));
            Ok(())
        })?;
        let failed = |e: safetensors::SafeTensorError| ModelError::WeightFile {
            file: "model.safetensors".into(),
            format: "safetensors",
            reason: e.to_string(),
        };
        let views = tensors
            .iter()
            .map(|(key, shape, bytes)| {
                TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (key.as_str(), view))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        // transformers refuses a file that does not say who wrote its layout.
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        safetensors::serialize(views, Some(metadata)).map_err(failed)
    }

    /// Writes `model.safetensors` to `path`, by rename.
    ///
    /// # Errors
    /// A folder that is not writable.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        crate::model_dir::write_by_rename(path, &self.to_safetensors()?)
    }
}

/// Tensors that HF checkpoints carry and no forward pass of ours reads.
fn is_known_unused(key: &str) -> bool {
    let pooler = ["pooler.dense.weight", "pooler.dense.bias"];
    let buffers = ["embeddings.position_ids", "embeddings.token_type_ids"];
    let text = ["text_model.", "roberta.", "bert."];
    text.iter()
        .filter_map(|prefix| key.strip_prefix(prefix))
        .any(|rest| pooler.contains(&rest) || buffers.contains(&rest))
}

fn and_more(count: usize) -> String {
    if count == 0 {
        String::new()
    } else {
        format!(", and {count} more")
    }
}

/// Rows of a row-major `[rows, columns]` become columns.
fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    out.par_chunks_mut(rows.max(1))
        .enumerate()
        .for_each(|(column, chunk)| {
            for (row, x) in chunk.iter_mut().enumerate() {
                *x = values[row * columns + column];
            }
        });
    out
}

impl Slot<'_> {
    /// Replaces the weight by `values`, which have the file's layout and shape.
    fn fill(self, values: Vec<f32>, device: &Device) {
        match self {
            Self::Linear(p) | Self::Recurrent(p) | Self::Kernel { weight: p, .. } => {
                let [input, output] = p.lazy_shape().dims();
                replace(p, transposed(&values, output, input), device);
            }
            Self::Table(p) => replace(p, values, device),
            Self::Tokens(p) => replace(p, values, device),
            Self::Convolution(p) => replace(p, values, device),
            Self::Zeros(p) | Self::Ones(p) | Self::RecurrentBias(p) => replace(p, values, device),
        }
    }

    /// The weight in the file's layout.
    fn values(self) -> Result<Vec<f32>, ModelError> {
        match self {
            Self::Linear(p) | Self::Recurrent(p) | Self::Kernel { weight: p, .. } => {
                let [input, output] = p.lazy_shape().dims();
                Ok(transposed(&fetch(p)?, input, output))
            }
            Self::Table(p) => fetch(p),
            Self::Tokens(p) => fetch(p),
            Self::Convolution(p) => fetch(p),
            Self::Zeros(p) | Self::Ones(p) | Self::RecurrentBias(p) => fetch(p),
        }
    }
}

fn replace<const D: usize>(param: &mut Param<Tensor<D>>, values: Vec<f32>, device: &Device) {
    let shape = param.lazy_shape();
    *param = Param::from_data(TensorData::new(values, shape), device);
}

fn fetch<const D: usize>(param: &Param<Tensor<D>>) -> Result<Vec<f32>, ModelError> {
    param
        .val()
        .try_into_vec_as::<f32>()
        .map_err(|e| ModelError::WeightFile {
            file: "model.safetensors".into(),
            format: "safetensors",
            reason: format!("the device did not give the weights back: {e:?}"),
        })
}
