//! Where the songs of a run come from.

use musiclime_dataset::manifest::Split;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Songs that a manifest lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestSource {
    /// The manifest.
    pub path: PathBuf,
    /// The split that is fitted to.
    #[serde(default = "train")]
    pub train: Split,
    /// The split that chooses the epoch.
    #[serde(default = "validation")]
    pub validation: Split,
    /// The classes or tags in output order; without them, those of the training split, sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Training songs that a tag needs, to be learned.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub min_tag_songs: usize,
}

fn one() -> usize {
    1
}

fn is_one(number: &usize) -> bool {
    *number == 1
}

fn train() -> Split {
    Split::Train
}

fn validation() -> Split {
    Split::Validation
}

impl ManifestSource {
    /// The usual splits of a manifest.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            train: train(),
            validation: validation(),
            labels: None,
            min_tag_songs: one(),
        }
    }
}

/// Where the songs of a run come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DataSource<'a> {
    /// Songs that are generated.
    Songbook {
        /// Seed of the songs that are fitted to.
        seed: u64,
        /// How many.
        songs: usize,
        /// Seed of the songs that choose the epoch.
        validation_seed: u64,
        /// How many.
        validation_songs: usize,
    },
    /// Songs that a manifest lists.
    Manifest(&'a ManifestSource),
}
