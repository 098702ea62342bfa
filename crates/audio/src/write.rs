//! WAV files, complete or not there at all.

use crate::AudioError;
use musiclime_core::Waveform;
use std::io::{Cursor, Write};
use std::path::Path;

/// How samples are stored in a WAV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WavFormat {
    /// 16-bit integers: small, plays everywhere. A peak above 1 is scaled down, see [`clip_guard_gain`].
    Pcm16,
    /// 32-bit floats: exact.
    Float32,
}

/// The gain that 16-bit writing applies so that nothing clips: 1, or 1 / peak where the peak is above 1.
pub fn clip_guard_gain(waveform: &Waveform) -> f32 {
    let peak = waveform.peak();
    if peak > 1.0 { 1.0 / peak } else { 1.0 }
}

/// The bytes of a 16-bit WAV file, scaled by [`clip_guard_gain`].
pub fn wav_bytes(waveform: &Waveform) -> Vec<u8> {
    // Writing to memory fails only past WAV's own limits; such a file would play nowhere.
    encode(waveform, WavFormat::Pcm16).unwrap_or_default()
}

/// Writes a WAV file by rename: `path` holds the whole file or is left as it was.
///
/// # Errors
/// A folder that is missing or not writable, a full disk, or audio past WAV's limit of 4 GiB and 65,535 channels.
pub fn write_wav(path: &Path, waveform: &Waveform, format: WavFormat) -> Result<(), AudioError> {
    let failed = |reason: String| AudioError::Write {
        path: path.to_owned(),
        reason,
    };
    let bytes = encode(waveform, format).map_err(|e| failed(e.to_string()))?;
    let Some(file_name) = path.file_name() else {
        return Err(failed("expected a file name at the end of the path".into()));
    };
    let mut temporary_name = std::ffi::OsString::from(".");
    temporary_name.push(file_name);
    temporary_name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(temporary_name);
    let written = std::fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|e| {
        // The error that counts is the first one.
        let _ = std::fs::remove_file(&temporary);
        failed(e.to_string())
    })
}

fn encode(waveform: &Waveform, format: WavFormat) -> Result<Vec<u8>, hound::Error> {
    let channels = u16::try_from(waveform.channels().len()).map_err(|_| hound::Error::TooWide)?;
    let (bits_per_sample, sample_format) = match format {
        WavFormat::Pcm16 => (16, hound::SampleFormat::Int),
        WavFormat::Float32 => (32, hound::SampleFormat::Float),
    };
    let spec = hound::WavSpec {
        channels,
        sample_rate: waveform.sample_rate_hz(),
        bits_per_sample,
        sample_format,
    };
    let mut cursor = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut cursor, spec)?;
    let gain = clip_guard_gain(waveform);
    for t in 0..waveform.len() {
        for channel in waveform.channels() {
            match format {
                WavFormat::Float32 => writer.write_sample(channel[t])?,
                WavFormat::Pcm16 => {
                    let level = (channel[t] * gain * 32_768.0).round();
                    writer.write_sample(level.clamp(-32_768.0, 32_767.0) as i16)?;
                }
            }
        }
    }
    writer.finalize()?;
    Ok(cursor.into_inner())
}

/// A WAV file of 32-bit floats that is written piece by piece; it is whole after [`WavStream::finish`] only.
pub struct WavStream {
    path: std::path::PathBuf,
    writer: hound::WavWriter<std::io::BufWriter<std::fs::File>>,
}

impl WavStream {
    /// Starts a file.
    ///
    /// # Errors
    /// A place that cannot be written to, or more channels than WAV files have.
    pub fn create(path: &Path, channels: usize, sample_rate_hz: u32) -> Result<Self, AudioError> {
        let failed = |e: hound::Error| AudioError::Write {
            path: path.to_owned(),
            reason: e.to_string(),
        };
        let spec = hound::WavSpec {
            channels: u16::try_from(channels).map_err(|_| failed(hound::Error::TooWide))?,
            sample_rate: sample_rate_hz,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        Ok(Self {
            path: path.to_owned(),
            writer: hound::WavWriter::create(path, spec).map_err(failed)?,
        })
    }

    /// Appends samples.
    ///
    /// # Errors
    /// A full disk, or a file that grows past 4 GiB.
    pub fn push(&mut self, waveform: &Waveform) -> Result<(), AudioError> {
        for t in 0..waveform.len() {
            for channel in waveform.channels() {
                self.writer
                    .write_sample(channel[t])
                    .map_err(|e| AudioError::Write {
                        path: self.path.clone(),
                        reason: e.to_string(),
                    })?;
            }
        }
        Ok(())
    }

    /// Writes the header.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self) -> Result<(), AudioError> {
        let Self { path, writer } = self;
        writer.finalize().map_err(|e| AudioError::Write {
            path,
            reason: e.to_string(),
        })
    }
}
