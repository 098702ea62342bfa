//! Decoding every sample of a song, once, a stretch at a time.

use musiclime_audio::AudioError;
use musiclime_audio::decode::{Excerpt, decode_file, has_audio_extension};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A stretch of this length is in memory at a time.
const STRETCH_S: f64 = 300.0;

/// What a song's samples say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sound {
    /// The same for the same samples at 16 bit, whatever the container.
    pub hash: [u8; 32],
    /// The largest absolute sample.
    pub peak: f32,
    pub duration_s: f64,
}

/// Decodes the whole of a file, or of every stem in a folder.
pub(super) fn listen(path: &Path) -> Result<Sound, AudioError> {
    let mut hash = Sha256::new();
    let (mut peak, mut duration_s) = (0.0f32, 0.0f64);
    for file in files(path)? {
        let mut start_s = 0.0;
        loop {
            let stretch = Excerpt::From {
                start_s,
                duration_s: Some(STRETCH_S),
            };
            let decoded = decode_file(&file, stretch)?;
            if start_s == 0.0 {
                hash.update(decoded.sample_rate_hz.to_le_bytes());
                hash.update((decoded.channels as u64).to_le_bytes());
            }
            for channel in decoded.waveform.channels() {
                for x in channel {
                    let level = (x * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
                    hash.update(level.to_le_bytes());
                }
            }
            peak = peak.max(decoded.waveform.peak());
            duration_s = duration_s.max(decoded.file_duration_s);
            start_s += STRETCH_S;
            // Half a sample: whether another one follows is a matter of counting, not of rounding.
            if start_s + 0.5 / f64::from(decoded.sample_rate_hz) >= decoded.file_duration_s {
                break;
            }
        }
    }
    Ok(Sound {
        hash: hash.finalize().into(),
        peak,
        duration_s,
    })
}

/// The file itself, or the stems in a folder by name; a mixture beside them is no stem.
fn files(path: &Path) -> Result<Vec<PathBuf>, AudioError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let name = || path.display().to_string();
    let listed = std::fs::read_dir(path).map_err(|source| AudioError::Unreadable {
        name: name(),
        source,
    })?;
    let mut files: Vec<PathBuf> = listed
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|p| has_audio_extension(p) && p.file_stem().is_some_and(|stem| stem != "mixture"))
        .collect();
    files.sort();
    match files.is_empty() {
        false => Ok(files),
        true => Err(AudioError::Empty {
            name: name(),
            what: "expected stems, found no audio file".into(),
        }),
    }
}
