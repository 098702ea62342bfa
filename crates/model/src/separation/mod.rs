//! Separators with networks: windows over a song of any length, joined without seams.

mod tensors;

pub(crate) use tensors::{Header, Tensors};
