//! Many songs: those of a manifest, or of the songbook.

use crate::commands::evaluate::load_songbook_song;
use crate::failure::{Failure, OrFail};
use crate::separators::OpenSeparator;
use crate::song_arg::{LoadedSong, SongArg, WantStems};
use musiclime_dataset::manifest::{Entry, Manifest, Split};
use musiclime_dataset::songbook::Songbook;
use musiclime_model::Hearing;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Which songs, and what is kept of each.
#[derive(clap::Args, Clone, Debug)]
pub struct SongSourceArg {
    /// Explain the songs of this manifest (one JSON object a line).
    #[arg(long, conflicts_with_all = ["audio", "lyrics", "stems"])]
    dataset: Option<PathBuf>,
    /// Only this part of the manifest: train, validation or test.
    #[arg(long, requires = "dataset", value_parser = split)]
    split: Option<Split>,
    /// At most this many songs of the manifest, the first ones.
    #[arg(long, requires = "dataset")]
    limit: Option<usize>,
    /// Explain songs of the songbook with this seed, with their true stems.
    #[arg(long, conflicts_with_all = ["audio", "lyrics", "stems", "dataset", "start", "duration", "separator"])]
    songbook: Option<u64>,
    /// How many songs of the songbook.
    #[arg(long, requires = "songbook", default_value_t = 100)]
    songs: usize,
    /// Keep the perturbations of every song (neighborhood.safetensors).
    #[arg(long)]
    pub neighborhoods: bool,
    /// Keep everything of every song: perturbations, report, figures and sound.
    #[arg(long)]
    pub reports: bool,
}

fn split(name: &str) -> Result<Split, String> {
    let names: Vec<&str> = Split::ALL.iter().map(|s| s.name()).collect();
    Split::ALL
        .into_iter()
        .find(|s| s.name() == name)
        .ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// Songs that can be loaded one by one.
pub enum SongSource {
    /// Songs of a manifest.
    Manifest {
        /// All of it.
        manifest: Manifest,
        /// SHA-256 of the file, in hex.
        sha256: String,
        /// The chosen entries, by index.
        chosen: Vec<usize>,
    },
    /// The first songs of a songbook.
    Songbook {
        /// Its seed.
        seed: u64,
        /// How many.
        songs: usize,
    },
}

/// What a source is, as the results record it: which songs were chosen is not part of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceInfo {
    /// SHA-256 of a manifest.
    ManifestSha256(String),
    /// Seed of a songbook.
    SongbookSeed(u64),
}

impl SongSourceArg {
    /// Opens the source; `None` where one song is meant.
    ///
    /// # Errors
    /// A manifest that cannot be used, or no song.
    pub fn open(&self) -> Result<Option<SongSource>, Failure> {
        if let Some(seed) = self.songbook {
            if self.songs == 0 {
                return Err(
                    Failure::new("--songs 0: expected at least 1").hint("--songs with at least 1")
                );
            }
            return Ok(Some(SongSource::Songbook {
                seed,
                songs: self.songs,
            }));
        }
        let Some(path) = &self.dataset else {
            if self.neighborhoods || self.reports {
                return Err(Failure::new(
                    "--neighborhoods and --reports are for many songs; one song has both",
                )
                .hint("--dataset or --songbook, or leave the flag away"));
            }
            return Ok(None);
        };
        let headline = format!("cannot use the manifest {}", path.display());
        let hint = "a JSON object a line: {\"id\": ..., \"audio\" or \"stems\": ..., \"lyrics\": ...}, with paths \
                    relative to the manifest";
        let bytes = std::fs::read(path).or_fail(headline.clone())?;
        let manifest = Manifest::read(path)
            .or_fail(headline.clone())
            .map_err(|f| f.hint(hint))?;
        let entries = manifest.entries().iter().enumerate();
        let chosen: Vec<usize> = entries
            .filter(|(_, e)| self.split.is_none() || e.split == self.split)
            .map(|(i, _)| i)
            .take(self.limit.unwrap_or(usize::MAX))
            .collect();
        if chosen.is_empty() {
            let split = self.split.map_or("any", Split::name);
            return Err(Failure::new(headline)
                .because(&musiclime_core::Invalid::new(
                    "songs",
                    format!("at least 1 of the split \"{split}\""),
                    0,
                ))
                .hint("another --split, or a --limit of at least 1"));
        }
        let digest = Sha256::digest(&bytes);
        Ok(Some(SongSource::Manifest {
            manifest,
            sha256: digest.iter().map(|b| format!("{b:02x}")).collect(),
            chosen,
        }))
    }
}

impl SongSource {
    /// What it is.
    pub fn info(&self) -> SourceInfo {
        match self {
            Self::Manifest { sha256, .. } => SourceInfo::ManifestSha256(sha256.clone()),
            Self::Songbook { seed, .. } => SourceInfo::SongbookSeed(*seed),
        }
    }

    /// How many songs.
    pub fn len(&self) -> usize {
        match self {
            Self::Manifest { chosen, .. } => chosen.len(),
            Self::Songbook { songs, .. } => *songs,
        }
    }

    /// The name of song `i`, which no other song of the source has.
    pub fn id(&self, i: usize) -> String {
        match self {
            Self::Manifest {
                manifest, chosen, ..
            } => manifest.entries()[chosen[i]].id.clone(),
            Self::Songbook { seed, .. } => Songbook::new(*seed).song_id(i),
        }
    }

    /// Loads song `i`; `excerpt` says which part of a recording.
    ///
    /// # Errors
    /// Any file that cannot be used.
    pub fn load(
        &self,
        i: usize,
        hearing: Option<Hearing>,
        separator: &OpenSeparator,
        excerpt: &SongArg,
    ) -> Result<LoadedSong, Failure> {
        match self {
            Self::Manifest {
                manifest, chosen, ..
            } => {
                let entry = &manifest.entries()[chosen[i]];
                let want = match hearing {
                    Some(_) => WantStems::OrEstimated(separator),
                    None => WantStems::No,
                };
                let mut loaded = files(manifest, entry, excerpt).load(hearing, want)?;
                loaded.song.name.clone_from(&entry.id);
                Ok(loaded)
            }
            Self::Songbook { seed, .. } => {
                load_songbook_song(&Songbook::new(*seed).song(i), hearing)
            }
        }
    }
}

/// The files of an entry.
fn files(manifest: &Manifest, entry: &Entry, excerpt: &SongArg) -> SongArg {
    let path = |path: &Option<PathBuf>| path.as_deref().map(|p| manifest.resolve(p));
    SongArg {
        audio: path(&entry.audio),
        lyrics: path(&entry.lyrics),
        stems: path(&entry.stems),
        start: excerpt.start,
        duration: excerpt.duration,
    }
}
