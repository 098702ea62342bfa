/// Why a classifier or an explanation could not be scored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    /// Parts that do not belong together.
    #[error("{what}: expected {expected}, got {got}; take both from one run of musiclime explain")]
    Mismatch {
        /// What does not fit.
        what: String,
        /// What was expected.
        expected: String,
        /// What was there.
        got: String,
    },
    /// A number that cannot be scored.
    #[error("{what} of row {row}: expected {expected}, got {value}")]
    Number {
        /// Target, prediction or weight.
        what: &'static str,
        /// The row.
        row: usize,
        /// What it should have been.
        expected: &'static str,
        /// The number.
        value: f64,
    },
    /// Weights that are all 0, or no row at all.
    #[error("all {rows} rows have weight 0; take a wider kernel or a smaller distance scale")]
    ZeroWeights {
        /// How many rows.
        rows: usize,
    },
    /// A test set without songs.
    #[error("expected at least 1 song to score, got none")]
    NoSongs,
    /// A prediction that does not fit its classes.
    #[error("the prediction for \"{song}\": expected {expected}, got {got}")]
    Prediction {
        /// The song.
        song: String,
        /// What was expected.
        expected: String,
        /// What was there.
        got: String,
    },
    /// A stem that cannot be scored.
    #[error("stem \"{stem}\": expected {expected}, got {got}")]
    Stem {
        /// The stem's name.
        stem: String,
        /// What was expected.
        expected: String,
        /// What was there.
        got: String,
    },
    /// A setting out of its range.
    #[error("{what}: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        got: String,
    },
}
