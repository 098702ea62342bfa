//! The one way in which a command fails: a headline, why, and what to try.

use std::error::Error;
use std::fmt;

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

    /// Adds what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what to try, where there is something.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
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

/// The hint that an error of one of the crates knows itself.
fn hint_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(audio) = error.downcast_ref::<musiclime_audio::AudioError>() {
            return audio.hint();
        }
        next = error.source();
    }
    None
}
