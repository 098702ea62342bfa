//! Splits: what must hold for any data set.

use musiclime_dataset::balance::Balance;
use musiclime_dataset::manifest::{Entry, Manifest, Split};
use musiclime_dataset::split::{LonelyClasses, Shares, split};
use musiclime_dataset::{DatasetError, songbook::Task};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn song(id: usize, genre: &str, artist: Option<String>) -> Entry {
    Entry {
        id: format!("s{id}"),
        audio: Some(format!("{id}.wav").into()),
        genre: Some(genre.to_owned()),
        artist,
        ..Entry::default()
    }
}

proptest! {
    #[test]
    fn no_artist_is_in_two_splits_and_no_song_is_lost(
        drawn in prop::collection::vec((0usize..5, 0usize..30), 2..150),
        seed in 0u64..1000,
        train in 0.3f64..0.9,
    ) {
        let entries: Vec<Entry> = drawn
            .iter()
            .enumerate()
            // Every sixth artist is not known, and case does not tell artists apart.
            .map(|(i, (class, artist))| {
                let name = (artist % 6 > 0).then(|| match i % 2 {
                    0 => format!("Artist {artist}"),
                    _ => format!("artist {artist} "),
                });
                song(i, &format!("g{class}"), name)
            })
            .collect();
        let shares = Shares::new(train, (1.0 - train) / 2.0).expect("shares");
        let manifest = Manifest::new("", entries.clone());
        let (divided, report) = split(&manifest, Task::Genre, shares, seed, LonelyClasses::Train).expect("a split");
        let mut of_artist: BTreeMap<String, BTreeSet<Split>> = BTreeMap::new();
        for (before, after) in entries.iter().zip(divided.entries()) {
            let place = after.split.expect("every labelled song is in a split");
            prop_assert_eq!(&Entry { split: None, ..after.clone() }, before);
            if let Some(artist) = &after.artist {
                of_artist.entry(artist.trim().to_lowercase()).or_default().insert(place);
            }
        }
        prop_assert!(of_artist.values().all(|splits| splits.len() == 1), "{of_artist:?}");
        prop_assert_eq!(report.songs.iter().sum::<usize>(), entries.len());

        // The order of the songs does not matter, the seed is all there is to chance.
        let reversed = Manifest::new("", entries.into_iter().rev().collect());
        let (again, _) = split(&reversed, Task::Genre, shares, seed, LonelyClasses::Train).expect("a split");
        let by_id = |m: &Manifest| -> BTreeMap<String, Option<Split>> {
            m.entries().iter().map(|e| (e.id.clone(), e.split)).collect()
        };
        prop_assert_eq!(by_id(&divided), by_id(&again));
    }
}

#[test]
fn classes_are_spread_in_the_wanted_shares() {
    // 9 classes of 20 to 100 songs, artists with 1 to 4 songs.
    let mut entries = Vec::new();
    for class in 0..9 {
        for i in 0..20 + 10 * class {
            let artist = format!("{class}-{}", i / (1 + class % 4));
            entries.push(song(entries.len(), &format!("g{class}"), Some(artist)));
        }
    }
    let manifest = Manifest::new("", entries);
    let shares = Shares::new(0.8, 0.1).expect("shares");
    let (divided, report) =
        split(&manifest, Task::Genre, shares, 7, LonelyClasses::Refuse).expect("a split");
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(report.mean_deviation < 0.02, "{report:?}");
    let worst = report.worst.expect("a worst class");
    assert!((worst.share - worst.wanted).abs() < 0.06, "{worst:?}");
    for class in Balance::of(divided.entries(), Task::Genre).classes {
        assert!(class.validation > 0 && class.test > 0, "{class:?}");
    }
    let (other, _) =
        split(&manifest, Task::Genre, shares, 8, LonelyClasses::Refuse).expect("a split");
    assert!(other != divided, "the seed does nothing");
}

#[test]
fn a_class_of_one_song_is_refused_or_noted() {
    let mut entries: Vec<Entry> = (0..10).map(|i| song(i, "rock", None)).collect();
    entries.push(song(10, "jazz", None));
    let manifest = Manifest::new("", entries);
    let shares = Shares::new(0.8, 0.1).expect("shares");
    let refused = split(&manifest, Task::Genre, shares, 0, LonelyClasses::Refuse);
    assert!(
        matches!(&refused, Err(DatasetError::LonelyClass { class, song, .. }) if class == "jazz" && song == "s10"),
        "{refused:?}"
    );
    let (divided, report) =
        split(&manifest, Task::Genre, shares, 0, LonelyClasses::Train).expect("a split");
    assert_eq!(divided.entries()[10].split, Some(Split::Train));
    assert!(
        report.notes[0].contains("jazz") && report.notes[0].contains("s10"),
        "{report:?}"
    );
    assert_eq!(report.without_artist, 11);
    let unlabelled = split(&manifest, Task::Emotion, shares, 0, LonelyClasses::Train);
    assert!(unlabelled.is_err(), "{unlabelled:?}");
}

#[test]
fn shares_that_cannot_be_are_refused() {
    for (train, validation) in [
        (0.0, 0.5),
        (0.8, 0.3),
        (-0.1, 0.1),
        (f64::NAN, 0.1),
        (0.5, 1.5),
    ] {
        assert!(
            Shares::new(train, validation).is_err(),
            "{train} {validation}"
        );
    }
    let shares = Shares::new(0.9, 0.1).expect("shares");
    assert_eq!(shares.of(Split::Test), 0.0);
}
