//! The binary from the outside: what a user types, and what comes back.

mod main {
    pub mod binary;
    mod commands;
    pub mod files;
    mod handled;
    mod interrupted;
    mod refused;
    mod sameness;
    mod scoring;
}
