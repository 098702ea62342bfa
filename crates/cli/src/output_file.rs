//! A file of results that appears whole or not at all.

use std::io::Write;
use std::path::Path;

/// Writes a hidden file beside `path` and renames it.
///
/// # Errors
/// A folder that cannot be written to.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut staged = stage(path)?;
    staged.write_all(bytes)?;
    make_readable(staged.path())?;
    staged.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Whether [`write()`] will be able to: known before any work is done.
///
/// # Errors
/// A folder that does not exist or cannot be written to.
pub fn check(path: &Path) -> std::io::Result<()> {
    stage(path).map(drop)
}

fn stage(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".musiclime-")
        .tempfile_in(parent)
}

/// Temporary files are made for their owner alone; an output file is as any other.
#[cfg(unix)]
fn make_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
