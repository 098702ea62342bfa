//! How to explain: a preset, and flags that win over it.

use crate::failure::{Failure, OrFail};
use musiclime_explanation::{Case, Modality, Preset, Recipe, Selection, Target};

/// How to explain. A flag wins over the preset.
#[derive(clap::Args, Clone, Debug)]
pub struct RecipeArg {
    /// default, paper (MusicLIME) or audiolime.
    #[arg(long, default_value = "default")]
    preset: Preset,
    /// Perturbations, the unperturbed song included.
    #[arg(long)]
    samples: Option<usize>,
    /// Equal parts in time.
    #[arg(long)]
    segments: Option<usize>,
    /// Seed of the perturbations.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// What is perturbed: both, audio or lyrics.
    #[arg(long)]
    modality: Option<Modality>,
    /// What the surrogate fits: probability or logit.
    #[arg(long)]
    target: Option<Target>,
    /// Whether a word in another case is another word: folded (no) or kept (yes).
    #[arg(long)]
    case: Option<Case>,
    /// Width of the kernel.
    #[arg(long)]
    kernel_width: Option<f64>,
    /// Factor on the cosine distance.
    #[arg(long)]
    distance_scale: Option<f64>,
    /// How components are selected: none, highest_weights, forward_selection, lasso_path or auto.
    #[arg(long)]
    select: Option<Selection>,
    /// How many components are selected; without it, all.
    #[arg(long)]
    features: Option<usize>,
}

impl RecipeArg {
    /// The recipe: flag, then preset.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn recipe(&self) -> Result<Recipe, Failure> {
        let mut recipe = self.preset.recipe();
        recipe.samples = self.samples.unwrap_or(recipe.samples);
        recipe.segments = self.segments.unwrap_or(recipe.segments);
        recipe.seed = self.seed;
        recipe.modality = self.modality.unwrap_or(recipe.modality);
        recipe.target = self.target.unwrap_or(recipe.target);
        recipe.case = self.case.unwrap_or(recipe.case);
        recipe.kernel_width = self.kernel_width.unwrap_or(recipe.kernel_width);
        recipe.distance_scale = self.distance_scale.unwrap_or(recipe.distance_scale);
        recipe.selection = self.select.unwrap_or(recipe.selection);
        recipe.features = self.features.or(recipe.features);
        recipe
            .validate()
            .or_fail("cannot explain with these settings")?;
        Ok(recipe)
    }
}
