/// What a run's learning curve shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurve {
    /// The model's name.
    pub model: String,
    /// The loss of every step.
    pub steps: Vec<f64>,
    /// The names of the epochs' scores; the first chose the epoch.
    pub scores: [String; 2],
    /// The epochs.
    pub epochs: Vec<CurveEpoch>,
    /// The epoch whose weights were kept, an index into `epochs`.
    pub best_epoch: usize,
}

/// The figures of an epoch, all on the validation songs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveEpoch {
    /// Steps that were behind it.
    pub step: usize,
    /// Mean loss.
    pub validation_loss: f64,
    /// One number a score.
    pub scores: [f64; 2],
}
