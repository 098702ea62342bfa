//! The separators that `--separator` takes.

use crate::failure::Failure;
use musiclime_audio::separation::HarmonicPercussive;
use musiclime_core::Separator;

/// One separator: the name that `--separator` takes, what it is, and how it is made ready.
struct Known {
    name: &'static str,
    about: &'static str,
    make: fn() -> Result<Box<dyn Separator>, Failure>,
}

/// Every separator.
const SEPARATORS: [Known; 1] = [Known {
    name: DEFAULT,
    about: "harmonic/percussive, with estimates of bass and voice; needs no weights",
    make: || Ok(Box::new(HarmonicPercussive::default())),
}];

/// The one that is used where none is named.
pub const DEFAULT: &str = "hpss";

/// The names and what they are, for help texts.
pub fn list() -> String {
    let lines: Vec<String> = SEPARATORS
        .iter()
        .map(|s| format!("{} ({})", s.name, s.about))
        .collect();
    lines.join(", ")
}

/// Makes the separator of that name ready.
///
/// # Errors
/// No such separator.
pub fn named(name: &str) -> Result<Box<dyn Separator>, Failure> {
    match SEPARATORS.iter().find(|s| s.name == name) {
        Some(known) => (known.make)(),
        None => {
            let names: Vec<&str> = SEPARATORS.iter().map(|s| s.name).collect();
            Err(Failure::new(format!("there is no separator \"{name}\""))
                .hint(format!("--separator with one of: {}", names.join(", "))))
        }
    }
}
