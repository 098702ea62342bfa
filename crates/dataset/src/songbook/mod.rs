//! The songbook: an endless supply of original songs of which it is known why they belong to their classes.
//!
//! A song is 10.24 s of four stems and its lyrics. Key, tempo, chords, melody, instruments, drum and bass
//! patterns, levels and words are random and tell nothing about the classes. A class is told apart only by its
//! planted causes: one stretch of 1.7 to 2.0 s in one stem ([`AudioCue`]), or three words that stand once each, or
//! both. [`Truth`] lists them. The same song with other labels ([`Songbook::song_as`]) is the same sample for
//! sample outside the planted stretches, and the same text but for the planted words.

mod band;
mod cues;
mod dice;
mod labels;
mod lexicon;
mod lyrics;
mod mix;
mod mood;
mod score;
mod song;
mod synth;
mod truth;
mod write;

pub use cues::AudioCue;
pub use labels::{Emotion, Energy, Genre, Task, Valence, emotion_labels, genre_labels};
pub use mix::{SONG_SAMPLES, STEM_NAMES};
pub use mood::{tag_names, tags};
pub use song::{Songbook, SongbookSong};
pub use synth::SAMPLE_RATE_HZ;
pub use truth::{Cause, Modality, Truth, read_truth};
pub use write::write;
