use crate::ModelError;
use burn::store::pytorch_reader::{self, PytorchReader};
use burn::tensor::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// The tensors of a safetensors file or a PyTorch checkpoint, by key; values are read on demand as f32.
pub struct WeightFile {
    name: String,
    buffer: Vec<u8>,
    tensors: BTreeMap<String, Stored>,
}

struct Stored {
    shape: Vec<usize>,
    element: Result<Element, String>,
    place: Place,
}

enum Place {
    Buffer(Range<usize>),
    Checkpoint(pytorch_reader::Tensor),
}

#[derive(Clone, Copy)]
enum Element {
    F32,
    F16,
    Bf16,
    F64,
}

impl WeightFile {
    /// Opens a file; the extension decides the format (`.safetensors`, else PyTorch).
    ///
    /// # Errors
    /// A file that is not there, is cut off, or is of another format.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        if path.extension().is_some_and(|e| e == "safetensors") {
            let bytes = std::fs::read(path).map_err(|e| ModelError::io("read", path, e))?;
            Self::from_safetensors(path.display().to_string(), bytes)
        } else {
            Self::from_checkpoint(path)
        }
    }

    /// Reads a safetensors file that is in memory already; `name` is for messages.
    ///
    /// # Errors
    /// Bytes that are cut off or of another format.
    pub fn from_safetensors(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ModelError> {
        let name = name.into();
        let failed = |e: safetensors::SafeTensorError| ModelError::WeightFile {
            file: name.clone(),
            format: "safetensors",
            reason: e.to_string(),
        };
        SafeTensors::deserialize(&bytes).map_err(failed)?;
        let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(failed)?;
        // Eight bytes of header length stand before the header.
        let start = header + 8;
        let tensors = metadata
            .tensors()
            .into_iter()
            .map(|(key, info)| {
                let element = match info.dtype {
                    Dtype::F32 => Ok(Element::F32),
                    Dtype::F16 => Ok(Element::F16),
                    Dtype::BF16 => Ok(Element::Bf16),
                    Dtype::F64 => Ok(Element::F64),
                    other => Err(format!("{other:?}")),
                };
                let (from, to) = info.data_offsets;
                let place = Place::Buffer(start + from..start + to);
                (
                    modern_key(&key),
                    Stored {
                        shape: info.shape.clone(),
                        element,
                        place,
                    },
                )
            })
            .collect();
        Ok(Self {
            name,
            buffer: bytes,
            tensors,
        })
    }

    /// Opens a PyTorch checkpoint: a state dict, bare or under `model_state_dict` or `state_dict`.
    fn from_checkpoint(path: &Path) -> Result<Self, ModelError> {
        let name = path.display().to_string();
        std::fs::File::open(path).map_err(|e| ModelError::io("read", path, e))?;
        let reader = PytorchReader::new(path).map_err(|e| ModelError::WeightFile {
            file: name.clone(),
            format: "PyTorch",
            reason: e.to_string(),
        })?;
        let all: BTreeMap<String, pytorch_reader::Tensor> =
            reader.into_tensors().into_iter().collect();
        let nested = ["model_state_dict.", "state_dict."]
            .into_iter()
            .find(|prefix| all.keys().any(|key| key.starts_with(prefix)))
            .unwrap_or("");
        let tensors = all
            .into_iter()
            .filter_map(|(key, tensor)| {
                let key = modern_key(key.strip_prefix(nested)?);
                let element = match tensor.dtype() {
                    pytorch_reader::DType::F32 => Ok(Element::F32),
                    pytorch_reader::DType::F16 => Ok(Element::F16),
                    pytorch_reader::DType::BF16 => Ok(Element::Bf16),
                    pytorch_reader::DType::F64 => Ok(Element::F64),
                    other => Err(format!("{other:?}")),
                };
                let shape = tensor.shape().to_vec();
                Some((
                    key,
                    Stored {
                        shape,
                        element,
                        place: Place::Checkpoint(tensor),
                    },
                ))
            })
            .collect();
        Ok(Self {
            name,
            buffer: Vec::new(),
            tensors,
        })
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether the file has `key`.
    pub fn contains(&self, key: &str) -> bool {
        self.tensors.contains_key(key)
    }

    /// The shape of `key`.
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        self.tensors.get(key).map(|t| t.shape.as_slice())
    }

    /// The values of `key` as f32, row-major.
    ///
    /// # Errors
    /// No such key, an element type that weights do not have, cut data, or a value that is not finite.
    pub fn read(&self, key: &str) -> Result<Vec<f32>, ModelError> {
        let Some(stored) = self.tensors.get(key) else {
            return Err(ModelError::MissingTensor {
                file: self.name.clone(),
                key: key.to_owned(),
                expected: Vec::new(),
                more: String::new(),
            });
        };
        let element = stored
            .element
            .clone()
            .map_err(|got| ModelError::TensorType {
                file: self.name.clone(),
                key: key.to_owned(),
                got,
            })?;
        let values = match &stored.place {
            Place::Buffer(range) => element.to_f32(&self.buffer[range.clone()]),
            Place::Checkpoint(tensor) => {
                let bytes = tensor.read().map_err(|e| ModelError::WeightFile {
                    file: self.name.clone(),
                    format: "PyTorch",
                    reason: format!("tensor \"{key}\": {e}"),
                })?;
                element.to_f32(&bytes)
            }
        };
        match values.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(ModelError::NotFinite {
                file: self.name.clone(),
                key: key.to_owned(),
                at,
                got: values[at],
            }),
            None => Ok(values),
        }
    }
}

impl Element {
    /// Little-endian elements as f32. (The PyTorch reader gives the machine's order, which on every machine that
    /// Burn's GPU backends run on is little-endian.)
    fn to_f32(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => words(bytes, f32::from_le_bytes),
            Self::F16 => words(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Self::Bf16 => words(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Self::F64 => words(bytes, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

fn words<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|word| read(*word))
        .collect()
}

/// Checkpoints older than PyTorch 1.0 call a normalisation's scale and shift gamma and beta; transformers renames
/// them as it loads, and so do we. `DataParallel` puts `module.` before everything.
fn modern_key(key: &str) -> String {
    let key = key.strip_prefix("module.").unwrap_or(key);
    match (
        key.strip_suffix("LayerNorm.gamma"),
        key.strip_suffix("LayerNorm.beta"),
    ) {
        (Some(stem), _) => format!("{stem}LayerNorm.weight"),
        (_, Some(stem)) => format!("{stem}LayerNorm.bias"),
        _ => key.to_owned(),
    }
}
