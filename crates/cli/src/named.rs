//! Values by name, and the nearest name to one that does not exist.

use musiclime_dataset::nearest;
use serde::de::DeserializeOwned;

/// A value by the name that settings files have for it, or with `-` for `_`.
///
/// # Errors
/// A name that does not exist, with the one that was probably meant.
pub fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.replace('-', "_")))
        .map_err(|e| with_suggestion(&e.to_string()))
}

/// Adds the name that was probably meant to serde's "unknown field `x`, expected one of `y`, `z`".
pub fn with_suggestion(error: &str) -> String {
    let quoted: Vec<&str> = error.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((written, known)) if error.contains("unknown") => {
            match nearest(written, known.iter().copied()) {
                Some(name) => format!("unknown name \"{written}\"; did you mean \"{name}\"?"),
                None => error.to_string(),
            }
        }
        _ => error.to_string(),
    }
}
