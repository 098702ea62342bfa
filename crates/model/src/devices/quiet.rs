/// What the Wayland client library prints, through a Vulkan layer of Mesa, on a machine without a desktop.
#[cfg(target_os = "linux")]
const DESKTOP_NOISE: &str = "XDG_RUNTIME_DIR is invalid or not set";

/// Runs `work` while what graphics libraries write to standard error about a missing desktop is left out. Everything
/// else that was written is passed on afterwards.
#[cfg(target_os = "linux")]
pub(super) fn without_desktop_noise<T>(work: impl FnOnce() -> T) -> T {
    if std::env::var_os("XDG_RUNTIME_DIR").is_some() {
        return work();
    }
    let redirected = Redirected::new();
    let result = work();
    drop(redirected);
    result
}

/// Only Linux has the layer that prints.
#[cfg(not(target_os = "linux"))]
pub(super) fn without_desktop_noise<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Standard error going to a file until this is dropped.
#[cfg(target_os = "linux")]
struct Redirected {
    original: std::os::fd::OwnedFd,
    file: std::fs::File,
}

#[cfg(target_os = "linux")]
impl Redirected {
    /// `None` when the system has no file to spare; the noise is then let through.
    fn new() -> Option<Self> {
        let file = tempfile::tempfile().ok()?;
        let original = rustix::io::dup(std::io::stderr()).ok()?;
        rustix::stdio::dup2_stderr(&file).ok()?;
        Some(Self { original, file })
    }
}

#[cfg(target_os = "linux")]
impl Drop for Redirected {
    fn drop(&mut self) {
        use std::io::{Read, Seek, Write};
        // Nothing can be done about a standard error that cannot be put back.
        let _ = rustix::stdio::dup2_stderr(&self.original);
        let mut text = Vec::new();
        let read = self
            .file
            .rewind()
            .and_then(|()| self.file.read_to_end(&mut text));
        if read.is_ok() {
            let text = String::from_utf8_lossy(&text);
            for line in text.lines().filter(|line| !line.contains(DESKTOP_NOISE)) {
                let _ = writeln!(std::io::stderr(), "{line}");
            }
        }
    }
}
