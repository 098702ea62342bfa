//! The one way in which a command fails: a headline, why, and what to try.

use musiclime_audio::AudioError;
use musiclime_core::ClassifierError;
use musiclime_explanation::ExplanationError;
use musiclime_model::{DeviceError, ModelError};
use musiclime_training::TrainingError;
use std::error::Error;
use std::fmt;
use std::io;

/// Nothing could be done.
pub const EXIT_FAILED: u8 = 2;

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    headline: String,
    because: Vec<String>,
    hint: Option<String>,
}

/// The result of a command: its exit code, 0 when all is done and 1 when some songs failed.
pub type Outcome = Result<u8, Failure>;

impl Failure {
    /// A failure that needs no reason.
    pub fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            because: Vec::new(),
            hint: None,
        }
    }

    /// Adds the chain of an error.
    pub fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // A transparent error says the same twice.
            if self.because.last() != Some(&text) {
                self.because.push(text);
            }
            next = error.source();
        }
        self
    }

    /// All of it but the hint in one line, for lists of songs that failed.
    pub fn one_line(&self) -> String {
        let mut parts = vec![self.headline.clone()];
        parts.extend(self.because.iter().cloned());
        parts.join(": ")
    }

    /// Adds what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what else to try.
    pub fn and_hint(self, hint: &str) -> Self {
        let both = match &self.hint {
            Some(first) => format!("{first}; then {hint}"),
            None => hint.to_owned(),
        };
        self.hint(both)
    }

    /// Adds what to try, where there is something.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Everything but the hint, on one line, for a list of failures.
    pub fn in_one_line(&self) -> String {
        let reasons = self.because.iter().map(String::as_str);
        let parts: Vec<&str> = std::iter::once(self.headline.as_str())
            .chain(reasons)
            .collect();
        parts.join(": ")
    }

    /// The failure of a command that Ctrl-C stopped.
    pub fn interrupted() -> Self {
        Self::new("stopped by Ctrl-C; nothing was written")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.headline)?;
        for reason in &self.because {
            writeln!(f, "  because: {reason}")?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "  try: {hint}")?;
        }
        Ok(())
    }
}

/// Turns library errors into failures with a headline.
pub trait OrFail<T> {
    /// Puts `headline` over the error.
    ///
    /// # Errors
    /// The failure.
    fn or_fail(self, headline: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Error + 'static> OrFail<T> for Result<T, E> {
    fn or_fail(self, headline: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|e| Failure::new(headline).because(&e).maybe_hint(hint_of(&e)))
    }
}

/// The hint for the first error of the chain that has one.
fn hint_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let hint = if let Some(audio) = error.downcast_ref::<AudioError>() {
            audio.hint()
        } else if let Some(model) = error.downcast_ref::<ModelError>() {
            model_hint(model).map(str::to_owned)
        } else if let Some(ExplanationError::Setting { expected, .. }) = error.downcast_ref() {
            Some(expected.clone())
        } else if let Some(ClassifierError::Song(_)) = error.downcast_ref() {
            Some("a longer excerpt or recording, and lyrics that are text".into())
        } else if let Some(training) = error.downcast_ref::<TrainingError>() {
            training_hint(training).map(str::to_owned)
        } else if error.is::<DeviceError>() {
            Some("--device auto or cpu; `musiclime devices` lists what there is".into())
        } else {
            error
                .downcast_ref::<io::Error>()
                .map(|e| io_hint(e).to_owned())
        };
        if hint.is_some() {
            return hint;
        }
        next = error.source();
    }
    None
}

fn model_hint(error: &ModelError) -> Option<&'static str> {
    Some(match error {
        ModelError::MissingFile { .. }
        | ModelError::Config { .. }
        | ModelError::Tokenizer { .. } => {
            "a model directory as `musiclime import` or `musiclime train` writes it"
        }
        ModelError::WeightFile { .. } => "copy or download the weight file again",
        ModelError::MissingTensor { .. }
        | ModelError::UnknownTensor { .. }
        | ModelError::TensorShape { .. } => {
            "the config.json that belongs to these weights, or import the checkpoint again"
        }
        ModelError::TensorType { .. } | ModelError::NotFinite { .. } => {
            "save the checkpoint again with finite weights in f32, f16, bf16 or f64, and import it"
        }
        // The chain goes on to an error that knows more.
        ModelError::Audio(_) | ModelError::Io { .. } => return None,
        ModelError::Invalid { .. } | ModelError::Import { .. } => {
            "correct the value that is named above"
        }
    })
}

fn training_hint(error: &TrainingError) -> Option<&'static str> {
    Some(match error {
        TrainingError::Setting { .. } => "correct the setting that is named above",
        TrainingError::UnknownLabel { .. } => {
            "correct the label in the manifest, or name all classes in the setting manifest.labels"
        }
        TrainingError::NoSongs { .. } => {
            "a manifest whose lines have the label and a \"split\": train and validation"
        }
        TrainingError::CacheTooSmall { .. } => {
            "--cache-gib with more, --cache on a larger disk, or fewer songs"
        }
        TrainingError::Run { .. } => {
            "--resume with the folder and the songs of that run, or another --out"
        }
        TrainingError::SongLost { .. } => "bring the file back and go on with --resume",
        TrainingError::OptimizerState { .. } => "start the run anew with another --out",
        TrainingError::Diverged { .. } | TrainingError::NotANumber => "a lower --learning-rate",
        TrainingError::Dataset(_)
        | TrainingError::Model(_)
        | TrainingError::Scores(_)
        | TrainingError::Io { .. }
        | TrainingError::Cancelled => return None,
    })
}

fn io_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path; a relative path starts at the current folder",
        io::ErrorKind::PermissionDenied => "check that you may read and write there",
        io::ErrorKind::StorageFull => "free some space on the disk",
        io::ErrorKind::IsADirectory => "the path of a file inside that folder",
        _ => "check the path, and that the disk is healthy",
    }
}
