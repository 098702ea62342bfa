//! AdamW with parameter groups, clipping by the global norm, gradients of micro-batches and of half precision.

mod accumulate;
mod adamw;
mod clip;
mod groups;
mod loss_scale;
mod state;
mod weights;

pub use accumulate::GradientAccumulator;
pub use adamw::{AdamW, AdamWConfig};
pub use clip::clip_global_norm;
pub use groups::{DecayScope, ParameterGroups, RateFactor};
pub use loss_scale::LossScale;
