//! The model crate against transformers and PyTorch, and against broken files.

mod architectures;
mod components;
mod devices;
mod directories;
mod fresh_open_unmix;
mod golden;
mod loading;
mod open_unmix;
mod parity;
mod perturb;
mod precision;
mod spleeter;
mod streaming;
mod tokens;
