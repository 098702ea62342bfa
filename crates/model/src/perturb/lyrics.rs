//! The text that a row of switches leaves.

use musiclime_core::{ByteRange, Components, WordFiller};

/// The lyrics and every place that can be switched, in order.
pub(super) struct LyricVariants<'a> {
    text: &'a str,
    filler: &'a str,
    /// A place, and the switch it hangs on.
    places: Vec<(ByteRange, usize)>,
}

impl<'a> LyricVariants<'a> {
    pub(super) fn new(text: &'a str, components: &'a Components) -> Self {
        let first = match components.is_joint() {
            true => 0,
            false => components.audio_len(),
        };
        let mut places: Vec<(ByteRange, usize)> = components
            .text_places()
            .into_iter()
            .flat_map(|(column, places)| places.iter().map(move |p| (p.clone(), column - first)))
            .collect();
        places.sort_by_key(|(place, _)| place.start);
        let filler = match &components.word_filler {
            WordFiller::Removal => "",
            WordFiller::Text(text) => text,
        };
        Self {
            text,
            filler,
            places,
        }
    }

    /// The text with the filler in place of what is off; every other byte stays.
    pub(super) fn text(&self, switches: &[u8]) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (place, switch) in &self.places {
            if switches[*switch] == 0 && place.start >= at {
                out.push_str(&self.text[at..place.start]);
                out.push_str(self.filler);
                at = place.end;
            }
        }
        out.push_str(&self.text[at..]);
        out
    }
}
