//! Interpretable components, masks, sampling, surrogates and explanations; free of Burn.
//!
//! [`explain`] runs one song's [`MaskSet`](musiclime_core::MaskSet) through a
//! [`Perturbable`](musiclime_core::Perturbable) and fits a local linear [`Surrogate`] per class with the numbers of
//! `lime.lime_base`; [`refit`] does the last step again from a saved [`Neighborhood`].

mod component_recipe;
mod design;
mod error;
mod explain;
mod filler_sensitivity;
mod forward_selection;
pub mod global;
mod interval;
mod lasso_path;
mod local;
mod locality;
mod neighborhood;
mod recipe;
mod refit;
mod ridge;
mod sampling;
mod segments;
mod selection;
mod stop_words;
mod surrogate;
mod text_parts;
mod warnings;
mod word_marks;
mod words;

pub use component_recipe::{
    AudioFiller, AudioParts, ComponentRecipe, LyricFiller, MaskSource, NamedFile, Segmentation,
    WordUnit,
};
pub use error::ExplanationError;
pub use explain::{Perturbed, explain, perturb};
pub use filler_sensitivity::{FillerPair, FillerRun, FillerSensitivity, compare_fillers};
pub use interval::{CONFIDENCE_LEVEL, Intervals};
pub use local::{
    AudioDetail, ComponentWeight, EXPLANATION_SCHEMA, ExplanationFile, LocalExplanation, ModelInfo,
    SongInfo, WeightedComponent,
};
pub use locality::Locality;
pub use neighborhood::Neighborhood;
pub use recipe::{Case, Leftover, Modality, Preset, Recipe, RunRecipe, Selection, Target};
pub use refit::{FeatureWeight, LocalFit, RefitOptions, refit};
pub use sampling::Sampler;
pub use segments::segment;
pub use stop_words::{english_stop_words, read_stop_words};
pub use surrogate::{FittedWeight, Surrogate, SurrogateOptions, fit};
pub use text_parts::{TextLine, lines, matched, sections, word_places};
pub use warnings::{Warning, warnings};
pub use words::{is_word_char, split_words};
