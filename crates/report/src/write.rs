//! Puts a whole report into a folder, each file by rename.

use crate::figures::{self, FigureFormat};
use crate::{ReportError, ReportView, html};
use musiclime_files::write_by_rename;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFiles {
    /// The page.
    pub html: PathBuf,
    /// The figures: PNG and SVG of each explained label, then of the probabilities.
    pub figures: Vec<PathBuf>,
}

/// Writes `report.html` and `figures/*.png|svg` into `out_dir`, which is made if it is missing.
///
/// The same view gives the same bytes. Everything is drawn before the first file is written, and each file
/// appears by rename. The first explained label's figure is `explanation`, the others are `explanation-2` and
/// so on, in the order of the view.
///
/// # Errors
/// A view whose parts do not fit, a figure that cannot be drawn, or a folder that cannot be written.
pub fn write_report(view: &ReportView, out_dir: &Path) -> Result<ReportFiles, ReportError> {
    view.check()?;
    let page = html::render(view)?;
    let mut drawn: Vec<(String, Vec<u8>)> = Vec::new();
    for explained in 0..view.explained.len().min(html::MAX_LABELS) {
        let stem = match explained {
            0 => "explanation".to_owned(),
            later => format!("explanation-{}", later + 1),
        };
        for format in FigureFormat::ALL {
            let bytes = figures::explanation(view, explained, format)?;
            drawn.push((format!("{stem}.{}", format.extension()), bytes));
        }
    }
    for format in FigureFormat::ALL {
        drawn.push((
            format!("probabilities.{}", format.extension()),
            figures::probabilities(view, format)?,
        ));
    }

    let figures_dir = out_dir.join("figures");
    fs::create_dir_all(&figures_dir).map_err(|source| ReportError::Write {
        path: figures_dir.clone(),
        source,
    })?;
    let mut files = ReportFiles {
        html: out_dir.join("report.html"),
        figures: Vec::new(),
    };
    for (name, bytes) in drawn {
        let path = figures_dir.join(name);
        write(&path, &bytes)?;
        files.figures.push(path);
    }
    write(&files.html, page.as_bytes())?;
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    write_by_rename(path, bytes).map_err(|source| ReportError::Write {
        path: path.to_owned(),
        source,
    })
}
