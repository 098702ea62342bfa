//! The parts of a training step against PyTorch and numbers known on paper, and small runs.

#[path = "main/accumulation.rs"]
mod accumulation;
#[path = "main/adamw.rs"]
mod adamw;
#[path = "main/clipping.rs"]
mod clipping;
#[path = "main/golden.rs"]
mod golden;
#[path = "main/losses.rs"]
mod losses;
#[path = "main/runs.rs"]
mod runs;
#[path = "main/schedules.rs"]
mod schedules;
#[path = "main/separator.rs"]
mod separator;
#[path = "main/spec_augment.rs"]
mod spec_augment;
#[path = "main/train_step.rs"]
mod train_step;
