use super::config::{OpenUnmixConfig, Target};
use super::lstm::{GATES, LstmWeights, StackedLstm};
use super::network::{AffineWeights, OpenUnmix};
use crate::separation::{Header, Tensors};
use crate::{ModelError, WeightFile};
use burn::tensor::Device;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Added to the variance in PyTorch's batch normalisation.
const NORM_EPS: f64 = 1e-5;
/// The usual order of targets; others follow by name.
const TARGET_ORDER: [&str; 4] = ["vocals", "drums", "bass", "other"];
/// What a converted file says in its metadata under `kind`.
const KIND: &str = "open_unmix";

/// The files of an Open-Unmix model, found and not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenUnmixFiles {
    /// Name, file and key prefix of every target.
    targets: Vec<(Target, PathBuf, String)>,
    framing: Framing,
}

/// How the sound is cut into frames; `separator.json` of openunmix's own training has these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Framing {
    sample_rate: u32,
    nfft: usize,
    nhop: usize,
}

/// The framing of umx, umxhq and umxl, whose downloads do not state it.
const MUSIC: Framing = Framing {
    sample_rate: 44_100,
    nfft: 4096,
    nhop: 1024,
};

impl OpenUnmixFiles {
    /// Finds the files of a model: a folder of official downloads (`vocals-b62c91ce.pth` ...) or of openunmix's own
    /// training (`vocals.pth` ..., `separator.json`), or one safetensors file that `convert_open_unmix.py` wrote.
    ///
    /// # Errors
    /// No such file or folder, a folder without weights or with two files for a target, or a file of another
    /// model.
    pub fn find(path: &Path) -> Result<Self, ModelError> {
        if path.is_dir() {
            Self::in_folder(path)
        } else {
            Self::in_file(path)
        }
    }

    /// The files that hold weights.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.targets.iter().map(|(_, path, _)| path.as_path())
    }

    fn in_folder(folder: &Path) -> Result<Self, ModelError> {
        let failed = |e| ModelError::io("read", folder, e);
        let refused = |reason: String| ModelError::Import {
            path: folder.to_owned(),
            reason,
        };
        let mut targets: Vec<(Target, PathBuf, String)> = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|e| e != "pth") {
                continue;
            }
            let Some(stem) = path.file_stem().and_then(|s| s.to_str()) else {
                continue;
            };
            // Official files end in a hash: vocals-b62c91ce.pth, speech_f5e0d9f9.pth.
            let target = stem.split(['-', '_']).next().unwrap_or(stem).to_owned();
            if let Some((_, other, _)) = targets.iter().find(|(t, _, _)| *t == target) {
                return Err(refused(format!(
                    "expected one file a target, got two for \"{target}\": {} and {}",
                    other.display(),
                    path.display()
                )));
            }
            targets.push((target, path, String::new()));
        }
        if targets.is_empty() {
            return Err(refused(
                "expected Open-Unmix's files (vocals-b62c91ce.pth drums-9619578f.pth ...), got no .pth file".into(),
            ));
        }
        let place = |t: &str| {
            TARGET_ORDER
                .iter()
                .position(|n| *n == t)
                .unwrap_or(TARGET_ORDER.len())
        };
        targets.sort_by(|(a, ..), (b, ..)| (place(a), a).cmp(&(place(b), b)));
        let json = folder.join("separator.json");
        let framing = if json.is_file() {
            let bytes = std::fs::read(&json).map_err(|e| ModelError::io("read", &json, e))?;
            serde_json::from_slice(&bytes).map_err(|e| ModelError::Config {
                path: json.clone(),
                what: "Open-Unmix separator.json",
                reason: e.to_string(),
            })?
        } else {
            MUSIC
        };
        Ok(Self { targets, framing })
    }

    fn in_file(path: &Path) -> Result<Self, ModelError> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            std::fs::metadata(path).map_err(|e| ModelError::io("read", path, e))?;
            return Err(ModelError::Import {
                path: path.to_owned(),
                reason: "expected a folder with one .pth file a target, or one .safetensors file"
                    .into(),
            });
        }
        let header = Header::open(path)?;
        header.expect_kind(path, KIND)?;
        let names: Vec<Target> = header.value(path, "targets")?;
        Ok(Self {
            targets: names
                .into_iter()
                .map(|name| (name.clone(), path.to_owned(), format!("{name}.")))
                .collect(),
            framing: Framing {
                sample_rate: header.value(path, "sample_rate")?,
                nfft: header.value(path, "nfft")?,
                nhop: header.value(path, "nhop")?,
            },
        })
    }

    /// Reads the weights to the device.
    ///
    /// # Errors
    /// A tensor that is missing, unknown, of a wrong shape or type or not finite, or targets of unequal sizes.
    pub fn load(&self, device: &Device) -> Result<(OpenUnmixConfig, OpenUnmix), ModelError> {
        let mut open: Option<WeightFile> = None;
        let mut config: Option<OpenUnmixConfig> = None;
        let mut stack: Option<Stack> = None;
        for (target, path, prefix) in &self.targets {
            let file = match open.take() {
                Some(file) if file.name() == path.display().to_string() => file,
                _ => WeightFile::open(path)?,
            };
            let tensors = Tensors::new(&file, prefix.as_str());
            let sizes = self.sizes(path, &tensors)?;
            if let Some(first) = &config
                && *first != sizes
            {
                return Err(ModelError::Import {
                    path: path.clone(),
                    reason: format!(
                        "target \"{target}\" has other sizes than the first target: expected {first:?}, got {sizes:?}"
                    ),
                });
            }
            stack
                .get_or_insert_with(|| Stack::new(&sizes))
                .push(&sizes, &tensors)?;
            tensors.finish(is_known_unused)?;
            config = Some(sizes);
            open = Some(file);
        }
        if let Some(file) = open.filter(|_| !self.targets[0].2.is_empty()) {
            // One file holds all targets; what lies outside their prefixes belongs to nobody.
            let owned = |key: &str| {
                self.targets
                    .iter()
                    .any(|(.., prefix)| key.starts_with(prefix.as_str()))
            };
            Tensors::new(&file, "").finish(owned)?;
        }
        match (config, stack) {
            (Some(config), Some(stack)) => {
                let network = stack.build(&config, device);
                Ok((config, network))
            }
            _ => Err(ModelError::invalid("targets", "at least 1", 0)),
        }
    }

    /// The sizes that the tensors' shapes state.
    fn sizes(&self, path: &Path, tensors: &Tensors) -> Result<OpenUnmixConfig, ModelError> {
        let first = |key: &str| {
            Ok::<usize, ModelError>(tensors.shape(key, &[])?.first().copied().unwrap_or(0))
        };
        let (hidden, max_bin, bins) = (
            first("fc1.weight")?,
            first("input_mean")?,
            first("output_mean")?,
        );
        let Framing {
            sample_rate,
            nfft,
            nhop,
        } = self.framing;
        if bins != nfft / 2 + 1 {
            return Err(ModelError::Import {
                path: path.to_owned(),
                reason: format!(
                    "it estimates {bins} bins, and frames of {nfft} samples have {}; a separator.json beside it with sample_rate, nfft and nhop says how it was trained",
                    nfft / 2 + 1
                ),
            });
        }
        let layers = (0..)
            .take_while(|l| tensors.contains(&format!("lstm.weight_ih_l{l}")))
            .count();
        let config = OpenUnmixConfig {
            targets: self.targets.iter().map(|(t, ..)| t.clone()).collect(),
            sample_rate_hz: sample_rate,
            fft_size: nfft,
            hop_samples: nhop,
            channels: first("fc3.weight")? / bins,
            max_bin,
            hidden,
            layers,
            bidirectional: tensors.contains("lstm.weight_ih_l0_reverse"),
        };
        config.validate()?;
        Ok(config)
    }
}

/// Tensors that official files carry and no forward pass reads: early releases kept the transform in the network.
fn is_known_unused(key: &str) -> bool {
    key.ends_with("num_batches_tracked")
        || ["stft.window", "transform.0.window", "sample_rate"].contains(&key)
}

/// The folded weights of the targets so far, one after the other.
struct Stack {
    affine: [AffineWeights; 3],
    lstm: Vec<LstmWeights>,
}

impl Stack {
    fn new(c: &OpenUnmixConfig) -> Self {
        let affine = |input, output| AffineWeights {
            weight: Vec::new(),
            bias: Vec::new(),
            input,
            output,
        };
        Self {
            affine: [
                affine(c.channels * c.max_bin, c.hidden),
                affine(2 * c.hidden, c.hidden),
                affine(c.hidden, c.channels * c.bins()),
            ],
            lstm: (0..c.layers)
                .map(|_| LstmWeights {
                    input: Vec::new(),
                    bias: Vec::new(),
                    recurrent: Vec::new(),
                })
                .collect(),
        }
    }

    fn push(&mut self, c: &OpenUnmixConfig, tensors: &Tensors) -> Result<(), ModelError> {
        let (bins, heard) = (c.bins(), c.channels * c.max_bin);
        let fc1 = tensors.read("fc1.weight", &[c.hidden, heard])?;
        let fc2 = tensors.read("fc2.weight", &[c.hidden, 2 * c.hidden])?;
        let fc3 = tensors.read("fc3.weight", &[c.channels * bins, c.hidden])?;
        let bn1 = tensors.folded_norm("bn1", c.hidden, NORM_EPS)?;
        let bn2 = tensors.folded_norm("bn2", c.hidden, NORM_EPS)?;
        let bn3 = tensors.folded_norm("bn3", c.channels * bins, NORM_EPS)?;
        let input_mean = tensors.read("input_mean", &[c.max_bin])?;
        let input_scale = tensors.read("input_scale", &[c.max_bin])?;
        let output_scale = tensors.read("output_scale", &[bins])?;
        let output_mean = tensors.read("output_mean", &[bins])?;

        // (x + mean) * scale, the linear map, the normalisation: one affine map.
        let [encode, squeeze, decode] = &mut self.affine;
        encode.push(
            &fc1,
            |out, i, w| w * f64::from(input_scale[i % c.max_bin]) * bn1.scale[out],
            |out, row| {
                let moved: f64 = row
                    .iter()
                    .enumerate()
                    .map(|(i, w)| {
                        let bin = i % c.max_bin;
                        f64::from(*w) * f64::from(input_mean[bin]) * f64::from(input_scale[bin])
                    })
                    .sum();
                moved * bn1.scale[out] + bn1.shift[out]
            },
        );
        squeeze.push(
            &fc2,
            |out, _, w| w * bn2.scale[out],
            |out, _| bn2.shift[out],
        );
        decode.push(
            &fc3,
            |out, _, w| w * bn3.scale[out] * f64::from(output_scale[out % bins]),
            |out, _| {
                let bin = out % bins;
                bn3.shift[out] * f64::from(output_scale[bin]) + f64::from(output_mean[bin])
            },
        );
        for (l, layer) in self.lstm.iter_mut().enumerate() {
            layer.push(c, l, tensors)?;
        }
        Ok(())
    }

    fn build(self, c: &OpenUnmixConfig, device: &Device) -> OpenUnmix {
        let sizes = [c.targets.len(), c.hidden, c.directions(), c.lstm_width()];
        let lstm = self
            .lstm
            .into_iter()
            .map(|weights| StackedLstm::new(weights, sizes, device))
            .collect();
        OpenUnmix::new(c, self.affine, lstm, device)
    }
}

impl AffineWeights {
    /// Appends a target's map, transposed from PyTorch's `[output, input]`.
    fn push(
        &mut self,
        weight: &[f32],
        scaled: impl Fn(usize, usize, f64) -> f64,
        bias: impl Fn(usize, &[f32]) -> f64,
    ) {
        let (input, output) = (self.input, self.output);
        let start = self.weight.len();
        self.weight.resize(start + input * output, 0.0);
        let mine = &mut self.weight[start..];
        for (out, row) in weight.chunks_exact(input).enumerate() {
            for (i, w) in row.iter().enumerate() {
                mine[i * output + out] = scaled(out, i, f64::from(*w)) as f32;
            }
            self.bias.push(bias(out, row) as f32);
        }
    }
}

/// Where PyTorch's gates (input, forget, candidate, output) go: input, forget, output, candidate.
const GATE_PLACES: [usize; GATES] = [0, 1, 3, 2];

impl LstmWeights {
    /// Appends a target's layer.
    fn push(
        &mut self,
        c: &OpenUnmixConfig,
        layer: usize,
        tensors: &Tensors,
    ) -> Result<(), ModelError> {
        let (width, directions) = (c.lstm_width(), c.directions());
        let gates = GATES * width;
        let (input_at, bias_at) = (self.input.len(), self.bias.len());
        self.input
            .resize(input_at + c.hidden * directions * gates, 0.0);
        self.bias.resize(bias_at + directions * gates, 0.0);
        for direction in 0..directions {
            let suffix = ["", "_reverse"][direction];
            let key = |part: &str| format!("lstm.{part}_l{layer}{suffix}");
            let input = tensors.read(&key("weight_ih"), &[gates, c.hidden])?;
            let recurrent = tensors.read(&key("weight_hh"), &[gates, width])?;
            let bias_ih = tensors.read(&key("bias_ih"), &[gates])?;
            let bias_hh = tensors.read(&key("bias_hh"), &[gates])?;
            let recurrent_at = self.recurrent.len();
            self.recurrent.resize(recurrent_at + width * gates, 0.0);
            for from in 0..gates {
                let to = GATE_PLACES[from / width] * width + from % width;
                let column = direction * gates + to;
                for i in 0..c.hidden {
                    self.input[input_at + i * directions * gates + column] =
                        input[from * c.hidden + i];
                }
                for i in 0..width {
                    self.recurrent[recurrent_at + i * gates + to] = recurrent[from * width + i];
                }
                self.bias[bias_at + column] = bias_ih[from] + bias_hh[from];
            }
        }
        Ok(())
    }
}
