//! Separators with networks: windows over a song of any length, joined without seams.

mod blend;
mod estimator;
mod frames;
mod stream;
mod tensors;

pub use estimator::{Edge, Estimator, Framing, Windows};
pub use stream::NeuralSeparator;
pub(crate) use tensors::{Header, Tensors};
