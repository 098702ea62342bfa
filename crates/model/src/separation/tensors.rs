use crate::{ModelError, WeightFile};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The longest header that safetensors files may have.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// The tensors of one network inside a weight file; remembers which were read, so that none is left over unseen.
pub(crate) struct Tensors<'a> {
    file: &'a WeightFile,
    prefix: String,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Tensors<'a> {
    /// The tensors whose keys start with `prefix`.
    pub fn new(file: &'a WeightFile, prefix: impl Into<String>) -> Self {
        Self {
            file,
            prefix: prefix.into(),
            read: RefCell::default(),
        }
    }

    /// The shape of a tensor, without reading it.
    ///
    /// # Errors
    /// No such tensor.
    pub fn shape(&self, key: &str, expected: &[usize]) -> Result<&'a [usize], ModelError> {
        let key = format!("{}{key}", self.prefix);
        self.file
            .shape(&key)
            .ok_or_else(|| ModelError::MissingTensor {
                file: self.file.name().to_owned(),
                key,
                expected: expected.to_vec(),
                more: String::new(),
            })
    }

    /// Whether there is such a tensor.
    pub fn contains(&self, key: &str) -> bool {
        self.file.contains(&format!("{}{key}", self.prefix))
    }

    /// The values of a tensor of exactly this shape.
    ///
    /// # Errors
    /// No such tensor, another shape, a wrong type, or a value that is not finite.
    pub fn read(&self, key: &str, expected: &[usize]) -> Result<Vec<f32>, ModelError> {
        let got = self.shape(key, expected)?;
        let full = format!("{}{key}", self.prefix);
        if got != expected {
            return Err(ModelError::TensorShape {
                file: self.file.name().to_owned(),
                key: full,
                expected: expected.to_vec(),
                got: got.to_vec(),
            });
        }
        let values = self.file.read(&full)?;
        self.read.borrow_mut().insert(full);
        Ok(values)
    }

    /// The batch normalisation under `key`, as the map that it is in evaluation mode.
    ///
    /// # Errors
    /// As [`Tensors::read`], for any of its four tensors.
    pub fn folded_norm(
        &self,
        key: &str,
        width: usize,
        epsilon: f64,
    ) -> Result<FoldedNorm, ModelError> {
        let read = |part: &str| self.read(&format!("{key}.{part}"), &[width]);
        let (weight, bias) = (read("weight")?, read("bias")?);
        let (mean, variance) = (read("running_mean")?, read("running_var")?);
        let scale: Vec<f64> = weight
            .iter()
            .zip(&variance)
            .map(|(w, v)| f64::from(*w) / (f64::from(*v) + epsilon).sqrt())
            .collect();
        let shift = scale
            .iter()
            .zip(bias.iter().zip(&mean))
            .map(|(s, (b, m))| f64::from(*b) - s * f64::from(*m))
            .collect();
        Ok(FoldedNorm { scale, shift })
    }

    /// Refuses tensors that were neither read nor are `known` to be of no use.
    ///
    /// # Errors
    /// The first unknown tensor.
    pub fn finish(self, known: impl Fn(&str) -> bool) -> Result<(), ModelError> {
        let read = self.read.into_inner();
        let unknown: Vec<&str> = self
            .file
            .keys()
            .filter(|key| !read.contains(*key))
            .filter(|key| {
                key.strip_prefix(&self.prefix)
                    .is_some_and(|key| !known(key))
            })
            .collect();
        match unknown.first() {
            None => Ok(()),
            Some(key) => Err(ModelError::UnknownTensor {
                file: self.file.name().to_owned(),
                key: (*key).to_owned(),
                got: self.file.shape(key).unwrap_or_default().to_vec(),
                more: match unknown.len() {
                    1 => String::new(),
                    n => format!(", and {} more", n - 1),
                },
            }),
        }
    }
}

/// `scale * x + shift` of every channel.
pub(crate) struct FoldedNorm {
    pub(crate) scale: Vec<f64>,
    pub(crate) shift: Vec<f64>,
}

/// What a separator's safetensors file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Header(HashMap<String, String>);

impl Header {
    /// Reads the metadata of a safetensors file, and nothing else of it.
    ///
    /// # Errors
    /// A file that cannot be read or is none.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        #[derive(serde::Deserialize)]
        struct Json {
            #[serde(rename = "__metadata__", default)]
            metadata: HashMap<String, String>,
        }
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = std::fs::File::open(path)?;
            let size = file.metadata()?.len();
            let mut length = [0u8; 8];
            file.read_exact(&mut length)?;
            let stated = u64::from_le_bytes(length).min(MAX_HEADER_BYTES);
            let mut bytes = Vec::new();
            file.take(stated.min(size)).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let refused = |reason: String| ModelError::WeightFile {
            file: path.display().to_string(),
            format: "safetensors",
            reason,
        };
        let bytes = read().map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => refused("it has less than the 8 bytes of a length".into()),
            _ => ModelError::io("read", path, e),
        })?;
        let json: Json = serde_json::from_slice(&bytes).map_err(|e| refused(e.to_string()))?;
        Ok(Self(json.metadata))
    }

    /// The text under `key`.
    ///
    /// # Errors
    /// No such entry.
    pub fn text(&self, path: &Path, key: &str) -> Result<&str, ModelError> {
        self.0
            .get(key)
            .map(String::as_str)
            .ok_or_else(|| ModelError::Config {
                path: path.to_owned(),
                what: "separator's weight file",
                reason: format!(
                    "its metadata have no \"{key}\"; the scripts convert_spleeter.py and convert_open_unmix.py write it"
                ),
            })
    }

    /// The value under `key`, which is JSON.
    ///
    /// # Errors
    /// No such entry, or one that cannot be read as `T`.
    pub fn value<T: serde::de::DeserializeOwned>(
        &self,
        path: &Path,
        key: &str,
    ) -> Result<T, ModelError> {
        serde_json::from_str(self.text(path, key)?).map_err(|e| ModelError::Config {
            path: path.to_owned(),
            what: "separator's weight file",
            reason: format!("\"{key}\" in its metadata: {e}"),
        })
    }

    /// Refuses a file of another kind of model by name.
    ///
    /// # Errors
    /// Another kind, or none stated.
    pub fn expect_kind(&self, path: &Path, kind: &str) -> Result<(), ModelError> {
        let got = self.text(path, "kind")?;
        if got == kind {
            return Ok(());
        }
        Err(ModelError::Import {
            path: path.to_owned(),
            reason: format!("it holds weights of the kind \"{got}\", and \"{kind}\" is needed"),
        })
    }
}
