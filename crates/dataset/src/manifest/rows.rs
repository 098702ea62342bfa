use super::entry::Entry;

/// A row of a manifest as it was read: an entry, or what is wrong with it.
pub(super) struct Row {
    /// Counted from 1.
    pub line: usize,
    /// The song's id, where that much could be read.
    pub id: Option<String>,
    pub entry: Result<Entry, String>,
}
