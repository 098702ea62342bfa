//! The crate from outside.
#[path = "main/disk.rs"]
mod disk;
#[path = "main/planted.rs"]
mod planted;
#[path = "main/signal.rs"]
mod signal;
#[path = "main/words.rs"]
mod words;
