use crate::Case;
use crate::word_marks::MARKS_OUTSIDE_WORDS;
use musiclime_core::WordComponent;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Whether Python's `\w` matches this character.
///
/// # Source
/// CPython's `re`: `str.isalnum` or an underscore. Letters (`L*`) and numbers (`N*`) are in; combining marks and
/// circled letters, which `char::is_alphanumeric` takes for letters, are out.
pub fn is_word_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    c.is_alphanumeric() && !is_mark(c)
}

fn is_mark(c: char) -> bool {
    let code = u32::from(c);
    MARKS_OUTSIDE_WORDS
        .binary_search_by(|&(first, last)| {
            if last < code {
                Ordering::Less
            } else if first > code {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        })
        .is_ok()
}

/// Splits lyrics into their distinct words by first appearance, each with every place where it stands.
///
/// `read_bytes` is the offset behind the last byte that the model reads; `None` when it reads everything. A word is
/// unread when all its places start at or behind that offset. Time is linear in the text.
///
/// # Source
/// `lime.lime_text.IndexedString` with its default split expression `\W+` and a bag of words; so "don't" gives "don"
/// and "t". [`Case::Folded`] is the deliberate difference: words are compared in lower case, places stay those of
/// the unchanged text.
pub fn split_words(text: &str, case: Case, read_bytes: Option<usize>) -> Vec<WordComponent> {
    let mut index: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut words: Vec<WordComponent> = Vec::new();
    let mut start = None;
    let ends = text
        .char_indices()
        .chain(std::iter::once((text.len(), ' ')));
    for (at, c) in ends {
        match (start, is_word_char(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                start = None;
                let written = &text[from..at];
                let key: Cow<'_, str> = match case {
                    Case::Folded => Cow::Owned(written.to_lowercase()),
                    Case::Kept => Cow::Borrowed(written),
                };
                let place = from..at;
                match index.get(&key) {
                    Some(&known) => words[known].places.push(place),
                    None => {
                        words.push(WordComponent {
                            word: key.clone().into_owned(),
                            unread: read_bytes.is_some_and(|read| from >= read),
                            places: vec![place],
                        });
                        index.insert(key, words.len() - 1);
                    }
                }
            }
            _ => {}
        }
    }
    words
}
