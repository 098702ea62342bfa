//! The binary from the outside: what a user types, and what comes back.

mod main {
    pub mod binary;
    mod commands;
    mod components;
    mod datasets;
    mod evaluating;
    pub mod files;
    mod global;
    mod handled;
    mod interrupted;
    mod measuring;
    mod outputs;
    mod precision;
    mod refused;
    mod sameness;
    mod scoring;
    mod separating;
    mod training;
}
