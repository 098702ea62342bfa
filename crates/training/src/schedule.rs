use serde::{Deserialize, Serialize};

/// How the learning rate goes on after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleShape {
    /// Half a cosine down to 0.
    #[default]
    Cosine,
    /// A line down to 0.
    Linear,
    /// It stays.
    Constant,
}

/// The learning rate of every step as a share of the highest.
///
/// # Source
/// `get_cosine_schedule_with_warmup`, `get_linear_schedule_with_warmup` and `get_constant_schedule_with_warmup` of
/// transformers 4.57.1: with a warm-up, step 0 has rate 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// After the warm-up.
    pub shape: ScheduleShape,
    /// Steps in which the rate rises along a line from 0.
    pub warm_up_steps: usize,
    /// All steps, warm-up included.
    pub total_steps: usize,
}

impl Schedule {
    /// The share of the highest rate at a step, from 0. Past the end it stays at 0, where HF's cosine rises again.
    pub fn factor(&self, step: usize) -> f64 {
        let warm_up = self.warm_up_steps;
        if step < warm_up {
            return step as f64 / warm_up as f64;
        }
        let rest = self.total_steps.saturating_sub(warm_up).max(1) as f64;
        match self.shape {
            ScheduleShape::Cosine => {
                let done = ((step - warm_up) as f64 / rest).min(1.0);
                (0.5 * (1.0 + (std::f64::consts::PI * done).cos())).max(0.0)
            }
            ScheduleShape::Linear => self.total_steps.saturating_sub(step) as f64 / rest,
            ScheduleShape::Constant => 1.0,
        }
    }
}
