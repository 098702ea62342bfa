//! From a data source to the songs of a run.

use crate::library::{Ear, Kept, Library, NotRead, SongFiles};
use crate::songs::{Counter, Place, SongbookPart, TrainingSong, songbook_songs};
use crate::source::{DataSource, ManifestSource};
use crate::task::Told;
use crate::{TrainConfig, TrainTask, TrainingError, Watch};
use musiclime_core::{LabelSet, Lyrics};
use musiclime_dataset::DatasetError;
use musiclime_dataset::manifest::{Entry, Manifest, Split};
use musiclime_dataset::nearest;
use musiclime_evaluation::GroundTruth;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicUsize;

/// A song that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedSong {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// The songs of a run.
pub(crate) struct Prepared {
    pub(crate) labels: LabelSet,
    pub(crate) songs: Vec<TrainingSong>,
    pub(crate) held_out: Vec<TrainingSong>,
    pub(crate) skipped: Vec<SkippedSong>,
    pub(crate) notes: Vec<String>,
    /// A hash of all that the songs are, so that a resumed run can tell that they changed.
    pub(crate) fingerprint: String,
}

/// Reads or makes the songs.
///
/// # Errors
/// A manifest that cannot be used, a label without a class, a split without a usable song, a full disk, or a stop.
pub(crate) fn prepare(
    config: &TrainConfig,
    library: Option<Library>,
    ear: Option<&Ear>,
    watch: &dyn Watch,
) -> Result<Prepared, TrainingError> {
    match config.source() {
        DataSource::Songbook {
            seed,
            songs,
            validation_seed,
            validation_songs,
        } => {
            let part = |seed, count| SongbookPart {
                seed,
                count,
                task: config.task,
                rate_hz: ear.map(|e| e.hearing.sample_rate_hz),
            };
            let counter = Counter {
                watch,
                done: AtomicUsize::new(0),
                total: songs + validation_songs,
            };
            Ok(Prepared {
                labels: config.task.songbook_labels(),
                songs: songbook_songs(part(seed, songs), &counter)?,
                held_out: songbook_songs(part(validation_seed, validation_songs), &counter)?,
                skipped: Vec::new(),
                notes: Vec::new(),
                fingerprint: format!(
                    "songbook {seed} {songs} {validation_seed} {validation_songs}"
                ),
            })
        }
        DataSource::Manifest(source) => {
            let library = library.ok_or_else(|| TrainingError::Setting {
                what: "manifest",
                expected: "a library to read its songs with",
                got: "none".into(),
            })?;
            Listed {
                config,
                source,
                library,
                ear,
                watch,
            }
            .prepare()
        }
    }
}

/// A manifest on its way into songs.
struct Listed<'a> {
    config: &'a TrainConfig,
    source: &'a ManifestSource,
    library: Library<'a>,
    ear: Option<&'a Ear>,
    watch: &'a dyn Watch,
}

impl Listed<'_> {
    fn prepare(&self) -> Result<Prepared, TrainingError> {
        let manifest = Manifest::read(&self.source.path)?;
        let mut notes = Vec::new();
        let train = self.labelled(&manifest, self.source.train, &mut notes)?;
        let validation = self.labelled(&manifest, self.source.validation, &mut notes)?;
        let labels = match &self.source.labels {
            Some(names) => LabelSet::new(names.clone()).map_err(DatasetError::from)?,
            None => {
                let least = self.source.min_tag_songs;
                self.config.task.labels_of(&train, least)?
            }
        };
        if self.config.task.output().is_softmax() && labels.len() < 2 {
            return Err(TrainingError::Setting {
                what: "labels",
                expected: "at least 2 classes among the training songs",
                got: labels.names().join(", "),
            });
        }
        let train = self.truths(&train, &labels)?;
        let validation = self.truths(&validation, &labels)?;

        let counter = Counter {
            watch: self.watch,
            done: AtomicUsize::new(0),
            total: train.len() + validation.len(),
        };
        let mut skipped = Vec::new();
        let songs = self.read(&manifest, &train, &counter, &mut skipped)?;
        let held_out = self.read(&manifest, &validation, &counter, &mut skipped)?;
        self.used(&songs, self.source.train, &skipped)?;
        self.used(&held_out, self.source.validation, &skipped)?;
        self.note_rare(&labels, &songs, &held_out, &mut notes);
        if self.ear.is_some_and(|ear| ear.kept == Kept::Stems)
            && train.iter().any(|(e, _)| e.stems.is_none())
        {
            notes.push(
                "songs without stems are perturbed by whole segments of the mixture and by words"
                    .into(),
            );
        }
        let fingerprint = fingerprint(&songs, &held_out);
        Ok(Prepared {
            labels,
            songs,
            held_out,
            skipped,
            notes,
            fingerprint,
        })
    }

    /// Says which labels can hardly be learned or judged.
    fn note_rare(
        &self,
        labels: &LabelSet,
        songs: &[TrainingSong],
        held_out: &[TrainingSong],
        notes: &mut Vec<String>,
    ) {
        let (kind, unjudged) = match self.config.task {
            TrainTask::Genre | TrainTask::Emotion => {
                ("class", "counts as F1 0 in the macro average")
            }
            TrainTask::Tags => ("tag", "is left out of the mean average precision"),
            TrainTask::Mood => return,
        };
        for (index, name) in labels.names().iter().enumerate() {
            let count = |songs: &[TrainingSong]| songs.iter().filter(|s| has(s, index)).count();
            match count(songs) {
                0 => notes.push(format!(
                    "the {kind} \"{name}\" has no training song: it cannot be learned"
                )),
                1 => notes.push(format!(
                    "the {kind} \"{name}\" has a single training song: it will be learned by heart, if at all"
                )),
                _ => {}
            }
            if count(held_out) == 0 {
                notes.push(format!(
                    "the {kind} \"{name}\" has no validation song: it {unjudged}"
                ));
            }
        }
    }

    /// The songs of a split of which something is known.
    fn labelled<'m>(
        &self,
        manifest: &'m Manifest,
        split: Split,
        notes: &mut Vec<String>,
    ) -> Result<Vec<&'m Entry>, TrainingError> {
        let task = self.config.task;
        let of_split: Vec<&Entry> = manifest
            .entries()
            .iter()
            .filter(|e| e.split == Some(split))
            .collect();
        let labelled: Vec<&Entry> = of_split
            .iter()
            .copied()
            .filter(|e| task.is_told(e))
            .collect();
        let without = of_split.len() - labelled.len();
        if without > 0 {
            notes.push(format!(
                "{without} of {} songs of the split {} have no {} and are left out",
                of_split.len(),
                split.name(),
                task.fields()
            ));
        }
        if labelled.is_empty() {
            return Err(TrainingError::NoSongs {
                path: self.source.path.clone(),
                split: split.name(),
                reason: if of_split.is_empty() {
                    format!("no line has \"split\": \"{}\"", split.name())
                } else {
                    format!("none has {}", task.fields())
                },
            });
        }
        Ok(labelled)
    }

    /// What is true of the songs.
    fn truths<'m>(
        &self,
        songs: &[&'m Entry],
        labels: &LabelSet,
    ) -> Result<Vec<(&'m Entry, GroundTruth)>, TrainingError> {
        let task = self.config.task;
        let truth = |entry: &'m Entry| match task.of_entry(entry, labels) {
            Told::Truth(truth) => Some(Ok((entry, truth))),
            Told::Nothing => None,
            Told::Unknown(label) => Some(Err(TrainingError::UnknownLabel {
                song: entry.id.clone(),
                task: task.name(),
                label: label.to_string(),
                nearest: nearest(label, labels.names().iter().map(String::as_str))
                    .map(str::to_string),
            })),
        };
        songs.iter().filter_map(|entry| truth(entry)).collect()
    }

    fn read(
        &self,
        manifest: &Manifest,
        entries: &[(&Entry, GroundTruth)],
        counter: &Counter,
        skipped: &mut Vec<SkippedSong>,
    ) -> Result<Vec<TrainingSong>, TrainingError> {
        let read: Vec<Result<TrainingSong, SkippedSong>> = entries
            .par_iter()
            .map(|(entry, truth)| {
                let song = match self.song(manifest, entry, truth.clone()) {
                    Ok(song) => Ok(song),
                    Err(NotRead::Run(e)) => return Err(e),
                    Err(NotRead::Song(reason)) => Err(SkippedSong {
                        id: entry.id.clone(),
                        reason,
                    }),
                };
                counter.one()?;
                Ok(song)
            })
            .collect::<Result<_, TrainingError>>()?;
        let mut songs = Vec::new();
        for one in read {
            match one {
                Ok(song) => songs.push(song),
                Err(skip) => skipped.push(skip),
            }
        }
        Ok(songs)
    }

    fn song(
        &self,
        manifest: &Manifest,
        entry: &Entry,
        truth: GroundTruth,
    ) -> Result<TrainingSong, NotRead> {
        let resolve =
            |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| manifest.resolve(p));
        let files = SongFiles {
            id: entry.id.clone(),
            audio: resolve(&entry.audio),
            stems: resolve(&entry.stems),
            lyrics: resolve(&entry.lyrics),
        };
        let lyrics = match (self.config.modality.reads(), &files.lyrics) {
            (true, Some(path)) => self.library.reader.lyrics(path).map_err(NotRead::Song)?,
            (true, None) if !self.config.modality.hears() => {
                return Err(NotRead::Song("it has no lyrics".into()));
            }
            // An instrumental of a data set with words: the model reads nothing, as it will in inference.
            (true, None) | (false, _) => String::new(),
        };
        let sound = match self.ear {
            Some(ear) => Place::Cache(self.library.bring(&files, ear)?),
            None => Place::None,
        };
        let lyrics = Lyrics::new(lyrics);
        Ok(TrainingSong::new(files.id, sound, lyrics, truth))
    }

    fn used(
        &self,
        songs: &[TrainingSong],
        split: Split,
        skipped: &[SkippedSong],
    ) -> Result<(), TrainingError> {
        if !songs.is_empty() {
            return Ok(());
        }
        let first = skipped.first();
        Err(TrainingError::NoSongs {
            path: self.source.path.clone(),
            split: split.name(),
            reason: first.map_or_else(
                || "none was read".to_string(),
                |s| format!("\"{}\": {}", s.id, s.reason),
            ),
        })
    }
}

/// Whether a song has a class or tag.
fn has(song: &TrainingSong, index: usize) -> bool {
    match &song.truth {
        GroundTruth::Class(class) => *class == index,
        GroundTruth::Tags(tags) => tags[index],
        GroundTruth::Values(_) => false,
    }
}

fn fingerprint(songs: &[TrainingSong], held_out: &[TrainingSong]) -> String {
    let mut hasher = Sha256::new();
    for part in [songs, held_out] {
        for song in part {
            let sound = match &song.sound {
                Place::Cache(cached) => cached.key.as_str(),
                Place::None | Place::Memory(_) => "",
            };
            // Lengths keep two songs apart whatever their texts are.
            for field in [song.id.as_str(), sound, song.lyrics.text()] {
                hasher.update((field.len() as u64).to_le_bytes());
                hasher.update(field.as_bytes());
            }
            match &song.truth {
                GroundTruth::Class(class) => hasher.update((*class as u64).to_le_bytes()),
                GroundTruth::Tags(tags) => {
                    tags.iter().for_each(|has| hasher.update([u8::from(*has)]));
                }
                GroundTruth::Values(values) => {
                    values.iter().for_each(|v| hasher.update(v.to_le_bytes()));
                }
            }
        }
        hasher.update(b"|");
    }
    crate::cache::hex(&hasher.finalize())
}
