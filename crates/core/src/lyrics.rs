use std::ops::Range;

/// A range of bytes in the UTF-8 text of some lyrics.
pub type ByteRange = Range<usize>;

/// The words of a song: its text exactly as the file has it (no trimming, line ends kept).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lyrics {
    text: String,
}

impl Lyrics {
    /// Keeps the text unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text with the bytes of `removed` cut out; every other byte stays in place.
    ///
    /// The ranges may come in any order and may overlap; ends past the text are cut.
    pub fn without(&self, removed: &[ByteRange]) -> String {
        let mut ranges: Vec<&ByteRange> = removed.iter().collect();
        ranges.sort_by_key(|r| r.start);
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for r in ranges {
            let end = r.end.min(self.text.len());
            if r.start > at {
                out.push_str(&self.text[at..r.start.min(self.text.len())]);
            }
            at = at.max(end);
        }
        out.push_str(&self.text[at..]);
        out
    }
}
