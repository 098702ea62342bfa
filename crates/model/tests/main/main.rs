//! The model crate against transformers and PyTorch, and against broken files.

mod architectures;
mod components;
mod devices;
mod directories;
mod golden;
mod loading;
mod parity;
mod perturb;
mod tokens;
