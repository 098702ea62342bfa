//! End-to-end tests of the binary `musiclime`; see `tests/`.
