//! Ctrl-C: the first asks the command to stop, the second ends the process at once.

use crate::failure::{EXIT_FAILED, Failure};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Starts to listen.
///
/// # Errors
/// A system that does not let it.
pub fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(EXIT_FAILED));
        }
    })
}

/// Asks the command to stop, as the first Ctrl-C does.
pub fn ask() {
    ASKED.store(true, Ordering::SeqCst);
}

/// Whether the command was asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Stops here if the command was asked to.
///
/// # Errors
/// [`Failure::interrupted`].
pub fn check() -> Result<(), Failure> {
    if asked() {
        Err(Failure::interrupted())
    } else {
        Ok(())
    }
}
