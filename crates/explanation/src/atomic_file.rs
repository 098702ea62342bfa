use crate::ExplanationError;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// Writes `bytes` beside `path` and renames, so that `path` is never half-written.
pub(crate) fn write_by_rename(path: &Path, bytes: &[u8]) -> Result<(), ExplanationError> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|e| {
            // The first error is the one to tell; a part file that cannot be removed changes nothing about it.
            let _ = fs::remove_file(&part);
            ExplanationError::Write {
                path: path.to_path_buf(),
                reason: e.to_string(),
            }
        })
}
