//! What lands in the folder.

use crate::synthetic::{Plan, view};
use musiclime_report::{ReportError, write_report};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn a_report_is_a_page_and_its_figures_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new/report");
    let files = write_report(
        &view(&Plan {
            explained: 2,
            ..Plan::default()
        }),
        &out,
    )
    .expect("a report");
    let names: Vec<String> = files
        .figures
        .iter()
        .map(|f| {
            f.strip_prefix(&out)
                .expect("inside")
                .to_string_lossy()
                .replace('\\', "/")
        })
        .collect();
    assert_eq!(
        names,
        [
            "figures/explanation.png",
            "figures/explanation.svg",
            "figures/explanation-2.png",
            "figures/explanation-2.svg",
            "figures/probabilities.png",
            "figures/probabilities.svg",
        ]
    );
    assert!(files.html.ends_with("report.html"));
    let found: BTreeSet<_> = fs::read_dir(&out)
        .expect("the folder")
        .chain(fs::read_dir(out.join("figures")).expect("figures"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let mut expected: BTreeSet<_> = files.figures.iter().cloned().collect();
    expected.extend([files.html.clone(), out.join("figures")]);
    assert_eq!(found, expected);
}

#[test]
fn a_second_report_replaces_the_first_with_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let view = view(&Plan::default());
    let files = write_report(&view, folder.path()).expect("a report");
    let first = fs::read(&files.html).expect("the page");
    fs::write(&files.html, "old").expect("an old page");
    let again = write_report(&view, folder.path()).expect("a report");
    assert_eq!(again, files);
    assert!(fs::read(&files.html).expect("the page") == first);
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken");
    fs::write(&file, "x").expect("a file");
    let error = write_report(&view(&Plan::default()), &file).expect_err("not a folder");
    assert!(
        matches!(&error, ReportError::Write { path, .. } if path.starts_with(&file)),
        "{error}"
    );
}

#[test]
fn a_view_that_does_not_fit_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut view = view(&Plan::default());
    view.probabilities.clear();
    assert!(write_report(&view, folder.path()).is_err());
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
