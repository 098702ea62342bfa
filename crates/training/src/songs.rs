use crate::library::CachedSong;
use crate::sound::{Sound, Stem};
use crate::{TrainingError, Watch};
use musiclime_core::{Lyrics, WordComponent};
use musiclime_dataset::songbook::{Songbook, SongbookSong, Task};
use musiclime_explanation::{Case, split_words};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A song of a training run.
#[derive(Debug, Clone)]
pub(crate) struct TrainingSong {
    /// Its name, for messages.
    pub(crate) id: String,
    /// Its sound.
    pub(crate) sound: Place,
    /// Its lyrics.
    pub(crate) lyrics: Lyrics,
    /// The words, for taking some away.
    pub(crate) words: Vec<WordComponent>,
    /// The class.
    pub(crate) label: usize,
}

/// Where a song's sound is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Nowhere: the run does not hear.
    None,
    /// In memory.
    Memory(Sound),
    /// In the cache on disk.
    Cache(CachedSong),
}

impl TrainingSong {
    pub(crate) fn new(id: String, sound: Place, lyrics: Lyrics, label: usize) -> Self {
        Self {
            id,
            sound,
            words: split_words(lyrics.text(), Case::Folded, None),
            lyrics,
            label,
        }
    }

    fn of_songbook(song: &SongbookSong, task: Task, hears: bool) -> Self {
        let sound = if hears {
            let stems = song.stems.waveforms().iter();
            Place::Memory(Sound::Stems(
                stems.map(|w| Stem::new(&w.downmix())).collect(),
            ))
        } else {
            Place::None
        };
        Self::new(
            song.id.clone(),
            sound,
            song.lyrics.clone(),
            song.label_index(task),
        )
    }
}

/// Which songs of a songbook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SongbookPart {
    pub(crate) seed: u64,
    pub(crate) count: usize,
    pub(crate) task: Task,
    pub(crate) hears: bool,
}

/// Counts songs as they get ready, and stops when asked to.
pub(crate) struct Counter<'a> {
    pub(crate) watch: &'a dyn Watch,
    pub(crate) done: AtomicUsize,
    pub(crate) total: usize,
}

impl Counter<'_> {
    /// One more is ready.
    ///
    /// # Errors
    /// [`TrainingError::Cancelled`].
    pub(crate) fn one(&self) -> Result<(), TrainingError> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.watch.songs(done, self.total) {
            Ok(())
        } else {
            Err(TrainingError::Cancelled)
        }
    }
}

/// The songs of a part of a songbook. They are made, not cached: that takes no longer than reading them would.
pub(crate) fn songbook_songs(
    part: SongbookPart,
    counter: &Counter,
) -> Result<Vec<TrainingSong>, TrainingError> {
    let book = Songbook::new(part.seed);
    (0..part.count)
        .into_par_iter()
        .map(|index| {
            let song = TrainingSong::of_songbook(&book.song(index), part.task, part.hears);
            counter.one()?;
            Ok(song)
        })
        .collect()
}
