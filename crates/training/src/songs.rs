use musiclime_core::{Lyrics, WordComponent};
use musiclime_dataset::songbook::{Songbook, SongbookSong, Task};
use musiclime_explanation::{Case, split_words};
use rayon::prelude::*;

/// A song as a training run keeps it in memory.
///
/// # Shapes
/// `stems`: `[stem][sample]`, mono, 16 bit: rounding the mean of two channels to 16 bit is 96 dB below full scale.
#[derive(Debug, Clone)]
pub struct TrainingSong {
    /// The stems; empty when the run does not hear.
    pub stems: Vec<Vec<i16>>,
    /// The lyrics.
    pub lyrics: Lyrics,
    /// The words, for taking some away.
    pub words: Vec<WordComponent>,
    /// The class.
    pub label: usize,
}

impl TrainingSong {
    fn new(song: &SongbookSong, task: Task, hears: bool) -> Self {
        let stems = if hears {
            let waveforms = song.stems.waveforms().iter();
            waveforms
                .map(|w| w.downmix().iter().map(|x| quantise(*x)).collect())
                .collect()
        } else {
            Vec::new()
        };
        Self {
            stems,
            words: split_words(song.lyrics.text(), Case::Folded, None),
            lyrics: song.lyrics.clone(),
            label: song.label_index(task),
        }
    }

    /// Their sum, without the stem segments that are off.
    ///
    /// `on` has one entry a stem and segment, segment-major; `segments` are equal parts.
    pub(crate) fn mix(&self, on: &[bool], segments: usize) -> Vec<f32> {
        let len = self.stems.first().map_or(0, Vec::len);
        let mut out = vec![0.0f32; len];
        let part = (len / segments).max(1);
        for segment in 0..segments {
            let end = if segment + 1 == segments {
                len
            } else {
                (segment + 1) * part
            };
            for (s, stem) in self.stems.iter().enumerate() {
                if on[segment * self.stems.len() + s] {
                    for (a, b) in out[segment * part..end]
                        .iter_mut()
                        .zip(&stem[segment * part..end])
                    {
                        *a += f32::from(*b) / 32_768.0;
                    }
                }
            }
        }
        out
    }
}

fn quantise(x: f32) -> i16 {
    (x * 32_768.0)
        .round()
        .clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

/// Songs `0..count` of a songbook; `progress` hears how many are done.
pub fn songbook_songs(
    seed: u64,
    count: usize,
    task: Task,
    hears: bool,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<TrainingSong> {
    let book = Songbook::new(seed);
    let done = std::sync::atomic::AtomicUsize::new(0);
    (0..count)
        .into_par_iter()
        .map(|index| {
            let song = TrainingSong::new(&book.song(index), task, hears);
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
            song
        })
        .collect()
}
