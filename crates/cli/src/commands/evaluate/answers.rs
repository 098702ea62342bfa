//! A model's answers for a test set: songs are read ahead on threads of their own, and go through the model together.

use super::predicted::Predicted;
use super::test_songs::{TestSong, TestSongs};
use crate::failure::{Failure, OrFail};
use crate::interrupt;
use crate::progress::Bar;
use musiclime_core::{Classifier, Song};
use musiclime_model::MusicClassifier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Songs that go through the model together. A read song is about 2 MB, and as many wait while one batch is computed.
const TOGETHER: usize = 16;

/// What a model said, and about which songs it could not.
pub struct Answers {
    /// The answers, in the test set's order.
    pub predictions: Predicted,
    /// Songs that could not be read or classified: name and why.
    pub unreadable: Vec<(String, String)>,
}

type Read = (usize, Result<Song, Failure>);

/// Asks a model about every song.
///
/// # Errors
/// Ctrl-C, a failing device, or not one song that could be read.
pub fn answers(classifier: &MusicClassifier, test: &TestSongs) -> Result<Answers, Failure> {
    let songs = test.songs();
    let bar = Bar::new(songs.len(), "songs");
    let next = AtomicUsize::new(0);
    let readers = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut rows: Vec<Option<Result<Vec<f64>, String>>> = Vec::new();
    rows.resize_with(songs.len(), || None);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(TOGETHER);
        for _ in 0..readers {
            let (sender, next) = (sender.clone(), &next);
            let hearing = classifier.hearing();
            scope.spawn(move || read(songs, next, &sender, |song| song.load(hearing)));
        }
        drop(sender);
        classify(classifier, receiver, &bar, &mut rows)
    })?;
    bar.finish();
    let mut unreadable = test.unreadable.clone();
    let mut answered = Vec::new();
    for (song, row) in songs.iter().zip(rows) {
        match row {
            Some(Ok(answer)) => answered.push((song, answer)),
            Some(Err(why)) => unreadable.push((song.id.clone(), why)),
            None => unreadable.push((song.id.clone(), "it was not read".into())),
        }
    }
    if let (true, Some((id, why))) = (answered.is_empty(), unreadable.first()) {
        return Err(Failure::new(format!(
            "none of the {} songs could be read; the first, \"{id}\": {why}",
            unreadable.len()
        ))
        .hint("correct the files that the manifest names"));
    }
    Ok(Answers {
        predictions: Predicted::new(classifier.labels().clone(), answered, test.task),
        unreadable,
    })
}

/// Reads songs until there are no more or nobody listens.
fn read(
    songs: &[TestSong],
    next: &AtomicUsize,
    sender: &SyncSender<Read>,
    load: impl Fn(&TestSong) -> Result<Song, Failure>,
) {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= songs.len() || interrupt::asked() {
            return;
        }
        if sender.send((index, load(&songs[index]))).is_err() {
            return;
        }
    }
}

/// Classifies songs as they come. The receiver goes with this function, which stops the readers.
fn classify(
    classifier: &MusicClassifier,
    receiver: Receiver<Read>,
    bar: &Bar,
    rows: &mut [Option<Result<Vec<f64>, String>>],
) -> Result<(), Failure> {
    let mut done = 0;
    loop {
        let read: Vec<Read> = receiver.iter().take(TOGETHER).collect();
        interrupt::check()?;
        if read.is_empty() {
            return Ok(());
        }
        done += read.len();
        let mut whole: Vec<(usize, Song)> = Vec::new();
        for (index, song) in read {
            match song {
                Ok(song) => whole.push((index, song)),
                Err(failure) => rows[index] = Some(Err(failure.in_one_line())),
            }
        }
        let together: Vec<&Song> = whole.iter().map(|(_, song)| song).collect();
        let answers = classifier
            .classify_many(&together)
            .or_fail("the model failed")?;
        for ((index, _), answer) in whole.iter().zip(answers) {
            rows[*index] = Some(match answer {
                Ok(p) => Ok(p.row(0).to_vec()),
                Err(e) => Err(e.to_string()),
            });
        }
        bar.set(done);
    }
}
