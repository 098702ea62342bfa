//! `musiclime reproduce`: one file a measurement.

mod planted_causes;
mod table_models;

use crate::failure::Outcome;

/// Redo a measurement that the documentation reports.
///
/// Example: musiclime reproduce table-models --out tables
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    PlantedCauses(Box<planted_causes::Args>),
    TableModels(Box<table_models::Args>),
}

/// Runs the measurement.
pub fn run(args: Args) -> Outcome {
    match args.what {
        What::PlantedCauses(args) => planted_causes::run(*args),
        What::TableModels(args) => table_models::run(*args),
    }
}
