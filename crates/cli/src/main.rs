//! The command `musiclime`.

mod commands;
mod components;
mod components_arg;
mod compute;
mod embedded;
mod failure;
mod file_names;
mod filler_trials;
mod fitting;
mod global_figures;
mod interrupt;
mod listening;
mod masks_file;
mod memory;
mod model_arg;
mod named;
mod output_dir;
mod output_file;
mod progress;
mod recipe_arg;
mod report_view;
mod separators;
mod song_arg;
mod song_explanation;
mod song_library;
mod song_source;
mod stem_cache;
mod stem_files;
mod stems_source;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

// Tensors come and go by the megabyte; the system's allocator gives each one back to the kernel.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Explains what a music classifier hears and reads: which stem, in which seconds, and which words.
#[derive(Parser)]
#[command(name = "musiclime", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Explain(Box<commands::explain::Args>),
    Predict(commands::predict::Args),
    Features(commands::features::Args),
    Refit(commands::refit::Args),
    Aggregate(commands::aggregate::Args),
    Separate(commands::separate::Args),
    Score(commands::score::Args),
    Import(commands::import::Args),
    Dataset(commands::dataset::Args),
    Devices(commands::devices::Args),
    Bench(Box<commands::bench::Args>),
    Train(Box<commands::train::Args>),
    Evaluate(commands::evaluate::Args),
    Reproduce(commands::reproduce::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are no failures; clap prints each to its own stream.
            let code = if e.use_stderr() {
                failure::EXIT_FAILED
            } else {
                0
            };
            let _ = e.print();
            return ExitCode::from(code);
        }
    };
    if let Err(e) = interrupt::listen() {
        progress::say(format!(
            "note: Ctrl-C will stop at once, without tidying up ({e})"
        ));
    }
    let outcome = match cli.command {
        Command::Predict(args) => commands::predict::run(args),
        Command::Features(args) => commands::features::run(args),
        Command::Refit(args) => commands::refit::run(args),
        Command::Aggregate(args) => commands::aggregate::run(args),
        Command::Separate(args) => commands::separate::run(args),
        Command::Score(args) => commands::score::run(args),
        Command::Import(args) => commands::import::run(args),
        Command::Dataset(args) => commands::dataset::run(args),
        Command::Bench(args) => commands::bench::run(*args),
        Command::Devices(args) => commands::devices::run(args),
        Command::Explain(args) => commands::explain::run(*args),
        Command::Train(args) => commands::train::run(*args),
        Command::Evaluate(args) => commands::evaluate::run(args),
        Command::Reproduce(args) => commands::reproduce::run(args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure::EXIT_FAILED)
        }
    }
}
