//! Lyric lines with the seconds in which they are sung: CSV files and LRC files.

use crate::DatasetError;
use crate::cells::{Separated, records};
use std::path::Path;

/// The columns of a CSV file of lines.
const COLUMNS: [&str; 3] = ["start_s", "end_s", "line"];
/// How long the last line of an LRC file is taken to last, in seconds: the format has no ends.
const LAST_LINE_S: f64 = 10.0;

/// One line of lyrics and when it is sung, in seconds of the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedLine {
    /// When it starts.
    pub start_s: f64,
    /// When it ends.
    pub end_s: f64,
    /// Its words.
    pub text: String,
}

/// Reads a file of timed lines, by its name's ending: `.csv` with the columns start_s, end_s and line, or `.lrc`.
///
/// Lines come in order of time. A line of an LRC file lasts until the next one starts.
///
/// # Errors
/// A file that cannot be read, has another ending, or has no line; a row without its times, or that ends before it starts.
pub fn read(path: &Path) -> Result<Vec<TimedLine>, DatasetError> {
    let bytes = std::fs::read(path).map_err(DatasetError::io("read", path))?;
    let text = String::from_utf8(bytes).map_err(|e| DatasetError::NotText {
        path: path.to_path_buf(),
        byte: e.utf8_error().valid_up_to(),
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let parsed = match ending.as_deref() {
        Some("csv") => from_csv(text),
        Some("lrc") => from_lrc(text),
        _ => {
            return Err(DatasetError::Input {
                path: path.to_path_buf(),
                expected: "a name ending in .csv or .lrc".into(),
                got: ending.map_or("none".into(), |e| format!(".{e}")),
            });
        }
    };
    let mut lines = parsed.map_err(|(line, problem)| DatasetError::Line {
        path: path.to_path_buf(),
        line,
        problem,
    })?;
    if lines.is_empty() {
        return Err(DatasetError::Input {
            path: path.to_path_buf(),
            expected: "at least 1 line with its time".into(),
            got: "none".into(),
        });
    }
    lines.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    Ok(lines)
}

fn from_csv(text: &str) -> Result<Vec<TimedLine>, (usize, String)> {
    let mut records = records(text, Separated::ByCommas)
        .map_err(|line| (line, "a quote that opens here is never closed".to_owned()))?
        .into_iter();
    let Some(header) = records.next() else {
        return Ok(Vec::new());
    };
    let column = |name: &str| {
        let found = header.cells.iter().position(|cell| cell.trim() == name);
        found.ok_or_else(|| {
            let expected = COLUMNS.join(", ");
            (
                header.line,
                format!("expected the columns {expected}, got no \"{name}\""),
            )
        })
    };
    let [start, end, words] = [
        column(COLUMNS[0])?,
        column(COLUMNS[1])?,
        column(COLUMNS[2])?,
    ];
    records
        .map(|record| {
            let cell = |at: usize| record.cells.get(at).map_or("", |c| c.trim());
            let seconds = |name: &str, at: usize| {
                let value = cell(at).parse::<f64>().ok();
                value.filter(|s| s.is_finite() && *s >= 0.0).ok_or_else(|| {
                    let got = cell(at);
                    (
                        record.line,
                        format!("{name}: expected seconds, at least 0, got \"{got}\""),
                    )
                })
            };
            let (start_s, end_s) = (seconds(COLUMNS[0], start)?, seconds(COLUMNS[1], end)?);
            if end_s <= start_s {
                let problem = format!("end_s: expected more than start_s {start_s}, got {end_s}");
                return Err((record.line, problem));
            }
            Ok(TimedLine {
                start_s,
                end_s,
                text: cell(words).to_owned(),
            })
        })
        .collect()
}

fn from_lrc(text: &str) -> Result<Vec<TimedLine>, (usize, String)> {
    let mut starts: Vec<(f64, String)> = Vec::new();
    let mut offset_s = 0.0;
    for (i, line) in text.lines().enumerate() {
        let mut rest = line.trim();
        let mut times = Vec::new();
        while let Some((tag, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            if let Some(time) = clock(tag) {
                times.push(time);
            } else if let Some(value) = tag.strip_prefix("offset:") {
                let milliseconds: f64 = value.trim().parse().map_err(|_| {
                    (
                        i + 1,
                        format!("offset: expected milliseconds, got \"{value}\""),
                    )
                })?;
                // A positive offset shows lines earlier.
                offset_s = milliseconds / 1000.0;
            }
            rest = after.trim_start();
        }
        starts.extend(times.into_iter().map(|t| (t, rest.trim().to_owned())));
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends: Vec<f64> = starts
        .iter()
        .skip(1)
        .map(|next| next.0)
        .chain(starts.last().map(|last| last.0 + LAST_LINE_S))
        .collect();
    Ok(starts
        .into_iter()
        .zip(ends)
        // A time without words ends the line before; times that stand twice are one line.
        .filter(|((start, text), end)| !text.is_empty() && end > start)
        .map(|((start, text), end)| TimedLine {
            start_s: (start - offset_s).max(0.0),
            end_s: (end - offset_s).max(0.0),
            text,
        })
        .filter(|line| line.end_s > line.start_s)
        .collect())
}

/// `mm:ss`, `mm:ss.xx` or `mm:ss:xx` in seconds; `None` for any other tag.
fn clock(tag: &str) -> Option<f64> {
    let (minutes, seconds) = tag.trim().split_once(':')?;
    let minutes: u32 = minutes.parse().ok()?;
    let seconds: f64 = seconds.replacen(':', ".", 1).parse().ok()?;
    (seconds.is_finite() && (0.0..60.0).contains(&seconds))
        .then(|| f64::from(minutes) * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_lrc_give_lines_with_times() {
        let csv =
            from_csv("start_s,end_s,line\n0.5,2,\"Yeah, heah!\"\n3,4.25,so\n").expect("lines");
        assert_eq!(csv[0].text, "Yeah, heah!");
        assert_eq!((csv[1].start_s, csv[1].end_s), (3.0, 4.25));
        let lrc = from_lrc(
            "[ar: Someone]\n[offset: 500]\n[00:01.50][01:10.00]Again\n[00:03.00]\n[01:00]Once\n",
        )
        .expect("lines");
        let found: Vec<(f64, f64, &str)> = lrc
            .iter()
            .map(|l| (l.start_s, l.end_s, l.text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (1.0, 2.5, "Again"),
                (59.5, 69.5, "Once"),
                (69.5, 79.5, "Again")
            ]
        );
    }

    #[test]
    fn wrong_rows_are_named() {
        for (text, line, said) in [
            ("start_s,end_s,line\n2,1,back\n", 2, "more than start_s"),
            ("start_s,end_s,line\nx,1,word\n", 2, "seconds"),
            ("start,end,line\n", 1, "start_s"),
            ("start_s,end_s,line\n0,NaN,word\n", 2, "seconds"),
        ] {
            let (at, problem) = from_csv(text).expect_err(text);
            assert_eq!(at, line, "{text}");
            assert!(problem.contains(said), "{problem}");
        }
    }
}
