//! `--filler-sensitivity`: the same masks with one filler after the other.

use crate::failure::{Failure, OrFail};
use musiclime_core::{Classifier, Components, Progress, Song};
use musiclime_explanation::{
    AudioFiller, FillerRun, FillerSensitivity, LyricFiller, Modality, Perturbed, Recipe,
    SurrogateOptions, compare_fillers, fit, perturb,
};
use musiclime_model::MusicClassifier;

/// A word that says little, for models that are asked to read one in place of others.
const NEUTRAL_WORD: &str = "la";

/// Explains with every other filler on the masks of `first`, and compares the weights.
///
/// Sound and words are filled one at a time: the other of the two stays as the recipe has it.
///
/// # Errors
/// A model that fails, or Ctrl-C.
pub fn filler_sensitivity(
    components: &dyn Fn(&Recipe) -> Result<Components, Failure>,
    classifier: &MusicClassifier,
    song: &Song,
    recipe: &Recipe,
    first: &Perturbed,
    labels: &[usize],
    progress: &dyn Progress,
) -> Result<Vec<FillerSensitivity>, Failure> {
    let mut runs: Vec<Vec<FillerRun>> = labels.iter().map(|_| Vec::new()).collect();
    add(&mut runs, labels, recipe, first)?;
    for other in others(recipe, classifier) {
        let components = components(&other)?;
        let failed = "cannot explain with another filler";
        let perturbable = classifier.prepare(song, &components).or_fail(failed)?;
        let masks = first.neighborhood.masks.clone();
        let perturbed = perturb(
            perturbable.as_ref(),
            &components,
            masks,
            classifier.labels(),
            &other,
            progress,
        )
        .or_fail(failed)?;
        add(&mut runs, labels, &other, &perturbed)?;
    }
    Ok(labels
        .iter()
        .zip(&runs)
        .map(|(&label, runs)| compare_fillers(&classifier.labels().names()[label], runs))
        .collect())
}

/// The recipe with every other filler.
fn others(recipe: &Recipe, classifier: &MusicClassifier) -> Vec<Recipe> {
    let mut list = Vec::new();
    if recipe.modality != Modality::Lyrics {
        for filler in [
            AudioFiller::Silence,
            AudioFiller::Noise,
            AudioFiller::MeanSpectrum,
        ] {
            if filler != recipe.parts.filler {
                let mut other = recipe.clone();
                other.parts.filler = filler;
                list.push(other);
            }
        }
    }
    if recipe.modality != Modality::Audio {
        let neutral = LyricFiller::Word(NEUTRAL_WORD.into());
        for filler in [LyricFiller::Removal, LyricFiller::Mask, neutral] {
            let possible =
                filler != LyricFiller::Mask || crate::components::mask_token(classifier).is_ok();
            if possible && filler.name() != recipe.parts.word_filler.name() {
                let mut other = recipe.clone();
                other.parts.word_filler = filler;
                list.push(other);
            }
        }
    }
    list
}

/// Adds the weights of one run, in column order.
fn add(
    runs: &mut [Vec<FillerRun>],
    labels: &[usize],
    recipe: &Recipe,
    perturbed: &Perturbed,
) -> Result<(), Failure> {
    let failed = "cannot explain with another filler";
    let options = SurrogateOptions {
        distance_scale: recipe.distance_scale,
        kernel_width: recipe.kernel_width,
        selection: recipe.selection,
        features: recipe.features,
    };
    let masks = &perturbed.neighborhood.masks;
    for (runs, &label) in runs.iter_mut().zip(labels) {
        let target = perturbed
            .neighborhood
            .target_values(label)
            .or_fail(failed)?;
        let mut weights = vec![0.0; masks.columns()];
        for fitted in fit(masks, &target, &options).or_fail(failed)?.weights {
            weights[fitted.column] = fitted.weight;
        }
        let (audio, words) = (recipe.parts.filler.name(), recipe.parts.word_filler.name());
        runs.push(FillerRun {
            filler: match recipe.modality {
                Modality::Both => format!("{audio} + {words}"),
                Modality::Audio => audio.to_string(),
                Modality::Lyrics => words.to_string(),
            },
            weights,
        });
    }
    Ok(())
}
