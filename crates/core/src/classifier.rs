use crate::{Components, LabelSet, MaskSet, Probabilities, Song};

/// Told how many of how many perturbations are done.
pub trait Progress: Sync {
    /// `done` of `total` perturbations are computed. Returns `false` to stop early (Ctrl-C).
    fn update(&self, done: usize, total: usize) -> bool;
}

impl<F: Fn(usize, usize) -> bool + Sync> Progress for F {
    fn update(&self, done: usize, total: usize) -> bool {
        self(done, total)
    }
}

/// Why a classifier could not answer.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// The song cannot be given to this model.
    #[error("the model cannot take this song: {0}")]
    Song(String),
    /// The device failed.
    #[error("the device failed: {0}")]
    Device(String),
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}

/// A model that hears a song and reads its lyrics.
pub trait Classifier {
    /// The classes, in output order.
    fn labels(&self) -> &LabelSet;

    /// The probabilities of one unperturbed song.
    ///
    /// # Errors
    /// A song the model cannot take, or a failing device.
    fn classify(&self, song: &Song) -> Result<Probabilities, ClassifierError>;

    /// Gets everything ready that all perturbations of one song share.
    ///
    /// # Errors
    /// A song the model cannot take, or a failing device.
    fn prepare<'a>(
        &'a self,
        song: &'a Song,
        components: &'a Components,
    ) -> Result<Box<dyn Perturbable + 'a>, ClassifierError>;
}

/// One song, ready to be perturbed.
pub trait Perturbable {
    /// The probabilities of every mask row, in order. The batch size changes speed, not results.
    ///
    /// # Errors
    /// A failing device, or `progress` asking to stop.
    fn probabilities(
        &self,
        masks: &MaskSet,
        progress: &dyn Progress,
    ) -> Result<Probabilities, ClassifierError>;

    /// The factorial route, where the encoders do not meet before the head.
    fn late_fusion(&self) -> Option<&dyn LateFusion> {
        None
    }
}

/// A model whose audio and lyrics meet only in its head: every audio mask can be paired with every lyric mask
/// for the price of one head.
pub trait LateFusion {
    /// The probabilities of each audio mask with each lyric mask.
    ///
    /// `audio` has one column per audio component, `lyrics` one per word.
    ///
    /// # Errors
    /// A failing device, or `progress` asking to stop.
    fn grid(
        &self,
        audio: &MaskSet,
        lyrics: &MaskSet,
        progress: &dyn Progress,
    ) -> Result<FactorialProbabilities, ClassifierError>;
}

/// The answers of a factorial design.
///
/// # Shapes
/// `probabilities` has `audio_rows * lyrics_rows` rows; row `a * lyrics_rows + l` pairs audio mask `a` with
/// lyric mask `l`.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorialProbabilities {
    /// Number of audio masks.
    pub audio_rows: usize,
    /// Number of lyric masks.
    pub lyrics_rows: usize,
    /// One row per pair.
    pub probabilities: Probabilities,
}
