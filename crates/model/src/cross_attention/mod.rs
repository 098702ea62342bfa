//! Fusion by cross-attention: every word looks at every moment of the sound, and the other way round.

mod config;
mod load;
mod network;

pub use config::CrossAttentionConfig;
pub use network::CrossAttentionHead;
