//! A folder of results that appears whole or not at all.

use crate::failure::{Failure, OrFail};
use std::path::{Path, PathBuf};

/// Results on their way into a folder.
///
/// They are written to a hidden folder beside it and moved at the end; a run that fails or is stopped leaves the
/// folder as it was.
pub struct OutputDir {
    target: PathBuf,
    // Dropped in this order: the hidden folder goes before the folders that were made for it.
    staging: tempfile::TempDir,
    _parents: MadeParents,
}

/// Parent folders that did not exist before, the deepest first.
struct MadeParents(Vec<PathBuf>);

impl Drop for MadeParents {
    fn drop(&mut self) {
        for folder in &self.0 {
            // A folder that holds results stays: only empty ones can be removed this way.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl OutputDir {
    /// Makes the hidden folder, so that a place that cannot be written to is known before any work is done.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let fail = |e: std::io::Error| {
            Failure::new(format!(
                "cannot write to the output folder {}",
                target.display()
            ))
            .because(&e)
            .hint("--out with a folder that you may write to")
        };
        if target.exists() && !target.is_dir() {
            return Err(
                Failure::new(format!("{} is a file, not a folder", target.display()))
                    .hint("--out with a folder"),
            );
        }
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let missing = parent
            .ancestors()
            .take_while(|p| !p.as_os_str().is_empty() && !p.exists());
        let parents = MadeParents(missing.map(Path::to_owned).collect());
        std::fs::create_dir_all(parent).map_err(fail)?;
        let staging = tempfile::Builder::new()
            .prefix(".musiclime-")
            .tempdir_in(parent)
            .map_err(fail)?;
        Ok(Self {
            target: target.to_owned(),
            _parents: parents,
            staging,
        })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Moves the results into place; what the folder held under the same names is replaced.
    ///
    /// # Errors
    /// A folder that cannot be written to any more.
    pub fn publish(self) -> Result<PathBuf, Failure> {
        let headline = format!("cannot move the results to {}", self.target.display());
        if !self.target.exists() {
            // The whole folder at once. Temporary folders are their owner's alone; results are as any other folder.
            share(self.staging.path()).or_fail(headline.clone())?;
            std::fs::rename(self.staging.path(), &self.target).or_fail(headline)?;
            return Ok(self.target);
        }
        for entry in std::fs::read_dir(self.staging.path()).or_fail(headline.clone())? {
            let from = entry.or_fail(headline.clone())?.path();
            let Some(name) = from.file_name() else {
                continue;
            };
            let to = self.target.join(name);
            if to.is_dir() {
                std::fs::remove_dir_all(&to).or_fail(headline.clone())?;
            }
            std::fs::rename(&from, &to).or_fail(headline.clone())?;
        }
        Ok(self.target)
    }
}

#[cfg(unix)]
fn share(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn share(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
