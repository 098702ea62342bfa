//! A bidirectional recurrent encoder of lyrics.

mod config;
mod load;
mod network;

pub use config::BiGruConfig;
pub use network::{BiGru, BiGruOutput};
