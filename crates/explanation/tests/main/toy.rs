//! A model that is a function of the mask, and songs to go with it.

use musiclime_core::{
    ClassifierError, Components, LabelSet, MaskSet, Perturbable, Probabilities, Progress, Stems,
    Waveform,
};
use musiclime_explanation::{Case, Leftover, Preset, Recipe, segment, split_words};
use std::cell::RefCell;

/// Answers `[f(row), 1 - f(row)]` and remembers how many rows it was asked for.
pub struct Toy<F: Fn(&[u8]) -> f64> {
    pub f: F,
    pub asked: RefCell<Vec<usize>>,
}

impl<F: Fn(&[u8]) -> f64> Toy<F> {
    pub fn new(f: F) -> Self {
        Self {
            f,
            asked: RefCell::new(Vec::new()),
        }
    }
}

impl<F: Fn(&[u8]) -> f64> Perturbable for Toy<F> {
    fn probabilities(
        &self,
        masks: &MaskSet,
        progress: &dyn Progress,
    ) -> Result<Probabilities, ClassifierError> {
        self.asked.borrow_mut().push(masks.rows());
        if !progress.update(0, masks.rows()) {
            return Err(ClassifierError::Cancelled);
        }
        let values = masks
            .iter()
            .flat_map(|row| [(self.f)(row), 1.0 - (self.f)(row)])
            .collect();
        Ok(Probabilities::from_values(2, values))
    }
}

pub fn labels() -> LabelSet {
    LabelSet::new(vec!["yes".into(), "no".into()]).expect("two names")
}

/// Two stems of one second at 1,000 Hz in two segments, and the words of "La la\nlove, love me".
pub fn song() -> Components {
    let wave = |x: f32| Waveform::mono(vec![x; 1_001], 1_000).expect("finite samples");
    let stems = Stems::new(vec![
        ("vocals".into(), wave(0.1)),
        ("drums".into(), wave(0.2)),
    ])
    .expect("equal stems");
    let segments = segment(1_001, 2, Leftover::LastSegment).expect("enough samples");
    let words = split_words("La la\nlove, love me", Case::Folded, Some(16));
    Components::new(Some(stems), segments, false, words)
}

pub fn recipe() -> Recipe {
    Recipe {
        samples: 400,
        segments: 2,
        seed: 5,
        ..Preset::Default.recipe()
    }
}

pub fn go_on(_: usize, _: usize) -> bool {
    true
}
