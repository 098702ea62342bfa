use crate::DatasetError;
use std::path::{Component, Path, PathBuf};

/// `path` as seen from `folder`, both from the current folder: `..` as often as needed. Where the two have nothing in
/// common (two drives), the absolute path.
///
/// Folders that exist are taken for what they really are, so a link in either does not lead astray.
///
/// # Errors
/// A current folder that is not there any more.
pub fn relative_to(path: &Path, folder: &Path) -> Result<PathBuf, DatasetError> {
    let (path, folder) = (real(path)?, real(folder)?);
    let (to, from): (Vec<Component>, Vec<Component>) =
        (path.components().collect(), folder.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return Ok(path);
    }
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    Ok(up.chain(to[shared..].iter().copied()).collect())
}

/// The absolute path without links in the part of it that exists.
fn real(path: &Path) -> Result<PathBuf, DatasetError> {
    let whole = std::path::absolute(path).map_err(DatasetError::io("find", path))?;
    for known in whole.ancestors() {
        if let Ok(found) = known.canonicalize() {
            let rest = whole.strip_prefix(known).unwrap_or(Path::new(""));
            return Ok(found.join(rest));
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_from_another_folder_leads_to_the_same_file() -> Result<(), DatasetError> {
        let root = std::env::temp_dir();
        let seen = |path: &str, folder: &str| relative_to(&root.join(path), &root.join(folder));
        assert_eq!(seen("a/b/c.wav", "a/b")?, Path::new("c.wav"));
        assert_eq!(seen("a/b/c.wav", "a/x/y")?, Path::new("../../b/c.wav"));
        assert_eq!(seen("a/c.wav", "a")?, Path::new("c.wav"));
        Ok(())
    }
}
