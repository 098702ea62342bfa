//! Reading audio files: WAV by hound; MP3, FLAC, OGG Vorbis and M4A by symphonia.

mod clipping;
mod compressed;
mod container;
mod edits;
mod excerpt;
mod source;
mod wav;

pub use excerpt::Excerpt;

use crate::AudioError;
use container::Container;
use excerpt::Collected;
use musiclime_core::Waveform;
use source::Source;
use std::borrow::Cow;
use std::path::Path;

/// Rates that a header may state; outside them it is taken for wrong.
pub(crate) const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Channel counts that a header may state (third-order ambisonics has 16, the largest cinema formats 64).
pub(crate) const CHANNELS: std::ops::RangeInclusive<u32> = 1..=64;
/// A rate from which a note says how unusual it is.
const HIGH_RATE_HZ: u32 = 96_000;

/// An excerpt of a file, as it was recorded: native rate, every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The samples of the excerpt.
    pub waveform: Waveform,
    /// Where the excerpt starts in the file, in seconds.
    pub start_s: f64,
    /// Length of the whole file in seconds.
    pub file_duration_s: f64,
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub channels: usize,
    /// What a person should know: silence, clipping, an unusual rate or channel count, damage that was bridged.
    pub notes: Vec<String>,
}

/// Endings of the names of files that can be decoded, for finding them in a folder.
const EXTENSIONS: [&str; 9] = [
    "wav", "wave", "flac", "ogg", "oga", "mp3", "m4a", "mp4", "aac",
];

/// Whether a path's name ends like that of an audio file, whatever the case.
pub fn has_audio_extension(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|e| EXTENSIONS.contains(&e.as_str()))
}

/// Decodes an excerpt of a file; its content, not its extension, says what it is.
///
/// The file is streamed: memory holds the excerpt and a few blocks, however long the file is.
///
/// # Errors
/// A file that is missing, a directory, empty, not audio, of a kind that is not supported, truncated, damaged, with an
/// impossible header, or with samples that are not finite; an excerpt that starts past the end.
pub fn decode_file(path: &Path, excerpt: Excerpt) -> Result<Decoded, AudioError> {
    decode(&Source::file(path)?, excerpt)
}

/// Decodes an excerpt of a file in memory; `name` stands for the file in errors.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_bytes(
    name: &str,
    bytes: impl Into<Cow<'static, [u8]>>,
    excerpt: Excerpt,
) -> Result<Decoded, AudioError> {
    decode(&Source::bytes(name, bytes.into())?, excerpt)
}

fn decode(source: &Source, excerpt: Excerpt) -> Result<Decoded, AudioError> {
    excerpt.check()?;
    let container = Container::detect(source)?;
    let collected = match container {
        Container::Wav => wav::decode(source, excerpt)?,
        other => compressed::decode(source, other, excerpt)?,
    };
    finish(source, excerpt, collected)
}

/// Turns what a decoder collected into a checked waveform with its notes.
fn finish(source: &Source, excerpt: Excerpt, collected: Collected) -> Result<Decoded, AudioError> {
    let Collected {
        channels,
        sample_rate_hz,
        start,
        total,
        mut notes,
    } = collected;
    let rate = f64::from(sample_rate_hz);
    if total == 0 {
        return Err(AudioError::Empty {
            name: source.name().into(),
            what: "expected samples, got 0".into(),
        });
    }
    if start >= total || channels.first().is_none_or(Vec::is_empty) {
        return Err(AudioError::ExcerptPastEnd {
            name: source.name().into(),
            start_s: excerpt.start_s().unwrap_or(start as f64 / rate),
            duration_s: total as f64 / rate,
        });
    }
    let count = channels.len();
    if count > 2 {
        notes.push(format!(
            "{count} channels; their mean is taken where one channel is needed"
        ));
    }
    if sample_rate_hz >= HIGH_RATE_HZ {
        notes.push(format!(
            "recorded at {sample_rate_hz} Hz; resampled where another rate is needed"
        ));
    }
    let waveform = Waveform::new(channels, sample_rate_hz)?;
    if waveform.peak() == 0.0 {
        notes.push("silence: every sample is 0".into());
    }
    let share = clipping::share(&waveform);
    if share >= clipping::NOTED_SHARE {
        notes.push(format!(
            "clipped: {:.1} % of the samples stand still at full scale; what was cut off there is not heard",
            100.0 * share
        ));
    }
    Ok(Decoded {
        waveform,
        start_s: start as f64 / rate,
        file_duration_s: total as f64 / rate,
        sample_rate_hz,
        channels: count,
        notes,
    })
}
