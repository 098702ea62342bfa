//! From global tables to their figures and their page.

use crate::failure::{Failure, OrFail};
use crate::song_arg::STEM_ORDER;
use crate::{file_names, interrupt};
use musiclime_explanation::global::{ClassTable, FeatureId, GlobalTables, Measure};
use musiclime_files::write_by_rename;
use musiclime_report::figures::{self, FigureFormat};
use musiclime_report::html::{GlobalTable, render_global};
use musiclime_report::{GlobalClass, GlobalView, GlobalWord};
use std::path::Path;

/// Draws the figures of a set of classes into `folder/figures`, one a class and one of all classes, and puts figures and
/// tables on a page, `folder/global.html`, that begins with `lead`.
///
/// # Errors
/// A figure that cannot be drawn or written; Ctrl-C.
pub fn write(
    tables: &GlobalTables,
    name: Option<&str>,
    measure: Measure,
    top: usize,
    lead: &str,
    folder: &Path,
) -> Result<(), Failure> {
    let view = view(tables, name, measure);
    let page = render_global(&view, &page_tables(tables, top), lead)
        .or_fail("cannot make the page of the tables")?;
    let path = folder.join("global.html");
    write_by_rename(&path, page.as_bytes()).or_fail(format!("cannot write {}", path.display()))?;
    let folder = folder.join("figures");
    std::fs::create_dir_all(&folder).or_fail(format!("cannot make {}", folder.display()))?;
    for format in FigureFormat::ALL {
        let write = |name: &str, bytes: Vec<u8>| {
            let path = folder.join(format!("{name}.{}", format.extension()));
            write_by_rename(&path, &bytes).or_fail(format!("cannot write {}", path.display()))
        };
        let matrix = figures::class_matrix(&view, format).or_fail("cannot draw the classes")?;
        write("classes", matrix)?;
        for (i, class) in view.classes.iter().enumerate() {
            interrupt::check()?;
            let figure = figures::global_class(&view, i, format)
                .or_fail(format!("cannot draw the class \"{}\"", class.label))?;
            write(
                &format!("class-{}", file_names::escaped(&class.label)),
                figure,
            )?;
        }
    }
    Ok(())
}

fn page_tables(tables: &GlobalTables, top: usize) -> Vec<GlobalTable> {
    let table = |measure: Measure| GlobalTable {
        title: measure.title().to_string(),
        caption: "Feature, value, and in brackets the number of songs behind it.".into(),
        head: GlobalTables::head(top),
        rows: tables.rows(measure, top),
    };
    Measure::ALL.into_iter().map(table).collect()
}

/// Fills the view.
fn view(tables: &GlobalTables, name: Option<&str>, measure: Measure) -> GlobalView {
    let mut stems: Vec<String> = Vec::new();
    let mut segments = 0;
    let features = tables.classes.iter().flat_map(|c| &c.features);
    for feature in features {
        if let FeatureId::Audio { segment, stem } = &feature.id {
            segments = segments.max(segment + 1);
            if !stems.contains(stem) {
                stems.push(stem.clone());
            }
        }
    }
    let place = |stem: &String| {
        STEM_ORDER
            .iter()
            .position(|s| s == stem)
            .unwrap_or(STEM_ORDER.len())
    };
    stems.sort_by(|a, b| (place(a), a).cmp(&(place(b), b)));
    GlobalView {
        name: name.unwrap_or_default().to_string(),
        measure: measure.title().to_string(),
        classes: tables
            .classes
            .iter()
            .map(|c| class(c, &stems, segments, measure))
            .collect(),
        stems,
        segments,
    }
}

fn class(table: &ClassTable, stems: &[String], segments: usize, measure: Measure) -> GlobalClass {
    let mut audio = vec![vec![None; segments]; stems.len()];
    let mut words = Vec::new();
    for feature in &table.features {
        let value = feature.by(measure);
        match &feature.id {
            FeatureId::Audio { segment, stem } => {
                if let Some(row) = stems.iter().position(|s| s == stem) {
                    audio[row][*segment] = Some(value);
                }
            }
            FeatureId::Word(word) => words.push(GlobalWord {
                word: word.clone(),
                value,
                songs: feature.count,
            }),
        }
    }
    if audio.iter().flatten().all(Option::is_none) {
        audio.clear();
    }
    GlobalClass {
        label: table.label.clone(),
        songs: table.songs,
        audio,
        words,
    }
}
