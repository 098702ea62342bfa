//! Tables with a header, of which some columns are needed.

use super::Skipped;
use crate::DatasetError;
use crate::manifest::read_text;
use crate::nearest::nearest;
use std::collections::HashMap;
use std::path::Path;

/// How the cells of a table are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// By tabs, without quotes.
    Tabs,
    /// By commas, quoted where needed.
    Commas,
}

/// A table whose rows are known by their id, in order.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    by_id: HashMap<String, usize>,
}

impl Table {
    /// Reads a table; rows of a wrong length, without an id or with one that was there before go to `skipped`.
    ///
    /// # Errors
    /// A file that cannot be read, or a header without one of the `needed` columns, the first of which is the id.
    pub fn read(
        path: &Path,
        cells: Cells,
        needed: &[&str],
        skipped: &mut Vec<Skipped>,
    ) -> Result<Self, DatasetError> {
        let text = read_text(path)?;
        let wrong = |line: usize, problem: String| DatasetError::Line {
            path: path.to_path_buf(),
            line,
            problem,
        };
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(if cells == Cells::Tabs { b'\t' } else { b',' })
            .quoting(cells == Cells::Commas)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let columns: Vec<String> = reader
            .headers()
            .map_err(|e| wrong(1, e.to_string()))?
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        for name in needed.iter().filter(|n| !columns.iter().any(|c| c == *n)) {
            let near = nearest(name, columns.iter().map(String::as_str));
            let near = near
                .map(|n| format!(" (\"{n}\" is near)"))
                .unwrap_or_default();
            let how = match cells {
                Cells::Tabs => "separated by tabs",
                Cells::Commas => "separated by commas",
            };
            return Err(wrong(
                1,
                format!(
                    "there is no column \"{name}\"; expected {} {how}, got \"{}\"{near}",
                    needed.join(", "),
                    columns.join(", ")
                ),
            ));
        }
        let id_column = columns
            .iter()
            .position(|c| Some(c.as_str()) == needed.first().copied());
        let mut table = Self {
            columns,
            rows: Vec::new(),
            by_id: HashMap::new(),
        };
        for record in reader.records() {
            let record = record
                .map_err(|e| wrong(e.position().map_or(0, |p| p.line() as usize), e.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let place = format!("{}, line {line}", path.display());
            let id = id_column
                .and_then(|c| record.get(c))
                .unwrap_or_default()
                .trim();
            let problem = if record.len() != table.columns.len() {
                let (expected, got) = (table.columns.len(), record.len());
                format!("{place}: expected {expected} columns as in the header, got {got}")
            } else if id.is_empty() {
                format!("{place}: the id is empty")
            } else if table.by_id.contains_key(id) {
                format!("{place}: the id \"{id}\" stands there a second time")
            } else {
                table.by_id.insert(id.to_owned(), table.rows.len());
                table
                    .rows
                    .push(record.iter().map(|c| c.trim().to_owned()).collect());
                continue;
            };
            skipped.push(Skipped {
                song: if id.is_empty() { place } else { id.to_owned() },
                problem,
            });
        }
        Ok(table)
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let columns = &self.columns;
        self.rows.iter().map(move |cells| Row { columns, cells })
    }

    /// The row of an id.
    pub fn row(&self, id: &str) -> Option<Row<'_>> {
        let cells = &self.rows[*self.by_id.get(id)?];
        let columns = &self.columns;
        Some(Row { columns, cells })
    }
}

/// A row of a table.
pub(super) struct Row<'a> {
    columns: &'a [String],
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// A cell that is not empty, by its column.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        let place = self.columns.iter().position(|c| c == column)?;
        Some(self.cells[place].as_str()).filter(|cell| !cell.is_empty())
    }

    /// The parts of a cell; none for an empty one.
    pub fn list(&self, column: &str, separator: char) -> Vec<String> {
        let parts = self.get(column).unwrap_or_default().split(separator);
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    /// A number from 0 to 1; else why there is none.
    pub fn share(&self, column: &str) -> Result<f64, String> {
        let number = self.get(column).and_then(|cell| cell.parse::<f64>().ok());
        number
            .filter(|x| (0.0..=1.0).contains(x))
            .ok_or_else(|| format!("{column} is no number from 0 to 1"))
    }
}
