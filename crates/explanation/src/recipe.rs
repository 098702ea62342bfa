use crate::{ComponentRecipe, ExplanationError};
use serde::{Deserialize, Serialize};

/// A name that is none of a setting's choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} \"{got}\" does not exist; choose one of {choices}")]
pub struct UnknownName {
    /// The setting.
    pub setting: &'static str,
    /// The choices, joined by commas.
    pub choices: String,
    /// The name given.
    pub got: String,
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $setting:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every choice, in the order that help texts list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that files and command lines use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::recipe::UnknownName;
            fn from_str(text: &str) -> Result<Self, $crate::recipe::UnknownName> {
                Self::ALL.iter().copied().find(|choice| choice.name() == text).ok_or_else(|| $crate::recipe::UnknownName {
                    setting: $setting,
                    choices: Self::ALL.iter().map(|c| c.name()).collect::<Vec<_>>().join(", "),
                    got: text.to_string(),
                })
            }
        }
    };
}

pub(crate) use choice;

choice! {
    /// Which components the surrogate may use, as `lime.lime_base` selects them.
    Selection, "selection" {
        /// Every component.
        None = "none",
        /// Those with the largest absolute weight in a ridge of alpha 0.01 over all components.
        HighestWeights = "highest_weights",
        /// One at a time, each time the one that raises the weighted R² of an unpenalised fit the most.
        ForwardSelection = "forward_selection",
        /// The longest prefix of the lasso path with no more than the wanted number of components.
        LassoPath = "lasso_path",
        /// Forward selection for up to 6 components, highest weights above.
        Auto = "auto",
    }
}

choice! {
    /// Whether words that differ only in case are one component.
    Case, "case" {
        /// Words are lower-cased (Unicode) before they are compared.
        Folded = "folded",
        /// Words are compared as they are written.
        Kept = "kept",
    }
}

choice! {
    /// What happens to the samples that are left over after cutting equal segments.
    Leftover, "leftover" {
        /// The last segment takes them.
        LastSegment = "last_segment",
        /// No segment has them, and no perturbed input does.
        Dropped = "dropped",
    }
}

choice! {
    /// What is perturbed.
    Modality, "modality" {
        /// Stems in segments, and words.
        Both = "both",
        /// Stems in segments only; the lyrics stay whole.
        Audio = "audio",
        /// Words only; the audio stays whole.
        Lyrics = "lyrics",
    }
}

choice! {
    /// The number that the surrogate imitates.
    Target, "target" {
        /// The class probability, as in the papers.
        Probability = "probability",
        /// The class logit, which does not flatten where the probability saturates.
        Logit = "logit",
    }
}

choice! {
    /// A named starting point for a recipe.
    Preset, "preset" {
        /// This project's choice: distances x 100, so that near perturbations count more.
        Default = "default",
        /// MusicLIME as published: a flat kernel, 5,000 samples, case kept, leftover samples dropped.
        Paper = "paper",
        /// audioLIME as published: audio only, 2^14 samples, kernel width 0.25.
        Audiolime = "audiolime",
    }
}

impl Preset {
    /// The recipe that this preset stands for, with seed 0.
    ///
    /// # Source
    /// MusicLIME (arXiv 2409.10496) and audioLIME (arXiv 2008.00582), with the settings of their published code.
    pub fn recipe(self) -> Recipe {
        let default = Recipe {
            preset: self,
            samples: 1_000,
            segments: 10,
            seed: 0,
            modality: Modality::Both,
            target: Target::Probability,
            case: Case::Folded,
            leftover: Leftover::LastSegment,
            distance_scale: 100.0,
            kernel_width: 25.0,
            selection: Selection::None,
            features: None,
            parts: ComponentRecipe::default(),
        };
        match self {
            Self::Default => default,
            Self::Paper => Recipe {
                samples: 5_000,
                case: Case::Kept,
                leftover: Leftover::Dropped,
                distance_scale: 1.0,
                ..default
            },
            Self::Audiolime => Recipe {
                samples: 16_384,
                modality: Modality::Audio,
                leftover: Leftover::Dropped,
                distance_scale: 1.0,
                kernel_width: 0.25,
                ..default
            },
        }
    }
}

/// Everything that decides the numbers of an explanation, given the song, the model and the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The preset that the recipe started from; the other fields say what it became.
    pub preset: Preset,
    /// Rows of the mask set, the unperturbed song included.
    pub samples: usize,
    /// Segments of equal length that the audio is cut into.
    pub segments: usize,
    /// Seed of the masks.
    pub seed: u64,
    /// What is perturbed.
    pub modality: Modality,
    /// What the surrogate imitates.
    pub target: Target,
    /// How words are compared.
    pub case: Case,
    /// Where leftover samples go.
    pub leftover: Leftover,
    /// Factor on the cosine distance.
    pub distance_scale: f64,
    /// Width of the exponential kernel, in scaled distances.
    pub kernel_width: f64,
    /// How components are selected.
    pub selection: Selection,
    /// How many components to select; `None` for all.
    pub features: Option<usize>,
    /// What is switched, and what stands in for it.
    #[serde(flatten)]
    pub parts: ComponentRecipe,
}

impl Recipe {
    /// Checks every number.
    ///
    /// # Errors
    /// The first setting that cannot work, with what it should be.
    pub fn validate(&self) -> Result<(), ExplanationError> {
        let at_least_1 = |setting, value: usize| match value {
            0 => Err(ExplanationError::Setting {
                setting,
                expected: "at least 1".into(),
                got: "0".into(),
            }),
            _ => Ok(()),
        };
        at_least_1("samples", self.samples)?;
        at_least_1("segments", self.segments)?;
        self.parts.validate()?;
        validate_regression(self.distance_scale, self.kernel_width, self.features)
    }
}

/// Checks the numbers that a refit has too.
pub(crate) fn validate_regression(
    distance_scale: f64,
    kernel_width: f64,
    features: Option<usize>,
) -> Result<(), ExplanationError> {
    let setting = |setting, expected: &str, got: String| {
        Err(ExplanationError::Setting {
            setting,
            expected: expected.into(),
            got,
        })
    };
    if !(distance_scale.is_finite() && distance_scale >= 0.0) {
        return setting(
            "distance_scale",
            "a finite number, at least 0",
            distance_scale.to_string(),
        );
    }
    if !(kernel_width.is_finite() && kernel_width > 0.0) {
        return setting(
            "kernel_width",
            "a finite number above 0",
            kernel_width.to_string(),
        );
    }
    if features == Some(0) {
        return setting("features", "at least 1", "0".into());
    }
    Ok(())
}

/// What files without a precision were computed in.
fn single_precision() -> String {
    "f32".into()
}

/// A recipe and the circumstances of the run that used it, as `explanation.json` records them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecipe {
    /// The recipe.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// The separator that made the stems, or the folder's word for stems that were given.
    pub separator: String,
    /// Perturbations a batch.
    pub batch_size: usize,
    /// The device that computed.
    pub device: String,
    /// The numbers that the model's transformers computed in: f32, bf16 or f16.
    #[serde(default = "single_precision")]
    pub precision: String,
    /// The version of musiclime.
    pub version: String,
}
