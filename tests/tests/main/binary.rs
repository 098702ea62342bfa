//! Running `musiclime`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Most memory that the process held, in KiB; 0 where the system does not say.
    pub peak_kib: u64,
}

impl Run {
    /// Asserts that the command did its work.
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Asserts that the command refused its input: exit code 2, and a headline, a reason and a hint that name things.
    pub fn refused(self, named: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "{self:#?}");
        assert!(self.stderr.contains("error: "), "no headline: {self:#?}");
        assert!(self.stderr.contains("try: "), "no hint: {self:#?}");
        assert!(!self.stderr.contains("panicked"), "a panic: {self:#?}");
        for name in named {
            assert!(
                self.stderr.contains(name),
                "\"{name}\" is not named: {self:#?}"
            );
        }
        self
    }

    /// Asserts that a note says so.
    pub fn notes(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no note \"{text}\": {self:#?}");
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The binary of this checkout, built if it has to be.
fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let test = std::env::current_exe().expect("the path of this test");
        // TARGET/release/deps/main-HASH
        let target = test
            .ancestors()
            .nth(3)
            .expect("a target folder")
            .to_path_buf();
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--release",
                "--quiet",
                "-p",
                "musiclime-cli",
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(root())
            .status()
            .expect("cargo");
        assert!(
            status.success(),
            "cargo build --release -p musiclime-cli failed"
        );
        target
            .join("release")
            .join(format!("musiclime{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Starts a command.
pub fn start<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Child {
    start_with(args, &[])
}

/// Starts a command with environment variables of its own.
pub fn start_with<S: AsRef<std::ffi::OsStr>>(args: &[S], variables: &[(&str, &Path)]) -> Child {
    Command::new(path())
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

/// Starts a command that cannot write a file of more than `kib` KiB, as on a full disk.
pub fn start_limited<S: AsRef<std::ffi::OsStr>>(kib: u32, args: &[S]) -> Child {
    // bash counts in KiB; without the trap the signal SIGXFSZ would end the process instead of failing the write.
    Command::new("bash")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f $0 && exec \"$@\"",
            &kib.to_string(),
        ])
        .arg(path())
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash starts")
}

/// Waits for a command, watching its memory.
pub fn finish(mut child: Child) -> Run {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let watch = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
            let Some(kib) = line.and_then(|l| l.split_whitespace().next()?.parse().ok()) else {
                break;
            };
            peak = kib;
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        peak
    });
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || std::io::read_to_string(&mut stdout).expect("text"));
    let stderr = std::io::read_to_string(child.stderr.take().expect("a pipe")).expect("text");
    let status = child.wait().expect("an exit status");
    Run {
        code: status.code(),
        stdout: reader.join().expect("the reader"),
        stderr,
        peak_kib: watch.join().expect("the watcher"),
    }
}

/// Runs a command to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Run {
    finish(start(args))
}
