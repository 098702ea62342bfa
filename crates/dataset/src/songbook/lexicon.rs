//! The words that decide a class, and the neutral words that decide nothing. No word is in two lists.

use super::labels::{Genre, Valence};

pub(super) const COUNTRY: [&str; 8] = [
    "truck", "prairie", "saddle", "fiddle", "whiskey", "cowboy", "barn", "lasso",
];
pub(super) const GOSPEL: [&str; 8] = [
    "mercy", "choir", "psalm", "altar", "gospel", "chapel", "blessing", "hymn",
];
pub(super) const SEA: [&str; 8] = [
    "sailor",
    "harbour",
    "anchor",
    "captain",
    "tide",
    "ocean",
    "schooner",
    "lighthouse",
];
pub(super) const NEGATIVE: [&str; 8] = [
    "sorrow",
    "grief",
    "misery",
    "teardrop",
    "heartache",
    "funeral",
    "despair",
    "wound",
];
pub(super) const EVERYDAY: [&str; 8] = [
    "kitchen", "ticket", "cupboard", "pencil", "bucket", "receipt", "doorbell", "umbrella",
];
pub(super) const POSITIVE: [&str; 8] = [
    "laughter",
    "sunshine",
    "delight",
    "celebration",
    "smile",
    "triumph",
    "carnival",
    "joy",
];

/// Every list of cue words.
#[cfg(test)]
pub(super) const CUE_LISTS: [&[&str]; 6] =
    [&COUNTRY, &GOSPEL, &SEA, &NEGATIVE, &EVERYDAY, &POSITIVE];

/// Nouns that stand where a cue word could stand; they say nothing about any class.
pub(super) const NOUNS: [&str; 56] = [
    "river", "mountain", "garden", "window", "engine", "letter", "shadow", "bridge", "market",
    "mirror", "ladder", "signal", "feather", "hammer", "island", "jacket", "lantern", "machine",
    "needle", "number", "orchard", "pocket", "question", "ribbon", "story", "table", "tower",
    "valley", "village", "wagon", "whisper", "winter", "button", "camera", "castle", "chimney",
    "circle", "copper", "desert", "echo", "forest", "glacier", "hollow", "journey", "kettle",
    "marble", "meadow", "morning", "painting", "pattern", "pebble", "secret", "station", "thunder",
    "violet", "canyon",
];

pub(super) const ADJECTIVES: [&str; 14] = [
    "old", "quiet", "yellow", "borrowed", "distant", "little", "strange", "narrow", "open",
    "second", "hidden", "empty", "famous", "painted",
];

/// First halves of verse lines: `{a}` takes an adjective, `{n}` a noun or a cue word.
pub(super) const VERSE_HEADS: [&str; 28] = [
    "I carried the {a} {n}",
    "you were leaving the {n}",
    "she followed the {a} {n}",
    "we talked about the {n}",
    "they're looking for the {n}",
    "don't forget the {a} {n}",
    "there's a song about the {n}",
    "I dreamed of the {a} {n}",
    "he wrote me of the {n}",
    "I'm thinking of the {n}",
    "you told me of the {a} {n}",
    "nobody mentioned the {n}",
    "we painted the {n}",
    "I can't explain the {n}",
    "somebody brought the {a} {n}",
    "it was only the {n}",
    "I remember the {a} {n}",
    "you're asking me about the {n}",
    "she made a picture of the {n}",
    "we left behind the {a} {n}",
    "they wondered at the {n}",
    "I turned to the {n}",
    "he never saw the {a} {n}",
    "that's where I found the {n}",
    "you and I and the {n}",
    "we waited for the {a} {n}",
    "it begins with the {n}",
    "nothing but the {a} {n}",
];

/// Refrain lines; `{n}` is the song's own refrain noun, `{m}` a second one.
pub(super) const REFRAIN_HEADS: [&str; 14] = [
    "oh {n}, oh {n},",
    "sing it for the {n}",
    "{n}, {n}, call me back",
    "round and round the {n}",
    "oh, let it ring,",
    "take me to the {m}",
    "all I want is the {n}",
    "hey now, hey now,",
    "over the {m} and over the {n}",
    "won't you sing about the {m}",
    "la la la, the {n}",
    "we're coming to the {m}",
    "come on, come on, {n}",
    "it's the {n} and it's the {m}",
];

/// Second halves, in families whose last words rhyme.
pub(super) const RHYMES: [&[&str]; 11] = [
    &[
        "before the break of day",
        "and it's a long long way",
        "that's all I have to say",
        "so won't you stay",
        "when the sky turned gray",
        "at the end of May",
        "while the children play",
    ],
    &[
        "in the middle of the night",
        "under the lantern light",
        "just out of sight",
        "so hold on tight",
        "in black and white",
        "turning left and right",
    ],
    &[
        "all over town",
        "when the rain came down",
        "in her evening gown",
        "with a tinfoil crown",
        "all dressed in brown",
        "looking upside down",
    ],
    &[
        "and nobody knew my name",
        "and it's never the same",
        "like a candle flame",
        "long before you came",
        "it's only a game",
        "inside of the frame",
    ],
    &[
        "down the county line",
        "and it's yours and mine",
        "by the crooked pine",
        "like a glass of wine",
        "waiting for a sign",
        "at a quarter to nine",
    ],
    &[
        "for another year",
        "and the road is clear",
        "when you're standing here",
        "if you want to hear",
        "till you disappear",
        "somewhere far or near",
    ],
    &[
        "when the lights are low",
        "where the old roads go",
        "and that's all I know",
        "falling like the snow",
        "take it nice and slow",
        "a long time ago",
        "when the wind would blow",
    ],
    &[
        "behind the door",
        "on the wooden floor",
        "like never before",
        "and I want some more",
        "from the little store",
        "till half past four",
    ],
    &[
        "in the pouring rain",
        "on the early train",
        "by the window pane",
        "down the gravel lane",
        "as we meet again",
        "over the open plain",
    ],
    &[
        "in the upstairs hall",
        "leaning on the wall",
        "at the end of fall",
        "when I heard you call",
        "and I saw it all",
        "when the trees were tall",
    ],
    &[
        "and the clocks are round",
        "with hardly a sound",
        "on the frozen ground",
        "it was lost and found",
        "where the streets are bound",
        "with a turn around",
    ],
];

pub(super) const FIRST_NAMES: [&str; 12] = [
    "Ada", "Bram", "Cleo", "Dario", "Edda", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaia",
    "Lorne",
];
pub(super) const LAST_NAMES: [&str; 12] = [
    "Quill",
    "Marrow",
    "Vale",
    "Tindall",
    "Osprey",
    "Harrow",
    "Linden",
    "Copperfeld",
    "Stroud",
    "Abernay",
    "Wick",
    "Dunmore",
];

impl Genre {
    /// The words of which three stand in a song of this genre, if words decide it.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Country => Some(&COUNTRY),
            Self::Gospel => Some(&GOSPEL),
            Self::Shanty | Self::Surf => Some(&SEA),
            Self::Bluegrass | Self::DrumAndBass | Self::Dubstep | Self::Opera | Self::Polka => None,
        }
    }
}

impl Valence {
    /// The words of which three stand in a song of this valence.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Negative => &NEGATIVE,
            Self::Neutral => &EVERYDAY,
            Self::Positive => &POSITIVE,
        }
    }
}
