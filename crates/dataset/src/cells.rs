//! Rows of text in cells, as RFC 4180 has them: separated by commas with quotes where needed, or by tabs without.

/// How the cells of a row are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separated {
    /// By commas; a quoted cell may hold commas, line ends and doubled quotes.
    ByCommas,
    /// By tabs; a quote is a character as any other.
    ByTabs,
}

/// A row and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Counted from 1.
    pub line: usize,
    pub cells: Vec<String>,
}

/// Takes a text apart; blank lines are left out.
///
/// # Errors
/// A quote that is never closed: the line on which it opens.
pub(crate) fn records(text: &str, separated: Separated) -> Result<Vec<Record>, usize> {
    match separated {
        Separated::ByTabs => Ok(text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(i, line)| Record {
                line: i + 1,
                cells: line.split('\t').map(str::to_owned).collect(),
            })
            .collect()),
        Separated::ByCommas => by_commas(text),
    }
}

fn by_commas(text: &str) -> Result<Vec<Record>, usize> {
    let mut records = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 1;
    while characters.peek().is_some() {
        let mut record = Record {
            line,
            cells: Vec::new(),
        };
        loop {
            let mut cell = String::new();
            let mut quote_line = None;
            let end = loop {
                match characters.next() {
                    Some('"') if quote_line.is_some() => {
                        if characters.next_if_eq(&'"').is_some() {
                            cell.push('"');
                        } else {
                            quote_line = None;
                        }
                    }
                    Some('"') if cell.is_empty() => quote_line = Some(line),
                    Some('\r') if quote_line.is_none() && characters.peek() == Some(&'\n') => {}
                    Some(c @ (',' | '\n')) if quote_line.is_none() => {
                        line += usize::from(c == '\n');
                        break Some(c);
                    }
                    Some(c) => {
                        line += usize::from(c == '\n');
                        cell.push(c);
                    }
                    None => break None,
                }
            };
            if let Some(opened) = quote_line {
                return Err(opened);
            }
            record.cells.push(cell);
            if end != Some(',') {
                break;
            }
        }
        if !matches!(record.cells.as_slice(), [only] if only.trim().is_empty()) {
            records.push(record);
        }
    }
    Ok(records)
}

/// One row with its line end, quoted where needed.
pub(crate) fn csv_row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    };
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, Vec<String>)> {
        let records = records(text, Separated::ByCommas).unwrap_or_default();
        records.into_iter().map(|r| (r.line, r.cells)).collect()
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        let text = "a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\"\"\nlast";
        let wanted = [
            (1, vec!["a", "b"]),
            (2, vec!["x, \"y\"\nz", "2"]),
            (5, vec!["", ""]),
            (6, vec!["last"]),
        ];
        let wanted = wanted.map(|(line, cells)| {
            (
                line,
                cells.into_iter().map(str::to_owned).collect::<Vec<_>>(),
            )
        });
        assert_eq!(read(text), wanted);
        assert_eq!(records("a\n\"b\nc", Separated::ByCommas), Err(2));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let cells = ["plain", "a,b", "say \"no\"", "two\nlines", ""];
        assert_eq!(
            read(&csv_row(cells)),
            [(1, cells.map(str::to_owned).to_vec())]
        );
    }

    #[test]
    fn between_tabs_a_quote_is_a_character() {
        let found = records("id\tsong\n1\tSay \"Hi\n", Separated::ByTabs);
        let cells = found.map(|r| r[1].cells.clone());
        assert_eq!(cells, Ok(vec!["1".to_owned(), "Say \"Hi".to_owned()]));
    }
}
