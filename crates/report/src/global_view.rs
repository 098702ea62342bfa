//! Everything that the figures of a global explanation show, as plain data.

use crate::ReportError;

/// Classes and what speaks for them over many songs.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalView {
    /// What the songs are of: the data set or run, for titles; may be empty.
    pub name: String,
    /// What the weights are (`LIME importance`).
    pub measure: String,
    /// The stems, in the order of the rows.
    pub stems: Vec<String>,
    /// The number of segments.
    pub segments: usize,
    /// The classes.
    pub classes: Vec<GlobalClass>,
}

/// One class.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalClass {
    /// Its name.
    pub label: String,
    /// The songs that the model gave this class, where that is known.
    pub songs: Option<u64>,
    /// One importance a stem and segment; `None` where no song had a positive weight. Empty without audio.
    ///
    /// # Shapes
    /// `[stem][segment]`
    pub audio: Vec<Vec<Option<f64>>>,
    /// Every word.
    pub words: Vec<GlobalWord>,
}

/// One word in one class.
#[derive(Debug, Clone, PartialEq)]
pub struct GlobalWord {
    /// The word.
    pub word: String,
    /// Its importance.
    pub value: f64,
    /// The songs behind it.
    pub songs: u64,
}

impl GlobalView {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// Audio importances that are not one a stem and segment.
    pub fn check(&self) -> Result<(), ReportError> {
        for class in &self.classes {
            let rows = class.audio.len();
            let fits = class.audio.iter().all(|row| row.len() == self.segments);
            if rows != 0 && (rows != self.stems.len() || !fits) {
                return Err(ReportError::View {
                    what: format!("audio of the class \"{}\"", class.label),
                    expected: format!("{} x {}", self.stems.len(), self.segments),
                    got: format!("{rows} x {}", class.audio.first().map_or(0, Vec::len)),
                });
            }
        }
        Ok(())
    }
}
