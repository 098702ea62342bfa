use crate::failure::{Failure, OrFail, Outcome};
use musiclime_model::{ModelError, import};
use serde_json::json;
use std::path::PathBuf;

/// Turn a checkpoint of MusicLIME or Hugging Face into a model directory.
///
/// Example: musiclime import checkpoint --out my-model
#[derive(clap::Args)]
pub struct Args {
    /// A folder with audio_config.json, text_config.json, preprocessor_config.json, tokenizer.json, labels.json and
    /// model.safetensors, pytorch_model.pth or pytorch_model.bin; or a plain ASTForAudioClassification or
    /// RobertaForSequenceClassification folder.
    source: PathBuf,
    /// The model directory to write; it must be empty or not exist.
    #[arg(long)]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Imports, and says what became of every key.
pub fn run(args: Args) -> Outcome {
    let report = import(&args.source, &args.out).map_err(|e| {
        Failure::new(format!("cannot import {}", args.source.display()))
            .because(&e)
            .hint(hint(&e))
    })?;
    if args.json {
        let document = json!({
            "source": args.source.display().to_string(),
            "out": args.out.display().to_string(),
            "weights": report.weights.display().to_string(),
            "labels": report.config.labels.names(),
            "loaded": report.loaded,
            "ignored": report.ignored,
            "notes": report.notes,
        });
        let text = serde_json::to_string_pretty(&document).or_fail("cannot write JSON")?;
        println!("{text}");
        return Ok(0);
    }
    println!(
        "loaded {} tensors from {}",
        report.loaded,
        report.weights.display()
    );
    println!(
        "ignored {} that no forward pass uses{}",
        report.ignored.len(),
        match report.ignored.is_empty() {
            true => "",
            false => ":",
        }
    );
    for key in &report.ignored {
        println!("    {key}");
    }
    for note in &report.notes {
        println!("note: {note}");
    }
    println!("{}", args.out.display());
    Ok(0)
}

/// What to try when a checkpoint cannot be imported.
fn hint(error: &ModelError) -> &'static str {
    match error {
        ModelError::MissingFile { .. } | ModelError::Import { .. } => {
            "a folder with audio_config.json text_config.json preprocessor_config.json tokenizer.json labels.json and \
             model.safetensors (or pytorch_model.pth, pytorch_model.bin)"
        }
        ModelError::MissingTensor { .. }
        | ModelError::UnknownTensor { .. }
        | ModelError::TensorShape { .. } => {
            "the configuration files that were saved together with these weights"
        }
        ModelError::WeightFile { .. } => "copy or download the weight file again",
        ModelError::TensorType { .. } | ModelError::NotFinite { .. } => {
            "save the checkpoint again with finite weights in f32, f16, bf16 or f64"
        }
        ModelError::Io { .. } => {
            "check that the files may be read and that --out lies in a folder that you may write to"
        }
        ModelError::Invalid { what, .. } if what.starts_with("output folder") => {
            "--out with a folder that is empty or does not exist yet"
        }
        ModelError::Audio(_)
        | ModelError::Config { .. }
        | ModelError::Invalid { .. }
        | ModelError::Tokenizer { .. } => {
            "correct that file, or save it again with transformers' save_pretrained"
        }
    }
}
