//! The lyrics: what they must hold, and what they must not.

use musiclime_dataset::songbook::{Cause, Songbook, SongbookSong, Task};
use std::collections::{BTreeMap, BTreeSet};

/// Case-folded `\w+` words with their counts.
pub(crate) fn word_counts(song: &SongbookSong) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let text = song.lyrics.text().to_lowercase();
    for word in text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| !w.is_empty())
    {
        *counts.entry(word.to_string()).or_default() += 1;
    }
    counts
}

fn planted_words(song: &SongbookSong, task: Task) -> Vec<String> {
    song.truth
        .iter()
        .filter(|t| t.task == task)
        .filter_map(|t| match &t.cause {
            Cause::Lyrics { word } => Some(word.clone()),
            Cause::Audio { .. } => None,
        })
        .collect()
}

#[test]
fn cue_words_stand_once_each_in_different_lines_and_no_other_cue_word_stands() {
    let lists = [
        songbook_words("country"),
        songbook_words("gospel"),
        songbook_words("surf"),
        Songbook::new(0).labels(0).1.valence.words().to_vec(),
    ];
    assert!(lists.iter().all(|l| l.len() == 8));
    let mut every: BTreeSet<&str> = lists.into_iter().flatten().collect();
    for index in 0..50 {
        every.extend(Songbook::new(0).labels(index).1.valence.words());
    }
    assert_eq!(every.len(), 48);

    let book = Songbook::new(11);
    for index in 0..200 {
        let song = book.song(index);
        let genre = planted_words(&song, Task::Genre);
        let valence = planted_words(&song, Task::Emotion);
        assert_eq!(
            genre.len(),
            if song.genre.words().is_some() { 3 } else { 0 },
            "{}",
            song.id
        );
        assert_eq!(valence.len(), 3);
        assert!(
            genre
                .iter()
                .all(|w| song.genre.words().unwrap_or_default().contains(&w.as_str()))
        );
        assert!(
            valence
                .iter()
                .all(|w| song.emotion.valence.words().contains(&w.as_str()))
        );
        let counts = word_counts(&song);
        let planted: BTreeSet<&String> = genre.iter().chain(&valence).collect();
        assert_eq!(planted.len(), genre.len() + valence.len());
        let standing: BTreeSet<&String> = counts
            .keys()
            .filter(|w| every.contains(w.as_str()))
            .collect();
        assert_eq!(standing, planted, "{}", song.id);
        for word in &planted {
            assert_eq!(counts[*word], 1, "{word} in {}", song.id);
        }
        for line in song.lyrics.text().to_lowercase().lines() {
            let here = planted
                .iter()
                .filter(|w| line.split(' ').any(|x| x == w.as_str()))
                .count();
            assert!(here <= 1, "{line}");
        }
        let most_frequent = counts.iter().max_by_key(|(_, n)| **n).map(|(w, n)| (w, *n));
        assert!(most_frequent.is_some_and(|(w, n)| n >= 3 && !planted.contains(w)));
    }
}

fn songbook_words(genre: &str) -> Vec<&'static str> {
    genre
        .parse::<musiclime_dataset::songbook::Genre>()
        .ok()
        .and_then(|g| g.words())
        .map_or_else(Vec::new, <[&str]>::to_vec)
}

#[test]
fn lyrics_have_sections_a_refrain_capitals_apostrophes_and_enough_words() {
    let book = Songbook::new(12);
    let mut apostrophes = 0;
    for index in 0..200 {
        let song = book.song(index);
        let text = song.lyrics.text();
        let sections: Vec<Vec<&str>> = text
            .trim_end()
            .split("\n\n")
            .map(|s| s.lines().collect())
            .collect();
        assert_eq!(sections.len(), 4);
        assert!(
            sections[0] == sections[2] || sections[1] == sections[3],
            "a refrain comes twice"
        );
        let lines: usize = sections.iter().map(Vec::len).sum();
        assert!((16..=17).contains(&lines), "{lines} lines");
        assert!(text.ends_with('\n') && text.is_ascii());
        assert!(
            sections
                .iter()
                .flatten()
                .all(|l| l.starts_with(|c: char| c.is_ascii_uppercase()))
        );
        assert!(!text.contains(['{', '}']), "a slot is left open: {text}");
        apostrophes += usize::from(text.contains('\''));
        let distinct = word_counts(&song).len();
        assert!((40..=75).contains(&distinct), "{distinct} distinct words");
    }
    assert!(
        apostrophes > 120,
        "{apostrophes} of 200 songs have an apostrophe"
    );
}

#[test]
fn no_two_songs_and_no_two_seeds_share_their_lyrics() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        for index in 0..50 {
            let song = Songbook::new(seed).song(index);
            assert!(
                seen.insert(song.lyrics.text().to_string()),
                "{} repeats another song",
                song.id
            );
        }
    }
}

#[test]
fn the_text_does_not_depend_on_the_labels_but_for_the_planted_words() {
    let book = Songbook::new(13);
    let blanked = |song: &SongbookSong| -> Vec<String> {
        let nouns: BTreeSet<String> = Task::ALL
            .iter()
            .flat_map(|t| planted_words(song, *t))
            .collect();
        song.lyrics
            .text()
            .split_inclusive([' ', '\n'])
            .map(|w| {
                if nouns.contains(w.trim()) {
                    "*".to_string()
                } else {
                    w.to_string()
                }
            })
            .collect()
    };
    for index in 0..20 {
        let one = blanked(&book.song_as(index, labels("opera").0, labels("opera").1));
        let two = blanked(&book.song_as(index, labels("surf").0, labels("surf").1));
        assert_eq!(one.len(), two.len());
        let differing = one.iter().zip(&two).filter(|(a, b)| a != b).count();
        // Three genre words stand where neutral nouns stood; the valence words stand in the same places.
        assert_eq!(differing, 3, "song {index}");
    }
}

/// Labels that differ in the genre, the valence and the energy.
pub(crate) fn labels(
    genre: &str,
) -> (
    musiclime_dataset::songbook::Genre,
    musiclime_dataset::songbook::Emotion,
) {
    let emotion = if genre == "opera" {
        "negative_medium"
    } else {
        "positive_high"
    };
    match (genre.parse(), emotion.parse()) {
        (Ok(genre), Ok(emotion)) => (genre, emotion),
        other => panic!("{other:?}"),
    }
}
