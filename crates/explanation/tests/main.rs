//! Tests of the explanation crate.
