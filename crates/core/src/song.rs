use crate::{Lyrics, Waveform};

/// A song as an explainer sees it: the excerpt that the model hears, at the model's rate, and its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Song {
    /// A name for people, as a rule the file's stem.
    pub name: String,
    /// The sound; any number of channels.
    pub waveform: Waveform,
    /// The words; `None` for an instrumental.
    pub lyrics: Option<Lyrics>,
    /// Where the excerpt starts in the file, in seconds.
    pub start_s: f64,
}
