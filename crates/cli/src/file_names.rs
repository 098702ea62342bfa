//! Names of songs and labels as names of files.

use std::fmt::Write;

/// The longest name that is kept, in bytes; file systems end at 255.
const MAX_BYTES: usize = 150;

/// `name` as the name of a file or folder: letters, digits, `-`, `_` and inner dots stay, every other byte becomes
/// `%XX`, so that two names never become one.
pub fn escaped(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.char_indices() {
        if c.is_alphanumeric() || c == '-' || c == '_' || (c == '.' && i > 0) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    if out.is_empty() {
        out.push('%');
    }
    out
}

/// Whether the file system takes `name` once it is escaped.
pub fn fits(name: &str) -> bool {
    escaped(name).len() <= MAX_BYTES
}
