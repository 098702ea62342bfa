//! From global tables to their figures.

use crate::failure::Failure;
use musiclime_explanation::global::{GlobalTables, Measure};
use std::path::Path;

/// Draws the figures of a set of classes into `folder/figures`.
pub fn write(
    _tables: &GlobalTables,
    _set: Option<&str>,
    _measure: Measure,
    _folder: &Path,
) -> Result<(), Failure> {
    Ok(())
}
