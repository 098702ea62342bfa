//! Ctrl-C.

use super::binary::{finish, start};
use super::files::Folder;
use std::process::Command;
use std::time::Duration;

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let f = Folder::new();
    let out = f.text("out");
    let args = [
        "explain",
        "--device",
        "cpu",
        "--samples",
        "200000",
        "--out",
        &out,
    ];
    let child = start(&args);
    std::thread::sleep(Duration::from_secs(3));
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("the program kill");
    assert!(status.success());
    let run = finish(child);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("Ctrl-C"), "{run:#?}");
    assert_eq!(f.names(), Vec::<String>::new());
}
