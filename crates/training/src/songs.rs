use crate::library::CachedSong;
use crate::sound::{Sound, Stem};
use crate::{TrainTask, TrainingError, Watch};
use musiclime_audio::prepare::to_mono_at;
use musiclime_core::{Lyrics, WordComponent};
use musiclime_dataset::songbook::{Songbook, SongbookSong};
use musiclime_evaluation::GroundTruth;
use musiclime_explanation::{Case, split_words};
use musiclime_model::ModelError;
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
    /// What is true of it.
    pub(crate) truth: GroundTruth,
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
    pub(crate) fn new(id: String, sound: Place, lyrics: Lyrics, truth: GroundTruth) -> Self {
        Self {
            id,
            sound,
            words: split_words(lyrics.text(), Case::Folded, None),
            lyrics,
            truth,
        }
    }

    /// A song at the model's rate.
    fn of_songbook(
        song: &SongbookSong,
        task: TrainTask,
        rate_hz: Option<u32>,
    ) -> Result<Self, TrainingError> {
        let sound = match rate_hz {
            Some(rate_hz) => {
                let stems = song.stems.waveforms().iter().map(|w| {
                    let mono = to_mono_at(w, rate_hz).map_err(ModelError::from)?;
                    Ok(Stem::new(&mono))
                });
                Place::Memory(Sound::Stems(stems.collect::<Result<_, TrainingError>>()?))
            }
            None => Place::None,
        };
        let truth = task.of_songbook(song.genre, song.emotion);
        Ok(Self::new(
            song.id.clone(),
            sound,
            song.lyrics.clone(),
            truth,
        ))
    }
}

/// Which songs of a songbook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SongbookPart {
    pub(crate) seed: u64,
    pub(crate) count: usize,
    pub(crate) task: TrainTask,
    /// The rate that the model hears at, in Hz; `None` if it does not hear.
    pub(crate) rate_hz: Option<u32>,
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

/// The songs of a part of a songbook.
///
/// They are made once a run, at some 18 ms each on one thread, and not cached, at 1.3 MB each.
///
/// # Errors
/// Sound that cannot be resampled, or [`TrainingError::Cancelled`].
pub(crate) fn songbook_songs(
    part: SongbookPart,
    counter: &Counter,
) -> Result<Vec<TrainingSong>, TrainingError> {
    let book = Songbook::new(part.seed);
    (0..part.count)
        .into_par_iter()
        .map(|index| {
            let song = TrainingSong::of_songbook(&book.song(index), part.task, part.rate_hz)?;
            counter.one()?;
            Ok(song)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn songs_are_brought_to_the_rate_of_the_model() {
        let song = Songbook::new(1).song(0);
        let samples = |rate_hz| {
            let song = TrainingSong::of_songbook(&song, TrainTask::Genre, rate_hz).expect("a song");
            match song.sound {
                Place::Memory(Sound::Stems(stems)) => {
                    assert_eq!(stems.len(), 4);
                    stems.iter().map(|s| s.samples.len()).max()
                }
                _ => None,
            }
        };
        assert_eq!(samples(Some(8_000)), Some(81_920));
        assert_eq!(samples(Some(22_050)), Some(225_792));
        assert_eq!(samples(None), None);
    }
}
