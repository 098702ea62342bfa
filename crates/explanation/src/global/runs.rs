use super::{ClassSum, ClassSums, FeatureId, FeatureSum};
use crate::{
    AudioParts, ComponentRecipe, ExplanationError, ExplanationFile, MaskSource, Recipe,
    WeightedComponent,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Adds up the explanations of many songs by one model.
///
/// Of every song the positive weights of the predicted class count, and those of words that the model read.
#[derive(Debug, Default)]
pub struct RunSums {
    first: Option<First>,
    songs: HashMap<String, PathBuf>,
    classes: Vec<ClassOfSongs>,
}

/// What all songs must share.
#[derive(Debug)]
struct First {
    path: PathBuf,
    facts: Vec<(&'static str, String)>,
    labels: Vec<String>,
}

#[derive(Debug, Default)]
struct ClassOfSongs {
    songs: u64,
    sums: HashMap<FeatureId, FeatureSum>,
}

impl RunSums {
    /// Adds one song. The order of songs changes sums by rounding only.
    ///
    /// # Errors
    /// An explanation by another model or with other settings than the first, a song that is there already, or one
    /// whose predicted class was not explained.
    pub fn add(&mut self, path: &Path, file: &ExplanationFile) -> Result<(), ExplanationError> {
        let wrong = |what: &str, expected: String, got: String| {
            Err(ExplanationError::File {
                path: path.to_path_buf(),
                what: what.to_string(),
                expected,
                got,
            })
        };
        let kind = file.recipe.recipe.parts.components;
        if matches!(
            kind,
            AudioParts::Slic | AudioParts::Felzenszwalb | AudioParts::Lines
        ) {
            return wrong(
                "components",
                "a kind that means the same in every song: stems, time or time-frequency".into(),
                kind.to_string(),
            );
        }
        let facts = facts(file);
        if let Some(first) = &self.first {
            for ((what, expected), (_, got)) in first.facts.iter().zip(&facts) {
                if expected != got {
                    let expected = format!("{expected}, as in {}", first.path.display());
                    return wrong(what, expected, got.clone());
                }
            }
        }
        if let Some(other) = self.songs.get(&file.song.name) {
            let expected = "every song once".to_string();
            let got = format!(
                "\"{}\", which is in {} too",
                file.song.name,
                other.display()
            );
            return wrong("song", expected, got);
        }
        let predicted = predicted(file).ok_or_else(|| ExplanationError::File {
            path: path.to_path_buf(),
            what: "probabilities".into(),
            expected: "one a label; explain the song again with this version".into(),
            got: file.probabilities.len().to_string(),
        })?;
        let Some(explained) = file.explained.iter().find(|e| e.index == predicted) else {
            return wrong(
                "explained labels",
                format!(
                    "the predicted one, {}; explain without --label",
                    file.labels[predicted]
                ),
                file.explained
                    .iter()
                    .map(|e| e.label.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            );
        };
        if self.first.is_none() {
            self.classes
                .resize_with(file.labels.len(), ClassOfSongs::default);
            self.first = Some(First {
                path: path.to_path_buf(),
                facts,
                labels: file.labels.clone(),
            });
        }
        self.songs
            .insert(file.song.name.clone(), path.to_path_buf());
        let class = &mut self.classes[predicted];
        class.songs += 1;
        for weight in explained.weights.iter().filter(|w| w.weight > 0.0) {
            let id = match &weight.component {
                WeightedComponent::Audio { stem, segment, .. } => FeatureId::Audio {
                    segment: *segment,
                    stem: stem.clone(),
                },
                WeightedComponent::Lyrics { unread: true, .. } => continue,
                WeightedComponent::Lyrics { word, .. } => FeatureId::Word(word.clone()),
            };
            let sum = class.sums.entry(id).or_default();
            sum.weight += weight.weight;
            sum.count += 1;
        }
        Ok(())
    }

    /// How many songs were added.
    pub fn songs(&self) -> usize {
        self.songs.len()
    }

    /// The sums: classes in the model's order; audio features by segment and stem, then words by falling weight.
    pub fn finish(self) -> ClassSums {
        let labels = self.first.map_or_else(Vec::new, |f| f.labels);
        let classes = labels.into_iter().zip(self.classes).map(|(label, class)| {
            let mut features: Vec<(FeatureId, FeatureSum)> = class.sums.into_iter().collect();
            features.sort_by(|(a, x), (b, y)| match (a, b) {
                (FeatureId::Word(_), FeatureId::Word(_)) => {
                    y.weight.total_cmp(&x.weight).then_with(|| a.cmp(b))
                }
                // Audio comes first, by segment.
                _ => a.cmp(b),
            });
            ClassSum {
                label,
                songs: Some(class.songs),
                features,
            }
        });
        ClassSums {
            classes: classes.collect(),
        }
    }
}

/// The index of the most probable class; the first of equals.
fn predicted(file: &ExplanationFile) -> Option<usize> {
    if file.probabilities.len() != file.labels.len() {
        return None;
    }
    (0..file.labels.len())
        .rev()
        .max_by(|&a, &b| file.probabilities[a].total_cmp(&file.probabilities[b]))
}

/// What must agree for weights to be added up.
fn facts(file: &ExplanationFile) -> Vec<(&'static str, String)> {
    let Recipe {
        segments,
        target,
        case,
        leftover,
        distance_scale,
        kernel_width,
        selection,
        features,
        parts,
        // These change how exactly, or from which components, the same weights are estimated.
        preset: _,
        samples: _,
        seed: _,
        modality: _,
    } = &file.recipe.recipe;
    let parts = ComponentRecipe {
        mask_source: MaskSource::Random,
        ..parts.clone()
    };
    vec![
        (
            "model",
            format!(
                "{} (weights {})",
                file.model.name, file.model.weights_sha256
            ),
        ),
        ("labels", file.labels.join(", ")),
        ("segments", segments.to_string()),
        ("target", target.to_string()),
        ("case of words", case.to_string()),
        ("leftover samples", leftover.to_string()),
        ("distance scale", distance_scale.to_string()),
        ("kernel width", kernel_width.to_string()),
        ("selection", selection.to_string()),
        (
            "selected features",
            features.map_or("all".into(), |n| n.to_string()),
        ),
        ("separator", file.recipe.separator.clone()),
        // A recipe has a JSON form always; what is at its default is left out of it.
        (
            "components",
            serde_json::to_string(&parts).unwrap_or_default(),
        ),
    ]
}
