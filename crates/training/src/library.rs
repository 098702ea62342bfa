//! The songs of a manifest: read once, kept in the cache, read again from there for every step.

use crate::TrainingError;
use crate::cache::{SongCache, hex};
use crate::sound::{SOUND_FORMAT, Sound, Stem};
use musiclime_audio::fbank::Fbank;
use musiclime_model::{ExtractorConfig, Hearing};
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The files of a song, as paths from here.
#[derive(Debug, Clone, PartialEq)]
pub struct SongFiles {
    /// The song's id.
    pub id: String,
    /// The mixture.
    pub audio: Option<PathBuf>,
    /// The folder of stems; it is preferred to the mixture.
    pub stems: Option<PathBuf>,
    /// The words.
    pub lyrics: Option<PathBuf>,
}

/// Reads songs as inference reads them, so that a model is fitted to what it will hear.
pub trait ReadSong: Sync {
    /// The sound that a model hears: each stem (or the mixture alone), mono at the model's rate, cut to what it hears,
    /// all equally long.
    ///
    /// # Errors
    /// Why the song cannot be used, in one line.
    fn sound(&self, song: &SongFiles, hearing: Hearing) -> Result<Vec<Vec<f32>>, String>;

    /// The words of a lyrics file.
    ///
    /// # Errors
    /// Why they cannot be used, in one line.
    fn lyrics(&self, path: &Path) -> Result<String, String>;
}

/// How songs are read and where they are kept.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    /// Reads them.
    pub reader: &'a dyn ReadSong,
    /// Keeps them.
    pub cache: &'a SongCache,
}

/// What is kept of each song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Stems, so that some can be taken away.
    Stems,
    /// The encoder's input: a run without perturbation needs no more.
    Features,
}

/// What a run needs of a song's sound.
#[derive(Clone)]
pub(crate) struct Ear {
    pub(crate) hearing: Hearing,
    pub(crate) fbank: Fbank,
    pub(crate) extractor: ExtractorConfig,
    pub(crate) kept: Kept,
}

impl Ear {
    /// Frames and mel bins of an input.
    pub(crate) fn shape(&self) -> [usize; 2] {
        let config = self.fbank.config();
        [config.max_frames, config.mel_bins]
    }
}

/// A song that is in the cache.
#[derive(Debug, Clone)]
pub(crate) struct CachedSong {
    /// Its name in the cache: a hash of its content and the settings.
    pub(crate) key: String,
    /// Its files, should it get lost.
    pub(crate) files: SongFiles,
    /// The windows that a model hears of it, in samples.
    pub(crate) windows: Vec<Range<usize>>,
}

/// Why a song could not be brought in.
pub(crate) enum NotRead {
    /// The song is at fault: it is left out.
    Song(String),
    /// The run is: it stops.
    Run(TrainingError),
}

impl Library<'_> {
    /// Brings a song into the cache unless it is there.
    pub(crate) fn bring(&self, files: &SongFiles, ear: &Ear) -> Result<CachedSong, NotRead> {
        let key = self
            .key(files, ear)
            .map_err(|e| NotRead::Song(one_line(&e)))?;
        let sound = match self.cache.load(&key).and_then(|b| CacheEntry::read(&b)) {
            Some(kept) => {
                self.cache.touch(&key);
                kept
            }
            None => self.make(files, ear, &key)?,
        };
        Ok(CachedSong {
            key,
            files: files.clone(),
            windows: ear.hearing.windows(sound.samples),
        })
    }

    /// The sound of a song that was brought in; it is read anew if another run pushed it out meanwhile.
    ///
    /// # Errors
    /// A song that cannot be read any more.
    pub(crate) fn sound(&self, song: &CachedSong, ear: &Ear) -> Result<Sound, TrainingError> {
        if let Some(kept) = self
            .cache
            .load(&song.key)
            .and_then(|b| CacheEntry::read(&b))
        {
            return Ok(kept.sound);
        }
        match self.make(&song.files, ear, &song.key) {
            Ok(kept) => Ok(kept.sound),
            Err(NotRead::Run(e)) => Err(e),
            Err(NotRead::Song(reason)) => Err(TrainingError::SongLost {
                song: song.files.id.clone(),
                reason,
            }),
        }
    }

    fn make(&self, files: &SongFiles, ear: &Ear, key: &str) -> Result<CacheEntry, NotRead> {
        let stems = self
            .reader
            .sound(files, ear.hearing)
            .map_err(NotRead::Song)?;
        let samples = stems.first().map_or(0, Vec::len);
        let least = ear.fbank.window_samples();
        if samples < least {
            return Err(NotRead::Song(format!(
                "expected at least {least} samples of sound, got {samples}"
            )));
        }
        let sound = Sound::Stems(stems.iter().map(|s| Stem::new(s)).collect());
        let sound = match ear.kept {
            Kept::Stems => sound,
            Kept::Features => {
                // The exact sum, as inference has it: nothing is rounded.
                let mut mono = vec![0.0f32; samples];
                for stem in &stems {
                    mono.iter_mut().zip(stem).for_each(|(a, b)| *a += b);
                }
                let windows = ear.hearing.windows(samples);
                let features = windows.into_iter().map(|w| {
                    ear.fbank
                        .features(&mono[w])
                        .map(|f| f.values)
                        .map_err(|e| NotRead::Song(e.to_string()))
                });
                Sound::Features(features.collect::<Result<_, _>>()?)
            }
        };
        let kept = CacheEntry { samples, sound };
        self.cache
            .store(key, &kept.to_bytes())
            .map_err(NotRead::Run)?;
        Ok(kept)
    }

    /// The hash of a song's content and of every setting that what is kept depends on.
    fn key(&self, files: &SongFiles, ear: &Ear) -> Result<String, TrainingError> {
        let mut what = format!(
            "{SOUND_FORMAT}\n{:?}\n{:?}\n{:?}\n",
            ear.kept, ear.hearing, ear.extractor
        );
        match (&files.stems, &files.audio) {
            (Some(folder), _) => {
                for path in files_of(folder)? {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    what += &format!("{name} {}\n", self.cache.content_hash(&path)?);
                }
            }
            (None, Some(path)) => what += &self.cache.content_hash(path)?,
            (None, None) => {}
        }
        Ok(hex(&Sha256::digest(what.as_bytes())))
    }
}

/// The plain files of a folder, sorted.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, TrainingError> {
    let failed = |e| TrainingError::io("list", folder)(e);
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).map_err(failed)? {
        let path = item.map_err(failed)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// An entry of the cache: the sound, and how many samples of the song are heard.
struct CacheEntry {
    samples: usize,
    sound: Sound,
}

impl CacheEntry {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = (self.samples as u64).to_le_bytes().to_vec();
        out.extend(self.sound.to_bytes());
        out
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (samples, sound) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            samples: u64::from_le_bytes(*samples) as usize,
            sound: Sound::from_bytes(sound)?,
        })
    }
}

/// An error and its causes in one line.
pub(crate) fn one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}
