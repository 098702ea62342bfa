//! `--model`: a model directory, or a demo model that is compiled in.

use crate::embedded::MODELS;
use crate::failure::{Failure, OrFail};
use musiclime_model::{Model, MusicClassifier, Selected};
use std::path::Path;

/// Which model.
#[derive(clap::Args, Clone, Debug)]
pub struct ModelArg {
    /// A model directory (`musiclime import` and `musiclime train` write them), or a demo model: genre or emotion.
    #[arg(long, default_value = MODELS[0].name)]
    model: String,
}

impl ModelArg {
    /// Loads the model to the device.
    ///
    /// # Errors
    /// No such model, a model that cannot be read, or a device that is too small for it.
    pub fn load(&self, selected: &Selected) -> Result<MusicClassifier, Failure> {
        load(&self.model, selected)
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
