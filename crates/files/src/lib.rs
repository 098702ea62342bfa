//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

/// Writes `bytes` to a hidden file beside `path` and renames it, so that `path` is never half-written.
///
/// The hidden file bears the process's number: two processes that write the same path do not mix their bytes, the
/// later one wins.
///
/// # Errors
/// A path without a file name, a folder that is missing or cannot be written, a full disk. No hidden file is left
/// behind where it can be removed.
pub fn write_by_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Some(file_name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path names no file",
        ));
    };
    let mut name = OsString::from(".");
    name.push(file_name);
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .inspect_err(|_| {
            // The first error is the one to tell; a hidden file that cannot be removed changes nothing about it.
            let _ = fs::remove_file(&part);
        })
}
