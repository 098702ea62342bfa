//! One file a subcommand: its arguments and what it does.

pub mod aggregate;
pub mod bench;
pub mod dataset;
pub mod devices;
pub mod evaluate;
pub mod explain;
mod explain_songs;
pub mod features;
pub mod import;
pub mod predict;
pub mod refit;
pub mod reproduce;
pub mod score;
pub mod separate;
pub mod train;
pub mod train_separator;
