//! The command `musiclime`.
fn main() {}
