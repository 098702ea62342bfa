use std::path::PathBuf;

/// Everything that can go wrong between a file and its features.
///
/// `name` is the file as the user wrote it, or the name given to bytes in memory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// There is no such file.
    #[error("{name}: no such file")]
    Missing {
        /// The file.
        name: String,
    },
    /// A folder was given where a file belongs.
    #[error("{name}: expected an audio file, got a directory")]
    Directory {
        /// The path.
        name: String,
    },
    /// The operating system refused to read the file.
    #[error("{name}: cannot be read: {source}")]
    Unreadable {
        /// The file.
        name: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file has no byte, or holds no sample.
    #[error("{name}: empty: {what}")]
    Empty {
        /// The file.
        name: String,
        /// What is missing in it.
        what: String,
    },
    /// The content is no audio that this program knows.
    #[error("{name}: not an audio file: expected WAV, MP3, FLAC, OGG or M4A, found {found}")]
    NotAudio {
        /// The file.
        name: String,
        /// What the content looks like.
        found: String,
    },
    /// Audio, but of a kind that is not decoded here.
    #[error("{name}: {what} is not supported")]
    Unsupported {
        /// The file.
        name: String,
        /// The container, codec or sample format.
        what: String,
    },
    /// The file ends before its header says.
    #[error("{name}: truncated: header promises {expected} {unit}, found {got}")]
    Truncated {
        /// The file.
        name: String,
        /// What is counted: samples (per channel) or bytes.
        unit: &'static str,
        /// What the header promises.
        expected: u64,
        /// What is there.
        got: u64,
    },
    /// The header says something that cannot be.
    #[error("{name}: lying header: {what} expected {expected}, got {got}")]
    Header {
        /// The file.
        name: String,
        /// The field.
        what: &'static str,
        /// What the field may be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// The data cannot be decoded.
    #[error("{name}: damaged at {at_s:.2} s: {reason}")]
    Damaged {
        /// The file.
        name: String,
        /// Where, in seconds.
        at_s: f64,
        /// The decoder's reason.
        reason: String,
    },
    /// A sample is NaN or infinite.
    #[error(
        "{name}: sample at {at_s:.3} s of channel {channel} is {value}, expected a finite number"
    )]
    NotFinite {
        /// The file.
        name: String,
        /// Where, in seconds.
        at_s: f64,
        /// The channel, from 0.
        channel: usize,
        /// The sample.
        value: f32,
    },
    /// The excerpt starts at or after the end.
    #[error("{name}: the excerpt starts at {start_s} s, but the audio ends at {duration_s:.3} s")]
    ExcerptPastEnd {
        /// The file.
        name: String,
        /// Where the excerpt should start, in seconds.
        start_s: f64,
        /// Where the audio ends, in seconds.
        duration_s: f64,
    },
    /// The excerpt itself makes no sense.
    #[error("excerpt: {what} expected {expected}, got {got} s")]
    Excerpt {
        /// Start or duration.
        what: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: f64,
    },
    /// Fewer samples than one analysis window.
    #[error(
        "the audio is too short: expected at least {expected_samples} samples (one window of {window_ms} ms), got {got_samples}"
    )]
    TooShort {
        /// Samples in one window.
        expected_samples: usize,
        /// The window in milliseconds.
        window_ms: f64,
        /// Samples given.
        got_samples: usize,
    },
    /// A setting that cannot work.
    #[error("{what}: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A file could not be written.
    #[error("{path}: cannot be written: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Samples that break an invariant of the vocabulary.
    #[error(transparent)]
    Invalid(#[from] musiclime_core::Invalid),
}

impl AudioError {
    /// What a person can do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Missing { .. } => "check the path; a relative path starts at the current folder",
            Self::Directory { .. } => "give the path of one audio file inside that folder",
            Self::Unreadable { .. } => {
                "check that you may read the file and that the disk is healthy"
            }
            Self::Empty { .. } => "download or export the file again",
            Self::NotAudio { .. } => {
                "give a WAV, MP3, FLAC, OGG Vorbis or M4A file (the content counts, not the extension)"
            }
            Self::Unsupported { .. } => {
                "convert it first, for example: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav"
            }
            Self::Truncated { .. } => {
                "copy, download or export the file again; to use what is there, rewrite it: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav"
            }
            Self::Header { .. } => {
                "the header is wrong: export the file again with another program"
            }
            Self::Damaged { .. } => "download or export the file again",
            Self::NotFinite { .. } => {
                "export the audio again with samples in -1..1, for example as 16-bit or 24-bit WAV"
            }
            Self::ExcerptPastEnd { duration_s, .. } => {
                return Some(format!("choose a start below {duration_s:.3} s"));
            }
            Self::Excerpt { .. } => "give a start of 0 or more and a duration above 0, in seconds",
            Self::TooShort { .. } => "use a longer excerpt or a longer file",
            Self::Write { .. } => {
                "choose a folder that exists, that you may write to, and that has space left"
            }
            Self::Setting { .. } | Self::Invalid(_) => return None,
        };
        Some(text.to_owned())
    }
}
