//! Manifests as JSON Lines: one object a line.

use super::entry::{Entry, FIELDS, Split};
use super::rows::Row;
use crate::nearest::suggestion;
use serde_json::Value;

/// Every line that is not blank.
pub(super) fn rows(text: &str) -> Vec<Row> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(i, line)| {
            let value: Result<Value, _> = serde_json::from_str(line);
            let id = value.as_ref().ok().and_then(|v| v["id"].as_str());
            Row {
                line: i + 1,
                id: id.map(str::to_owned),
                entry: value.map_err(|e| not_a_song(&e)).and_then(entry),
            }
        })
        .collect()
}

fn not_a_song(error: &serde_json::Error) -> String {
    format!("not a song (one JSON object): {error}")
}

fn entry(value: Value) -> Result<Entry, String> {
    if let Value::Object(fields) = &value {
        if let Some(name) = fields.keys().find(|k| !FIELDS.contains(&k.as_str())) {
            return Err(format!(
                "unknown field \"{name}\"; {}",
                suggestion(name, &FIELDS)
            ));
        }
        if let Some(name) = fields.get("split").and_then(Value::as_str) {
            Split::parse(name)?;
        }
    }
    serde_json::from_value(value).map_err(|e| not_a_song(&e))
}

/// One object a line.
pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>, std::io::Error> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, entry)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}
