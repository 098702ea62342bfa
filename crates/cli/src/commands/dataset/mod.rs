//! Data sets, one file a subcommand.

mod check;
mod clean;
mod import;
mod manifest_arg;
mod split;
mod stats;
mod synth;

use crate::failure::Outcome;

/// Make, import, check, clean and divide data sets.
///
/// Example: musiclime dataset synth --seed 7 --songs 100 --out songs
///
/// A manifest is JSON Lines (.jsonl, one object a line) or CSV (.csv, with a header), with the fields id, audio, stems,
/// lyrics, genre, emotion, artist, split, valence, energy, tags (in CSV joined by ;) and language. id is needed, and
/// audio or stems; paths are relative to the manifest.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Synth(synth::Args),
    Import(import::Args),
    Check(check::Args),
    Clean(clean::Args),
    Split(split::Args),
    Stats(stats::Args),
}

/// Runs what was asked for.
pub fn run(args: Args) -> Outcome {
    match args.command {
        Command::Synth(args) => synth::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Clean(args) => clean::run(&args),
        Command::Split(args) => split::run(&args),
        Command::Stats(args) => stats::run(&args),
    }
}
