//! From audio files to what models hear, and back to files that people hear.
//!
//! [`decode`] reads files, [`resample`] and [`prepare`] bring them to a model's rate, [`fbank`] is the Kaldi
//! filter bank of the audio spectrogram transformer, [`stft`] and [`separation`] take a mixture apart without
//! weights, [`mixing`] puts stems together again, [`write`](mod@write) makes WAV files. [`onsets`], [`beats`] and
//! [`segmentation`] cut time; [`bands`] and [`superpixels`] cut frequency too; [`fillers`] makes what sounds in place of
//! what is taken away.

pub mod bands;
pub mod beats;
pub mod decode;
mod error;
pub mod fbank;
pub mod fillers;
mod mel;
pub mod mixing;
pub mod onsets;
pub mod prepare;
pub mod resample;
pub mod segmentation;
pub mod separation;
pub mod stft;
pub mod superpixels;
pub mod write;

pub use error::AudioError;
pub use realfft::num_complex::Complex;
