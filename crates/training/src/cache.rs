//! Decoded songs and their tokens on disk, made once.

use crate::TrainingError;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What every entry starts with.
const MAGIC: &[u8; 8] = b"mlsound1";
/// Magic, checksum and length of the payload.
const HEADER_BYTES: usize = 24;
/// A part file this old belongs to no process that still writes it.
const STALE: Duration = Duration::from_secs(3600);
/// Bytes of a file that are hashed at a time.
const HASH_BLOCK: usize = 1 << 20;

/// A folder of decoded songs and their tokens, keyed by content and settings, and bounded: the least recently used go first.
///
/// An entry appears by rename and carries a checksum, so that one that is torn is made anew. Several runs may share
/// a cache.
#[derive(Debug)]
pub struct SongCache {
    folder: PathBuf,
    most_bytes: u64,
    parts: AtomicU64,
}

impl SongCache {
    /// Opens the cache in `folder`, of at most `most_bytes`.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn open(folder: &Path, most_bytes: u64) -> Result<Self, TrainingError> {
        for part in ["songs", "files"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(TrainingError::io("make", &path))?;
        }
        let cache = Self {
            folder: folder.to_path_buf(),
            most_bytes,
            parts: AtomicU64::new(0),
        };
        cache.remove_stale_parts();
        Ok(cache)
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Most bytes of its entries.
    pub fn most_bytes(&self) -> u64 {
        self.most_bytes
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.folder.join("songs").join(key)
    }

    /// SHA-256 of a file's bytes, in hex; read again only when the file's path, size or time of change is new.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn content_hash(&self, path: &Path) -> Result<String, TrainingError> {
        let failed = |e| TrainingError::io("read", path)(e);
        let meta = fs::metadata(path).map_err(failed)?;
        let full = fs::canonicalize(path).map_err(failed)?;
        let changed = meta.modified().map_err(failed)?;
        let nanos = changed
            .duration_since(UNIX_EPOCH)
            .map_or(0, |t| t.as_nanos());
        let what = format!("{}\n{}\n{nanos}", full.display(), meta.len());
        let memo = self
            .folder
            .join("files")
            .join(hex(&Sha256::digest(what.as_bytes())));
        if let Ok(known) = fs::read_to_string(&memo)
            && known.len() == 64
        {
            return Ok(known);
        }
        let mut file = File::open(path).map_err(failed)?;
        let mut hasher = Sha256::new();
        let mut block = vec![0; HASH_BLOCK];
        loop {
            let read = file.read(&mut block).map_err(failed)?;
            if read == 0 {
                break;
            }
            hasher.update(&block[..read]);
        }
        let hash = hex(&hasher.finalize());
        self.write(&memo, &[hash.as_bytes()])?;
        Ok(hash)
    }

    /// The payload of an entry; `None` if there is none, or a torn one, which is removed.
    pub(crate) fn load(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.entry(key);
        let mut bytes = fs::read(&path).ok()?;
        let whole = bytes.len() >= HEADER_BYTES
            && &bytes[..8] == MAGIC
            && bytes[8..16] == checksum(&bytes[HEADER_BYTES..]).to_le_bytes()
            && bytes[16..24] == ((bytes.len() - HEADER_BYTES) as u64).to_le_bytes();
        if !whole {
            // One that cannot be removed is overwritten when it is made again.
            let _ = fs::remove_file(&path);
            return None;
        }
        bytes.drain(..HEADER_BYTES);
        Some(bytes)
    }

    /// Stores a payload; it appears whole or not at all.
    ///
    /// # Errors
    /// A disk that is full, or a folder that cannot be written to.
    pub(crate) fn store(&self, key: &str, payload: &[u8]) -> Result<(), TrainingError> {
        let sum = checksum(payload).to_le_bytes();
        let length = (payload.len() as u64).to_le_bytes();
        self.write(&self.entry(key), &[MAGIC, &sum, &length, payload])
    }

    fn write(&self, path: &Path, parts: &[&[u8]]) -> Result<(), TrainingError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = path.with_file_name(format!(
            ".{name}.{}.{}.part",
            std::process::id(),
            self.parts.fetch_add(1, Ordering::Relaxed)
        ));
        let written = File::create(&part)
            .and_then(|mut file| parts.iter().try_for_each(|bytes| file.write_all(bytes)))
            .and_then(|()| fs::rename(&part, path));
        written.map_err(|e| {
            // The first error is the one to report; the part must not fill the disk.
            let _ = fs::remove_file(&part);
            TrainingError::io("write", path)(e)
        })
    }

    /// Marks an entry as used now.
    pub(crate) fn touch(&self, key: &str) {
        // A cache that may only be read is still of use; its order of use is then not kept.
        let _ = File::open(self.entry(key)).and_then(|f| f.set_modified(SystemTime::now()));
    }

    /// Removes the least recently used entries until the bound holds, but none of `keep`.
    ///
    /// # Errors
    /// A folder that cannot be listed, or entries of `keep` that are above the bound alone.
    pub(crate) fn trim(&self, keep: &HashSet<&str>) -> Result<(), TrainingError> {
        let folder = self.folder.join("songs");
        let mut others = Vec::new();
        let (mut total, mut needed) = (0, 0);
        for item in fs::read_dir(&folder).map_err(TrainingError::io("list", &folder))? {
            let item = item.map_err(TrainingError::io("list", &folder))?;
            // Another run may have removed it meanwhile.
            let Ok(meta) = item.metadata() else { continue };
            let name = item.file_name().to_string_lossy().into_owned();
            total += meta.len();
            if keep.contains(name.as_str()) {
                needed += meta.len();
            } else if !name.starts_with('.') {
                others.push((meta.modified().ok(), meta.len(), item.path()));
            }
        }
        if needed > self.most_bytes {
            return Err(TrainingError::CacheTooSmall {
                folder: self.folder.clone(),
                needed_bytes: needed,
                most_bytes: self.most_bytes,
            });
        }
        others.sort();
        for (_, bytes, path) in others {
            if total <= self.most_bytes {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                total -= bytes;
            }
        }
        Ok(())
    }

    fn remove_stale_parts(&self) {
        for part in ["songs", "files"] {
            let Ok(items) = fs::read_dir(self.folder.join(part)) else {
                continue;
            };
            for item in items.flatten() {
                let name = item.file_name().to_string_lossy().into_owned();
                let age = item
                    .metadata()
                    .and_then(|m| m.modified())
                    .ok()
                    .and_then(|t| t.elapsed().ok());
                if name.starts_with('.') && name.ends_with(".part") && age > Some(STALE) {
                    // What cannot be removed is harmless.
                    let _ = fs::remove_file(item.path());
                }
            }
        }
    }
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A checksum against torn files: FNV-1a over words of 8 bytes, some gigabytes a second.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    let mut sum = 0xcbf2_9ce4_8422_2325;
    for word in words {
        sum = step(sum, u64::from_le_bytes(*word)).rotate_left(23);
    }
    rest.iter()
        .fold(sum, |sum, byte| step(sum, u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(most_bytes: u64) -> (tempfile::TempDir, SongCache) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = SongCache::open(folder.path(), most_bytes).expect("a cache");
        (folder, cache)
    }

    #[test]
    fn a_torn_entry_is_no_entry() {
        let (_folder, cache) = cache(1 << 20);
        assert_eq!(cache.load("a"), None);
        cache.store("a", b"some payload").expect("stored");
        assert_eq!(cache.load("a").as_deref(), Some(&b"some payload"[..]));
        let path = cache.entry("a");
        let whole = fs::read(&path).expect("bytes");
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).expect("a torn file");
            assert_eq!(cache.load("a"), None, "cut at {cut}");
            assert!(!path.exists());
        }
        let mut flipped = whole.clone();
        flipped[30] ^= 1;
        fs::write(&path, flipped).expect("a damaged file");
        assert_eq!(cache.load("a"), None);
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let (_folder, cache) = cache(3 * (100 + HEADER_BYTES as u64));
        let old = SystemTime::now() - Duration::from_secs(600);
        for (age, key) in ["a", "b", "c", "d"].into_iter().enumerate() {
            cache.store(key, &[7; 100]).expect("stored");
            let file = File::open(cache.entry(key)).expect("an entry");
            file.set_modified(old + Duration::from_secs(age as u64))
                .expect("a time");
        }
        cache.touch("a");
        cache.trim(&HashSet::from(["b"])).expect("trimmed");
        assert!(cache.load("c").is_none(), "the oldest that is not in use");
        for key in ["a", "b", "d"] {
            assert!(cache.load(key).is_some(), "{key}");
        }
        let all = HashSet::from(["a", "b", "d"]);
        let (_other, small) = self::cache(10);
        small.store("a", &[7; 100]).expect("stored");
        let error = small.trim(&all).expect_err("too small");
        assert!(
            matches!(error, TrainingError::CacheTooSmall { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_changed_file_has_another_hash() {
        let (folder, cache) = cache(1 << 20);
        let path = folder.path().join("song");
        fs::write(&path, b"abc").expect("a file");
        let first = cache.content_hash(&path).expect("a hash");
        assert!(first.starts_with("ba7816bf"), "SHA-256 of abc: {first}");
        assert_eq!(cache.content_hash(&path).expect("a hash"), first);
        fs::write(&path, b"abcd").expect("a file");
        assert_ne!(cache.content_hash(&path).expect("a hash"), first);
    }
}
