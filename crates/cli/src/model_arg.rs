//! `--model`: a model directory, or a demo model that is compiled in.

use crate::embedded::MODELS;
use crate::failure::{Failure, OrFail};
use crate::named::named;
use crate::progress::say;
use musiclime_model::{Device, Model, MusicClassifier, Precision, Selected};
use std::path::Path;

/// Which model.
#[derive(clap::Args, Clone, Debug)]
pub struct ModelArg {
    /// A model directory (`musiclime import` and `musiclime train` write them), or a demo model: genre or emotion.
    #[arg(long, default_value = MODELS[0].name)]
    model: String,
    #[command(flatten)]
    precision: PrecisionArg,
}

/// Which numbers a model computes in.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct PrecisionArg {
    /// The numbers of the transformers' matrix products: f32, bf16 or f16. Half precision is for GPUs that have it:
    /// faster, and probabilities are off by about 0.001 (f16) or 0.01 (bf16).
    #[arg(long, default_value = "f32", value_parser = named::<Precision>)]
    precision: Precision,
}

impl PrecisionArg {
    /// The classifier in these numbers.
    ///
    /// # Errors
    /// A device without them.
    pub fn apply(
        self,
        classifier: MusicClassifier,
        selected: &Selected,
    ) -> Result<MusicClassifier, Failure> {
        let name = self.precision.name();
        if self.precision != Precision::F32 && selected.device == Device::flex() {
            say(format!("note: {name} is slower than f32 on a CPU"));
        }
        if self.precision != Precision::F32 && !classifier.model().config.has_transformer() {
            say(format!(
                "note: neither encoder is a transformer: {name} changes nothing"
            ));
        }
        classifier
            .with_precision(self.precision)
            .or_fail(format!(
                "{} does not compute in {name}",
                selected.description()
            ))
            .map_err(|f| f.hint("--precision f32"))
    }
}

impl ModelArg {
    /// Loads the model to the device.
    ///
    /// # Errors
    /// No such model, a model that cannot be read, or a device that is too small for it.
    pub fn load(&self, selected: &Selected) -> Result<MusicClassifier, Failure> {
        self.precision.apply(load(&self.model, selected)?, selected)
    }
}

/// Loads a model by directory or name.
///
/// # Errors
/// As [`ModelArg::load`].
pub fn load(name: &str, selected: &Selected) -> Result<MusicClassifier, Failure> {
    let directory = Path::new(name);
    let device = &selected.device;
    let model = match MODELS.iter().find(|m| m.name == name) {
        // A folder of that name wins: it is there because someone put it there.
        Some(embedded) if !directory.is_dir() => Model::from_bytes(
            embedded.config,
            embedded.weights,
            Some(embedded.tokenizer),
            device,
        )
        .or_fail(format!("cannot use the built-in model \"{name}\""))?,
        _ if !directory.exists() => {
            let names: Vec<&str> = MODELS.iter().map(|m| m.name).collect();
            return Err(
                Failure::new(format!("cannot find the model {name}")).hint(format!(
                    "--model with a model directory, or one of the built-in models: {}",
                    names.join(", ")
                )),
            );
        }
        _ => Model::open(directory, device)
            .or_fail(format!("cannot use the model in {}", directory.display()))?,
    };
    selected
        .check_fits(&model.network)
        .or_fail("the model does not fit the device")?;
    MusicClassifier::new(model, device.clone()).or_fail(format!("cannot use the model {name}"))
}
