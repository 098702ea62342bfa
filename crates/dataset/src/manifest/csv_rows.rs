//! Manifests as CSV: a header with the fields of an entry, empty cells for what a song lacks, tags joined by `;`.

use super::entry::{Entry, FIELDS, Split};
use super::rows::Row;
use crate::nearest::suggestion;
use std::path::PathBuf;

/// What separates the tags of one cell.
const TAG_SEPARATOR: char = ';';

/// A header that cannot be used, or text that is no CSV: the line and what is wrong.
pub(super) type HeaderProblem = (usize, String);

/// Every record below the header.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, HeaderProblem> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map_err(|e| (1, e.to_string()))?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    check_header(&header).map_err(|problem| (1, problem))?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            (line as usize, e.to_string())
        })?;
        let cell = |name: &str| {
            let column = header.iter().position(|h| h == name)?;
            record.get(column).filter(|cell| !cell.trim().is_empty())
        };
        let entry = if record.len() == header.len() {
            entry(cell)
        } else {
            Err(format!(
                "expected {} columns as in the header, got {}",
                header.len(),
                record.len()
            ))
        };
        rows.push(Row {
            line: record.position().map_or(0, |p| p.line() as usize),
            id: cell("id").map(str::to_owned),
            entry,
        });
    }
    Ok(rows)
}

fn check_header(header: &[String]) -> Result<(), String> {
    for (i, name) in header.iter().enumerate() {
        if !FIELDS.contains(&name.as_str()) {
            let meant = suggestion(name, &FIELDS);
            return Err(format!("unknown column \"{name}\"; {meant}"));
        }
        if header[..i].contains(name) {
            return Err(format!("the column \"{name}\" stands twice"));
        }
    }
    match header.iter().any(|name| name == "id") {
        true => Ok(()),
        false => Err(format!(
            "there is no column \"id\"; columns: {}",
            FIELDS.join(", ")
        )),
    }
}

fn entry<'a>(cell: impl Fn(&str) -> Option<&'a str>) -> Result<Entry, String> {
    let text = |name: &str| cell(name).map(str::to_owned);
    let path = |name: &str| cell(name).map(PathBuf::from);
    let number = |name: &str| {
        cell(name)
            .map(|c| {
                let parsed = c.trim().parse::<f64>();
                parsed
                    .map_err(|_| format!("\"{name}\": expected a number from 0 to 1, got \"{c}\""))
            })
            .transpose()
    };
    let tags = |joined: &str| {
        let tags = joined.split(TAG_SEPARATOR).map(str::trim);
        tags.filter(|t| !t.is_empty()).map(str::to_owned).collect()
    };
    Ok(Entry {
        id: text("id").unwrap_or_default(),
        audio: path("audio"),
        stems: path("stems"),
        lyrics: path("lyrics"),
        genre: text("genre"),
        emotion: text("emotion"),
        artist: text("artist"),
        split: cell("split").map(|s| Split::parse(s.trim())).transpose()?,
        valence: number("valence")?,
        energy: number("energy")?,
        tags: cell("tags").map(tags),
        language: text("language"),
    })
}

/// All columns, whatever the entries have.
pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>, std::io::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(FIELDS)?;
    for entry in entries {
        let path = |p: &Option<PathBuf>| p.as_ref().map(|p| p.display().to_string());
        let number = |x: Option<f64>| x.map(|x| x.to_string());
        let tags = entry.tags.as_ref().map(|tags| tags.join(";"));
        if let Some(tag) = entry
            .tags
            .iter()
            .flatten()
            .find(|t| t.contains(TAG_SEPARATOR))
        {
            return Err(std::io::Error::other(format!(
                "the tag \"{tag}\" of song \"{}\" holds a \"{TAG_SEPARATOR}\", which separates tags in CSV; write .jsonl",
                entry.id
            )));
        }
        let cells = [
            Some(entry.id.clone()),
            path(&entry.audio),
            path(&entry.stems),
            path(&entry.lyrics),
            entry.genre.clone(),
            entry.emotion.clone(),
            entry.artist.clone(),
            entry.split.map(|s| s.name().to_owned()),
            number(entry.valence),
            number(entry.energy),
            tags,
            entry.language.clone(),
        ];
        writer.write_record(cells.map(Option::unwrap_or_default))?;
    }
    writer.into_inner().map_err(|e| e.into_error())
}
