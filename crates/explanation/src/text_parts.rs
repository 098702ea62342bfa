//! Lines and sections of lyrics as components.

use crate::Case;
use crate::words::is_word_char;
use musiclime_core::{ByteRange, WordComponent};
use std::collections::HashMap;

/// A line of a text that has at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// Its bytes, without blanks at both ends.
    pub place: ByteRange,
    /// Whether a blank line, or the start of the text, lies before it.
    pub opens_section: bool,
}

fn text_lines(text: &str) -> Vec<TextLine> {
    let mut list = Vec::new();
    let (mut at, mut blank) = (0, true);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if trimmed.is_empty() {
            blank = true;
        } else if trimmed.chars().any(is_word_char) {
            list.push(TextLine {
                place: start..start + trimmed.len(),
                opens_section: blank,
            });
            blank = false;
        }
    }
    list
}

/// The distinct lines of lyrics by first appearance, each with every place where it stands.
///
/// Lines with the same words are one component, as words are; punctuation between them does not count, case only where
/// the recipe keeps it. `read_bytes` is as in [`split_words`](crate::split_words).
pub fn lines(text: &str, case: Case, read_bytes: Option<usize>) -> Vec<WordComponent> {
    let places = text_lines(text).into_iter().map(|line| line.place);
    distinct(text, places, case, read_bytes, |_, written| {
        written.to_owned()
    })
}

/// The distinct sections of lyrics (between blank lines) by first appearance, each with every place where it stands.
///
/// A section is named by its number and its first line: `section1: ...`.
pub fn sections(text: &str, case: Case, read_bytes: Option<usize>) -> Vec<WordComponent> {
    let mut places: Vec<ByteRange> = Vec::new();
    for line in text_lines(text) {
        match places.last_mut() {
            Some(section) if !line.opens_section => section.end = line.place.end,
            _ => places.push(line.place),
        }
    }
    distinct(
        text,
        places.into_iter(),
        case,
        read_bytes,
        |index, written| {
            let first = written.lines().next().unwrap_or("").trim();
            format!("section{}: {first}", index + 1)
        },
    )
}

fn distinct(
    text: &str,
    places: impl Iterator<Item = ByteRange>,
    case: Case,
    read_bytes: Option<usize>,
    name: impl Fn(usize, &str) -> String,
) -> Vec<WordComponent> {
    let mut known: HashMap<Vec<String>, usize> = HashMap::new();
    let mut list: Vec<WordComponent> = Vec::new();
    for place in places {
        let key: Vec<String> = word_places(text, &place)
            .into_iter()
            .map(|word| match case {
                Case::Folded => text[word].to_lowercase(),
                Case::Kept => text[word].to_owned(),
            })
            .collect();
        match known.get(&key) {
            Some(&index) => list[index].places.push(place),
            None => {
                known.insert(key, list.len());
                list.push(WordComponent {
                    word: name(list.len(), &text[place.clone()]),
                    unread: read_bytes.is_some_and(|read| place.start >= read),
                    places: vec![place],
                });
            }
        }
    }
    list
}

/// The words within a stretch of a text, as bytes of the whole text.
pub fn word_places(text: &str, within: &ByteRange) -> Vec<ByteRange> {
    let mut list = Vec::new();
    let mut start = None;
    let part = &text[within.clone()];
    for (at, c) in part
        .char_indices()
        .chain(std::iter::once((part.len(), ' ')))
    {
        match (start, is_word_char(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                list.push(within.start + from..within.start + at);
                start = None;
            }
            _ => {}
        }
    }
    list
}

/// Where each of some lines stands in a text, searched one after the other: each from where the last one ended, and from
/// the start where it does not come later. Case and punctuation do not count; `None` for a line that is not there.
pub fn matched(text: &str, wanted: &[&str]) -> Vec<Option<ByteRange>> {
    let places = word_places(text, &(0..text.len()));
    let words: Vec<String> = places
        .iter()
        .map(|p| text[p.clone()].to_lowercase())
        .collect();
    let mut at = 0;
    wanted
        .iter()
        .map(|line| {
            let line: Vec<String> = word_places(line, &(0..line.len()))
                .into_iter()
                .map(|p| line[p].to_lowercase())
                .collect();
            if line.is_empty() || line.len() > words.len() {
                return None;
            }
            let stands = |i: &usize| words[*i..*i + line.len()] == line[..];
            let last = words.len() - line.len();
            let found = (at..=last)
                .find(stands)
                .or_else(|| (0..=last).find(stands))?;
            at = found + line.len();
            Some(places[found].start..places[at - 1].end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Heave away,\r\nheave AWAY!\n\n  The sea is wide \nso wide\n\nHeave away\nheave away\n\n--\n";

    #[test]
    fn equal_lines_and_sections_are_one_component() {
        let folded = lines(TEXT, Case::Folded, None);
        let names: Vec<&str> = folded.iter().map(|l| l.word.as_str()).collect();
        assert_eq!(names, ["Heave away,", "The sea is wide", "so wide"]);
        assert_eq!(folded[0].places.len(), 4);
        let places: Vec<&str> = folded[0].places.iter().map(|p| &TEXT[p.clone()]).collect();
        assert_eq!(
            places,
            ["Heave away,", "heave AWAY!", "Heave away", "heave away"]
        );
        assert_eq!(lines(TEXT, Case::Kept, None).len(), 5);
        let parts = sections(TEXT, Case::Folded, Some(20));
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert_eq!(parts[0].word, "section1: Heave away,");
        assert_eq!(parts[0].places.len(), 2);
        assert_eq!(
            &TEXT[parts[1].places[0].clone()],
            "The sea is wide \nso wide"
        );
        assert!(!parts[0].unread && parts[1].unread);
    }

    #[test]
    fn lines_are_found_one_after_the_other() {
        let found = matched(
            TEXT,
            &[
                "heave away",
                "The sea",
                "is wide, so wide",
                "HEAVE AWAY",
                "no",
                "--",
            ],
        );
        let at: Vec<Option<&str>> = found.iter().map(|f| f.clone().map(|p| &TEXT[p])).collect();
        assert_eq!(
            at,
            [
                Some("Heave away"),
                Some("The sea"),
                Some("is wide \nso wide"),
                Some("Heave away"),
                None,
                None
            ]
        );
        assert!(found[3].as_ref().expect("found").start > found[2].as_ref().expect("found").end);
    }
}
