//! Tests of the audio crate: golden files of its Python peers, properties, and bad input.

mod bad_files;
mod components;
mod filter_bank;
mod formats;
mod mixing;
mod resampling;
mod separation;
mod signals;
mod stft;
mod writing;
