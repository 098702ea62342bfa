//! The crate from outside.
#[path = "main/collections.rs"]
mod collections;
#[path = "main/curation.rs"]
mod curation;
#[path = "main/disk.rs"]
mod disk;
#[path = "main/division.rs"]
mod division;
#[path = "main/planted.rs"]
mod planted;
#[path = "main/signal.rs"]
mod signal;
#[path = "main/words.rs"]
mod words;
