//! A collection's files by the songs' ids.

use crate::DatasetError;
use musiclime_audio::decode::has_audio_extension;

use crate::manifest::relative_to;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of a folder by their name without its extension, as paths from another folder.
pub(super) struct Files {
    from_home: PathBuf,
    names: HashMap<String, PathBuf>,
}

impl Files {
    /// The audio files of a folder that has to be there.
    pub fn audio(folder: &Path, home: &Path) -> Result<Self, DatasetError> {
        Self::list(folder, home, has_audio_extension)
    }

    /// The text files of a folder; none where there is no folder.
    pub fn lyrics(folder: &Path, home: &Path) -> Result<Self, DatasetError> {
        if folder.is_dir() {
            let is_text = |p: &Path| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("txt"));
            return Self::list(folder, home, is_text);
        }
        Ok(Self {
            from_home: PathBuf::new(),
            names: HashMap::new(),
        })
    }

    fn list(
        folder: &Path,
        home: &Path,
        wanted: impl Fn(&Path) -> bool,
    ) -> Result<Self, DatasetError> {
        let failed = |e| DatasetError::io("list the folder", folder)(e);
        let mut names: HashMap<String, PathBuf> = HashMap::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let name = PathBuf::from(entry.map_err(failed)?.file_name());
            let (Some(stem), true) = (name.file_stem(), wanted(&name)) else {
                continue;
            };
            let stem = stem.to_string_lossy().into_owned();
            // Of two files for one song the first by name counts, whatever the order of the folder.
            let known = names.entry(stem).or_insert_with(|| name.clone());
            if name < *known {
                *known = name;
            }
        }
        Ok(Self {
            from_home: relative_to(folder, home)?,
            names,
        })
    }

    /// A song's file as seen from home.
    pub fn of(&self, id: &str) -> Option<PathBuf> {
        self.names.get(id).map(|name| self.from_home.join(name))
    }
}
