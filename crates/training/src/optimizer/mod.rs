//! AdamW with parameter groups, clipping by the global norm, and gradients of micro-batches.

mod accumulate;
mod adamw;
mod clip;
mod groups;
mod state;
mod weights;

pub use accumulate::GradientAccumulator;
pub use adamw::{AdamW, AdamWConfig};
pub use clip::clip_global_norm;
pub use groups::{DecayScope, ParameterGroups, RateFactor};
