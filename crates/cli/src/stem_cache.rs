//! Stems that were separated before, on disk.

use crate::failure::{Failure, OrFail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The cache's largest size in bytes: some five songs of ten minutes in four stems.
const MAX_BYTES: u64 = 4 << 30;
/// The environment variable that names the folder.
const FOLDER_VARIABLE: &str = "MUSICLIME_CACHE";
/// Changes when the same settings give other stems than before.
const GENERATION: &str = "1";

/// Where stems of one recording, separator, weights and settings lie, or would lie.
///
/// An entry appears by rename and is never changed; the entries that were not used for the longest time go when the whole
/// exceeds its bound.
#[derive(Debug)]
pub struct CacheEntry {
    root: PathBuf,
    folder: PathBuf,
}

impl CacheEntry {
    /// The entry for these parts of a key; none on a system that names no folder for caches.
    pub fn of(parts: &[&str]) -> Option<Self> {
        let root = root()?;
        let mut hasher = Sha256::new();
        for part in [GENERATION, env!("CARGO_PKG_VERSION")].iter().chain(parts) {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
        let folder = root.join(format!("{:x}", hasher.finalize()));
        Some(Self { root, folder })
    }

    /// The folder, if the stems are there; using it makes it the youngest.
    pub fn get(&self) -> Option<&Path> {
        if !self.folder.join("stems.json").is_file() {
            return None;
        }
        // Without the right to write there, an entry only ages sooner.
        let _ = std::fs::write(self.folder.join(".used"), "");
        Some(&self.folder)
    }

    /// Copies a folder of stems into the cache, and removes what is oldest until the whole fits.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn put(&self, stems: &Path) -> Result<(), Failure> {
        let headline = || format!("cannot write to the stem cache {}", self.root.display());
        if size(stems) > MAX_BYTES {
            return Ok(());
        }
        std::fs::create_dir_all(&self.root).or_fail(headline())?;
        let staging = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(&self.root)
            .or_fail(headline())?;
        for entry in std::fs::read_dir(stems).or_fail(headline())? {
            let path = entry.or_fail(headline())?.path();
            if let Some(name) = path.file_name() {
                std::fs::copy(&path, staging.path().join(name)).or_fail(headline())?;
            }
        }
        if !self.folder.exists() {
            std::fs::rename(staging.path(), &self.folder).or_fail(headline())?;
        }
        self.shrink(MAX_BYTES);
        Ok(())
    }

    /// Removes the entries that were not used for the longest time, never this one.
    fn shrink(&self, most_bytes: u64) {
        let Ok(entries) = std::fs::read_dir(&self.root) else {
            return;
        };
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = entries
            .filter_map(Result::ok)
            .map(|e| e.path())
            .filter(|p| p.is_dir() && *p != self.folder)
            .map(|p| (used(&p), size(&p), p))
            .collect();
        entries.sort();
        let mut total = size(&self.folder) + entries.iter().map(|e| e.1).sum::<u64>();
        for (_, bytes, path) in entries {
            if total <= most_bytes {
                return;
            }
            // Another process may be quicker; what cannot be removed is tried again next time.
            if std::fs::remove_dir_all(&path).is_ok() {
                total -= bytes;
            }
        }
    }
}

fn used(folder: &Path) -> SystemTime {
    let time = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified());
    time(&folder.join(".used"))
        .or_else(|_| time(folder))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder).map_or(0, |entries| {
        entries
            .filter_map(Result::ok)
            .filter_map(|e| e.metadata().ok())
            .map(|m| m.len())
            .sum()
    })
}

/// The user's folder for caches.
fn root() -> Option<PathBuf> {
    let named = |variable: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    if let Some(folder) = named(FOLDER_VARIABLE) {
        return Some(folder.join("stems"));
    }
    let caches = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Caches"))
    } else {
        named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))
    };
    caches.map(|folder| folder.join("musiclime/stems"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(root: &Path, name: &str) -> CacheEntry {
        CacheEntry {
            root: root.to_owned(),
            folder: root.join(name),
        }
    }

    #[test]
    fn the_longest_unused_entries_go_first() {
        let root = tempfile::tempdir().expect("a folder");
        let stems = tempfile::tempdir().expect("a folder");
        std::fs::write(stems.path().join("vocals.wav"), vec![0; 1000]).expect("written");
        std::fs::write(stems.path().join("stems.json"), "[]").expect("written");
        for name in ["a", "b", "c"] {
            let entry = entry(root.path(), name);
            assert!(entry.get().is_none());
            entry.put(stems.path()).expect("stored");
            assert!(entry.get().is_some());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(entry(root.path(), "a").get().is_some(), "now the youngest");
        entry(root.path(), "c").shrink(2100);
        let left: Vec<bool> = ["a", "b", "c"]
            .iter()
            .map(|name| entry(root.path(), name).get().is_some())
            .collect();
        assert_eq!(left, [true, false, true]);
    }
}
