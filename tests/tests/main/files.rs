//! Small inputs, made here.

use super::binary::root;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::path::{Path, PathBuf};

/// A folder that goes away, and files in it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).expect("a file");
        self.text(name)
    }

    /// Seconds of a tone with some noise, 16 bit.
    pub fn tone(&self, name: &str, rate: u32, channels: u16, seconds: f64, level: f64) -> String {
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(self.path(name), spec).expect("a WAV file");
        let mut noise = 1u32;
        for t in 0..(f64::from(rate) * seconds) as usize {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = f64::from(noise >> 16) / 65_536.0 - 0.5;
            let sine = (t as f64 * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin();
            let sample = level * (0.8 * sine + 0.2 * hiss);
            for _ in 0..channels {
                writer
                    .write_sample((sample * 32_767.0) as i16)
                    .expect("a sample");
            }
        }
        writer.finalize().expect("a WAV file");
        self.text(name)
    }

    /// One second of 32-bit floats with one that is `odd`.
    pub fn float_with(&self, name: &str, odd: f32) -> String {
        let spec = WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 32,
            sample_format: SampleFormat::Float,
        };
        let mut writer = WavWriter::create(self.path(name), spec).expect("a WAV file");
        for t in 0..16_000 {
            writer
                .write_sample(if t == 9_000 { odd } else { 0.1 })
                .expect("a sample");
        }
        writer.finalize().expect("a WAV file");
        self.text(name)
    }

    /// A WAV file with bytes of its header changed.
    pub fn edited(&self, name: &str, at: usize, bytes: &[u8]) -> String {
        let whole = self.tone("whole.wav", 16_000, 1, 1.0, 0.5);
        let mut data = std::fs::read(whole).expect("a file");
        data[at..at + bytes.len()].copy_from_slice(bytes);
        self.write(name, data)
    }

    /// A copy of a demo model.
    pub fn model(&self, name: &str) -> PathBuf {
        let (from, to) = (root().join("weights/genre"), self.path(name));
        std::fs::create_dir(&to).expect("a folder");
        for file in ["config.json", "model.safetensors", "tokenizer.json"] {
            std::fs::copy(from.join(file), to.join(file)).expect("a copy");
        }
        to
    }

    /// What lies here, hidden files included.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .expect("a folder")
            .map(|e| {
                e.expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

/// A song and lyrics of the repository.
pub fn stems() -> String {
    root()
        .join("datasets/songbook/s2026-000030/stems")
        .display()
        .to_string()
}

pub fn lyrics() -> String {
    root()
        .join("datasets/songbook/s2026-000030/lyrics.txt")
        .display()
        .to_string()
}

/// A .npy file of zeros and ones.
pub fn npy(descr: &str, shape: [usize; 2], data: &[u8]) -> Vec<u8> {
    let header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}, {}), }}",
        shape[0], shape[1]
    );
    let padded = (10 + header.len() + 1).next_multiple_of(64);
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend(((padded - 10) as u16).to_le_bytes());
    out.extend(header.bytes());
    out.resize(padded - 1, b' ');
    out.push(b'\n');
    out.extend(data);
    out
}

pub fn read_json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}
