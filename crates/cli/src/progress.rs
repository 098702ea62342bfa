//! A bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar that counts `what` on the terminal's error stream.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar over `total` of `what`; hidden unless the error stream is a terminal.
    pub fn new(total: usize, what: &str) -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let style = ProgressStyle::with_template(
            "{msg:>14} [{bar:32}] {pos}/{len}  {elapsed} (still {eta})",
        );
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.to_string());
        Self(bar)
    }

    /// Sets how many are done.
    pub fn set(&self, done: usize) {
        self.0.set_position(done as u64);
    }

    /// Sets how many are done, and a text behind the count.
    pub fn say(&self, done: usize, text: &str) {
        self.0.set_position(done as u64);
        self.0.set_message(text.to_string());
    }

    /// Starts behind `done`, which took none of the time.
    pub fn start_at(&self, done: usize) {
        self.0.set_position(done as u64);
        self.0.reset_eta();
    }

    /// Says one line above the bar.
    pub fn above(&self, line: &str) {
        self.0.suspend(|| say(line));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Says one line on the error stream.
pub fn say(line: impl AsRef<str>) {
    eprintln!("{}", line.as_ref());
}
