use crate::surrogate::{Surrogate, SurrogateOptions, fit};
use crate::{
    AudioDetail, ComponentWeight, ExplanationError, LocalExplanation, Neighborhood, Recipe, Target,
    WeightedComponent,
};
use musiclime_core::{
    ByteRange, ComponentId, Components, LabelSet, MaskSet, Perturbable, Probabilities, Progress,
};
use std::collections::HashMap;

/// A perturbed song: the neighborhood, and the model's answer for the song as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbed {
    /// What surrogates are fitted to.
    pub neighborhood: Neighborhood,
    /// The answer for the unperturbed song: one row.
    pub unperturbed: Probabilities,
}

/// Runs the masks through the model and fits one surrogate a class: [`perturb`], then [`Perturbed::explain`].
///
/// # Errors
/// As those two.
pub fn explain(
    perturbable: &dyn Perturbable,
    components: &Components,
    masks: MaskSet,
    label_set: &LabelSet,
    labels: &[usize],
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<(Neighborhood, Vec<LocalExplanation>), ExplanationError> {
    check_labels(label_set, labels)?;
    let perturbed = perturb(perturbable, components, masks, label_set, recipe, progress)?;
    let explained = perturbed.explain(components, labels, recipe)?;
    Ok((perturbed.neighborhood, explained))
}

/// Runs the masks through the model.
///
/// Masks are used as given; equal rows run once. When no row is all ones, the unperturbed song runs in addition, for
/// its probability alone.
///
/// # Errors
/// Masks that do not fit, a setting that cannot work, or a model that fails, stops or answers with numbers that are
/// not finite.
pub fn perturb(
    perturbable: &dyn Perturbable,
    components: &Components,
    masks: MaskSet,
    label_set: &LabelSet,
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Perturbed, ExplanationError> {
    recipe.validate()?;
    check(components, &masks)?;
    let distinct = Distinct::of(&masks)?;
    let answers = perturbable.probabilities(&distinct.masks, progress)?;
    check_answers(&answers, distinct.masks.rows(), label_set.len())?;
    let spread = |row: for<'a> fn(&'a Probabilities, usize) -> &'a [f64]| -> Vec<f64> {
        distinct
            .row_of
            .iter()
            .flat_map(|&i| row(&answers, i).iter().copied())
            .collect()
    };
    let neighborhood = Neighborhood {
        masks,
        probabilities: Probabilities::from_values(label_set.len(), spread(Probabilities::row))
            .with_output(answers.output()),
        logits: match recipe.target {
            Target::Probability => None,
            Target::Logit => Some(spread(Probabilities::logits_row)),
        },
        features: components.list.iter().map(|c| c.feature.clone()).collect(),
        labels: label_set.names().to_vec(),
    };
    let unperturbed = answers.row(distinct.all_on).to_vec();
    Ok(Perturbed {
        neighborhood,
        unperturbed: Probabilities::from_values(label_set.len(), unperturbed)
            .with_output(answers.output()),
    })
}

impl Perturbed {
    /// Fits one surrogate a class. `labels` are indices of classes.
    ///
    /// # Errors
    /// Classes that do not exist, or a setting that cannot work.
    pub fn explain(
        &self,
        components: &Components,
        labels: &[usize],
        recipe: &Recipe,
    ) -> Result<Vec<LocalExplanation>, ExplanationError> {
        let options = SurrogateOptions {
            distance_scale: recipe.distance_scale,
            kernel_width: recipe.kernel_width,
            selection: recipe.selection,
            features: recipe.features,
        };
        let neighborhood = &self.neighborhood;
        labels
            .iter()
            .map(|&index| {
                let target = neighborhood.target_values(index)?;
                let surrogate = fit(&neighborhood.masks, &target, &options)?;
                Ok(LocalExplanation {
                    label: neighborhood.labels[index].clone(),
                    index,
                    probability: self.unperturbed.row(0)[index],
                    intercept: surrogate.intercept,
                    r2: surrogate.r2,
                    local_prediction: surrogate.local_prediction,
                    intervals: surrogate.intervals,
                    weights: component_weights(components, &surrogate),
                })
            })
            .collect()
    }
}

fn check(components: &Components, masks: &MaskSet) -> Result<(), ExplanationError> {
    if components.is_empty() {
        return Err(ExplanationError::NoComponents);
    }
    if masks.columns() != components.len() {
        return Err(ExplanationError::MaskColumns {
            expected: components.len(),
            got: masks.columns(),
            audio: components.audio_len(),
            words: components.words.len(),
        });
    }
    if masks.rows() == 0 {
        return Err(ExplanationError::NoMasks);
    }
    Ok(())
}

fn check_labels(label_set: &LabelSet, labels: &[usize]) -> Result<(), ExplanationError> {
    match labels.iter().find(|&&index| index >= label_set.len()) {
        Some(&got) => Err(ExplanationError::ClassIndex {
            got,
            classes: label_set.len(),
        }),
        None => Ok(()),
    }
}

fn check_answers(
    answers: &Probabilities,
    rows: usize,
    classes: usize,
) -> Result<(), ExplanationError> {
    for (what, expected, got) in [
        ("classes", classes, answers.classes()),
        ("rows", rows, answers.rows()),
    ] {
        if expected != got {
            return Err(ExplanationError::Answer {
                what,
                expected,
                got,
            });
        }
    }
    for values in [answers.values(), answers.logits()] {
        if let Some(at) = values.iter().position(|x| !x.is_finite()) {
            return Err(ExplanationError::NotFinite {
                row: at / classes,
                class: at % classes,
                value: values[at],
            });
        }
    }
    Ok(())
}

/// The distinct rows of a mask set, by first appearance, and the row of ones.
struct Distinct {
    masks: MaskSet,
    /// For each given row its index among the distinct ones.
    row_of: Vec<usize>,
    all_on: usize,
}

impl Distinct {
    fn of(masks: &MaskSet) -> Result<Self, ExplanationError> {
        let columns = masks.columns();
        let ones = vec![1u8; columns];
        let mut index: HashMap<&[u8], usize> = HashMap::new();
        let mut bits = Vec::new();
        let mut row_of = Vec::with_capacity(masks.rows());
        let mut number = |row| {
            let next = index.len();
            *index.entry(row).or_insert_with(|| {
                bits.extend_from_slice(row);
                next
            })
        };
        for row in masks.iter() {
            row_of.push(number(row));
        }
        let all_on = number(&ones);
        Ok(Self {
            masks: MaskSet::new(columns, bits)?,
            row_of,
            all_on,
        })
    }
}

/// Every component's weight, by falling absolute weight.
fn component_weights(components: &Components, surrogate: &Surrogate) -> Vec<ComponentWeight> {
    let mut fitted = vec![(0.0, None); components.len()];
    for weight in &surrogate.weights {
        fitted[weight.column] = (weight.weight, weight.interval);
    }
    let mut weights: Vec<ComponentWeight> = components
        .list
        .iter()
        .zip(fitted)
        .map(|(component, (weight, interval))| ComponentWeight {
            feature: component.feature.clone(),
            component: weighted_component(components, &component.id),
            weight,
            interval,
        })
        .collect();
    weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    weights
}

fn weighted_component(components: &Components, id: &ComponentId) -> WeightedComponent {
    match *id {
        ComponentId::Stem { stem, segment } => {
            let stems = components.stems.as_ref();
            let rate = stems.map_or(1.0, |s| f64::from(s.waveforms()[stem].sample_rate_hz()));
            let range = &components.segments[segment];
            let band = components.bands.get(stem);
            let known = components.details.get(segment);
            WeightedComponent::Audio {
                stem: stems.map_or_else(String::new, |s| s.names()[stem].clone()),
                segment,
                start_s: range.start as f64 / rate,
                end_s: range.end as f64 / rate,
                detail: AudioDetail {
                    low_hz: band.map(|b| b[0]),
                    high_hz: band.map(|b| b[1]),
                    cells: None,
                    segment_name: known.and_then(|d| d.name.clone()),
                    line: known.and_then(|d| d.line),
                    places: known.map_or_else(Vec::new, |d| places(&d.places)),
                },
            }
        }
        ComponentId::Region { index } => {
            let bounds = &components.regions[index].bounds;
            WeightedComponent::Audio {
                stem: "region".into(),
                segment: index,
                start_s: bounds.start_s,
                end_s: bounds.end_s,
                detail: AudioDetail {
                    low_hz: Some(bounds.low_hz),
                    high_hz: Some(bounds.high_hz),
                    cells: Some(bounds.cells),
                    ..AudioDetail::default()
                },
            }
        }
        ComponentId::Word { index } => {
            let word = &components.words[index];
            WeightedComponent::Lyrics {
                word: word.word.clone(),
                places: places(&word.places),
                unread: word.unread,
            }
        }
    }
}

fn places(ranges: &[ByteRange]) -> Vec<[usize; 2]> {
    ranges.iter().map(|p| [p.start, p.end]).collect()
}
