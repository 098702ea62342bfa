//! Published label curation: how raw genre names, ontology labels, valence and energy become classes.
//!
//! The rules are data files in `crates/dataset/data/`, each with its source; the code here only evaluates them.

mod audioset;
mod emotion;
mod music4all;
mod subgenres;

pub use audioset::{AudioSetClasses, Placement};
pub use emotion::EmotionGrid;
pub use music4all::{Alternative, ClassRule, Classes, Music4AllRules};
pub use subgenres::Subgenres;

use serde::de::DeserializeOwned;

/// Parses a data file that is compiled in.
fn embedded<T: DeserializeOwned>(name: &str, json: &str) -> T {
    serde_json::from_str(json)
        .unwrap_or_else(|e| unreachable!("{name} is compiled in and tested: {e}"))
}
