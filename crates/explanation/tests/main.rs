//! Tests of the explanation crate.

#[path = "main/closed_form.rs"]
mod closed_form;
#[path = "main/components.rs"]
mod components;
#[path = "main/coverage.rs"]
mod coverage;
#[path = "main/files.rs"]
mod files;
#[path = "main/global.rs"]
mod global;
#[path = "main/golden.rs"]
mod golden;
#[path = "main/scale.rs"]
mod scale;
#[path = "main/toy.rs"]
mod toy;
#[path = "main/trust.rs"]
mod trust;
