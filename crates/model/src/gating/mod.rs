//! Gated fusion: the song itself decides how much its sound and how much its words count.

mod config;
mod load;
mod network;

pub use config::GatingConfig;
pub use network::GatingHead;
