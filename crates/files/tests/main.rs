//! Writing by rename.

use musiclime_files::write_by_rename;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn a_file_is_written_and_replaced_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.json");
    write_by_rename(&path, b"one").expect("written");
    write_by_rename(&path, b"two").expect("replaced");
    assert_eq!(std::fs::read(&path).expect("the file"), b"two");
    assert_eq!(names(folder.path()), ["a.json"]);
}

#[test]
fn what_cannot_be_written_leaves_the_old_and_no_part() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).expect("a folder");
    write_by_rename(&taken, b"x").expect_err("a folder is in the way");
    assert_eq!(names(folder.path()), ["taken"]);
    write_by_rename(&folder.path().join("missing/a"), b"x").expect_err("no such folder");
    write_by_rename(Path::new("/"), b"x").expect_err("no file name");
}
