use crate::AudioError;
use std::borrow::Cow;
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use symphonia::core::io::MediaSource;

/// A file, on disk or in memory, that can be opened more than once.
#[derive(Debug)]
pub(super) struct Source {
    name: String,
    place: Place,
    len: u64,
}

#[derive(Debug)]
enum Place {
    Disk(PathBuf),
    Memory(Shared),
}

/// Bytes that several readers share.
#[derive(Debug, Clone)]
struct Shared(Arc<Cow<'static, [u8]>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Source {
    pub fn file(path: &Path) -> Result<Self, AudioError> {
        let name = path.display().to_string();
        let meta = match std::fs::metadata(path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(AudioError::Missing { name }),
            Err(source) => return Err(AudioError::Unreadable { name, source }),
        };
        if meta.is_dir() {
            return Err(AudioError::Directory { name });
        }
        Self {
            name,
            place: Place::Disk(path.to_owned()),
            len: meta.len(),
        }
        .not_empty()
    }

    pub fn bytes(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self, AudioError> {
        let len = bytes.len() as u64;
        Self {
            name: name.to_owned(),
            place: Place::Memory(Shared(Arc::new(bytes))),
            len,
        }
        .not_empty()
    }

    fn not_empty(self) -> Result<Self, AudioError> {
        if self.len == 0 {
            return Err(AudioError::Empty {
                name: self.name,
                what: "the file has 0 bytes".into(),
            });
        }
        Ok(self)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// A reader at the first byte.
    pub fn open(&self) -> Result<Box<dyn MediaSource>, AudioError> {
        match &self.place {
            Place::Disk(path) => {
                let file = std::fs::File::open(path).map_err(|e| self.unreadable(e))?;
                Ok(Box::new(file))
            }
            Place::Memory(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
        }
    }

    /// Up to `count` bytes from `offset`.
    pub fn read_at(&self, offset: u64, count: usize) -> Result<Vec<u8>, AudioError> {
        let mut reader = self.open()?;
        reader
            .seek(SeekFrom::Start(offset))
            .map_err(|e| self.unreadable(e))?;
        let mut bytes = Vec::new();
        reader
            .take(count as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| self.unreadable(e))?;
        Ok(bytes)
    }

    pub fn unreadable(&self, source: std::io::Error) -> AudioError {
        AudioError::Unreadable {
            name: self.name.clone(),
            source,
        }
    }
}
