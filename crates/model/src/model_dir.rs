use crate::{LoadReport, ModelConfig, ModelError, Network, Tokenizer, WeightFile};
use burn::tensor::Device;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Everything that a model directory holds, read and checked.
#[derive(Debug, Clone)]
pub struct Model {
    /// What `config.json` says.
    pub config: ModelConfig,
    /// The network with its weights, on the device it was loaded to.
    pub network: Network,
    /// The tokenizer, where the model reads lyrics.
    pub tokenizer: Option<Tokenizer>,
    /// The bytes of `tokenizer.json`, where the model reads lyrics.
    pub tokenizer_json: Option<Vec<u8>>,
    /// SHA-256 of `model.safetensors`, in hex.
    pub weights_sha256: String,
    /// Which tensors were left in the file.
    pub report: LoadReport,
}

impl Model {
    /// Reads a model directory (`config.json model.safetensors tokenizer.json`).
    ///
    /// # Errors
    /// A missing file, or any file that does not fit the others.
    pub fn open(directory: &Path, device: &Device) -> Result<Self, ModelError> {
        let config = ModelConfig::read(&required(directory, "config.json")?)?;
        let weights_path = required(directory, "model.safetensors")?;
        let weights =
            std::fs::read(&weights_path).map_err(|e| ModelError::io("read", &weights_path, e))?;
        let tokenizer = match &config.lyrics {
            Some(_) => {
                let path = required(directory, "tokenizer.json")?;
                Some(std::fs::read(&path).map_err(|e| ModelError::io("read", &path, e))?)
            }
            None => None,
        };
        let name = weights_path.display().to_string();
        Self::assemble(config, name, weights, tokenizer.as_deref(), device)
    }

    /// Reads a model whose files are in memory, as the ones compiled into a binary are.
    ///
    /// # Errors
    /// Any file that does not fit the others.
    pub fn from_bytes(
        config_json: &[u8],
        weights: &[u8],
        tokenizer_json: Option<&[u8]>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let config = ModelConfig::from_bytes(config_json)?;
        let name = format!("model.safetensors of \"{}\"", config.name);
        Self::assemble(config, name, weights.to_vec(), tokenizer_json, device)
    }

    fn assemble(
        config: ModelConfig,
        name: String,
        weights: Vec<u8>,
        tokenizer_json: Option<&[u8]>,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let weights_sha256 = Sha256::digest(&weights)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let file = WeightFile::from_safetensors(name, weights)?;
        let mut network = Network::zeroed(&config, device);
        let report = network.load(&file, device)?;
        let json = config
            .lyrics
            .as_ref()
            .and(tokenizer_json)
            .map(<[u8]>::to_vec);
        let tokenizer = match (&config.lyrics, tokenizer_json) {
            (Some(lyrics), Some(json)) => Some(Tokenizer::from_bytes(json, lyrics)?),
            (Some(_), None) => {
                return Err(ModelError::Tokenizer {
                    file: "tokenizer.json".into(),
                    reason: "the model reads lyrics but no tokenizer was given".into(),
                });
            }
            (None, _) => None,
        };
        Ok(Self {
            config,
            network,
            tokenizer,
            tokenizer_json: json,
            weights_sha256,
            report,
        })
    }

    /// Writes a model directory, complete or not at all.
    ///
    /// # Errors
    /// A directory that exists already with something in it, or is not writable.
    pub fn write(
        directory: &Path,
        config: &ModelConfig,
        network: &Network,
        tokenizer_json: Option<&[u8]>,
        model_card: &str,
    ) -> Result<(), ModelError> {
        config.validate()?;
        let mut files = vec![
            ("config.json", config.to_json().into_bytes()),
            ("model.safetensors", network.to_safetensors()?),
            ("README.md", model_card.as_bytes().to_vec()),
        ];
        if let Some(json) = tokenizer_json {
            files.push(("tokenizer.json", json.to_vec()));
        }
        write_directory(directory, &files)
    }
}

fn required(directory: &Path, name: &str) -> Result<std::path::PathBuf, ModelError> {
    let path = directory.join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(ModelError::MissingFile {
        path,
        needed_for: "a model directory holds config.json, model.safetensors and, where the model reads lyrics, \
                     tokenizer.json; `musiclime import` makes one from a checkpoint"
            .into(),
    })
}

/// Writes all files into a fresh folder beside `directory` and renames it into place. An empty folder there is
/// replaced; one with files in it is an error.
fn write_directory(directory: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), ModelError> {
    let failed = |e| ModelError::io("write", directory, e);
    let parent = match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if directory.exists() {
        let mut entries =
            std::fs::read_dir(directory).map_err(|e| ModelError::io("write", directory, e))?;
        if entries.next().is_some() {
            return Err(ModelError::invalid(
                format!("output folder {}", directory.display()),
                "a folder that is empty or does not exist yet",
                "one with files in it",
            ));
        }
    }
    std::fs::create_dir_all(parent).map_err(failed)?;
    let staging = tempfile::Builder::new()
        .prefix(".musiclime-")
        .tempdir_in(parent)
        .map_err(failed)?;
    for (name, bytes) in files {
        let path = staging.path().join(name);
        std::fs::write(&path, bytes).map_err(|e| ModelError::io("write", &path, e))?;
    }
    make_readable(staging.path()).map_err(failed)?;
    if directory.exists() {
        std::fs::remove_dir(directory).map_err(failed)?;
    }
    let staged = staging.keep();
    std::fs::rename(&staged, directory).map_err(|e| {
        // The staging folder must not stay behind; the rename's error is the one to report.
        let _ = std::fs::remove_dir_all(&staged);
        ModelError::io("write", directory, e)
    })
}

/// Temporary folders are made for their owner alone; a model directory is for everyone, as any other folder is.
#[cfg(unix)]
fn make_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
