use crate::TrainingError;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Blanks stripes of a spectrogram, so that no single moment and no single pitch decides.
///
/// # Source
/// SpecAugment (arXiv 1904.08779) without time warping. A stripe's width is uniform from 0 to the widest, both
/// included, and its start uniform over the places where it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpecAugment {
    /// Stripes of frames.
    pub time_masks: usize,
    /// The widest of them, in frames.
    pub time_width: usize,
    /// Stripes of mel bins.
    pub frequency_masks: usize,
    /// The widest of them, in mel bins.
    pub frequency_width: usize,
}

impl SpecAugment {
    /// Refuses stripes that do not fit into `[frames, mel]`.
    ///
    /// # Errors
    /// The first one.
    pub fn validate(&self, [frames, mel]: [usize; 2]) -> Result<(), TrainingError> {
        let widths = [
            ("time_width", self.time_width, frames),
            ("frequency_width", self.frequency_width, mel),
        ];
        match widths.into_iter().find(|(_, width, most)| width > most) {
            Some((what, width, most)) => Err(TrainingError::Setting {
                what,
                expected: "at most what the input has",
                got: format!("{width} of {most}"),
            }),
            None => Ok(()),
        }
    }

    /// Sets the stripes of one input to 0, the mean of normalised features.
    ///
    /// # Shapes
    /// `features`: `[frames, mel]`, row-major.
    ///
    /// # Panics
    /// If `features` is not of that shape, or a stripe is wider than it.
    pub fn apply(&self, features: &mut [f32], [frames, mel]: [usize; 2], rng: &mut impl Rng) {
        assert_eq!(features.len(), frames * mel);
        for _ in 0..self.time_masks {
            let width = rng.random_range(0..=self.time_width);
            let start = rng.random_range(0..=frames - width);
            features[start * mel..(start + width) * mel].fill(0.0);
        }
        for _ in 0..self.frequency_masks {
            let width = rng.random_range(0..=self.frequency_width);
            let start = rng.random_range(0..=mel - width);
            for frame in features.chunks_exact_mut(mel) {
                frame[start..start + width].fill(0.0);
            }
        }
    }
}
