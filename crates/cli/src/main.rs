//! The command `musiclime`.

mod commands;
mod compute;
mod failure;
mod interrupt;
mod progress;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Explains what a music classifier hears and reads: which stem, in which seconds, and which words.
#[derive(Parser)]
#[command(name = "musiclime", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(commands::train::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are no failures; clap prints each to its own stream.
            let code = if e.use_stderr() { failure::EXIT_FAILED } else { 0 };
            let _ = e.print();
            return ExitCode::from(code);
        }
    };
    if let Err(e) = interrupt::listen() {
        progress::say(format!("note: Ctrl-C will stop at once, without tidying up ({e})"));
    }
    let outcome = match cli.command {
        Command::Train(args) => commands::train::run(args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure::EXIT_FAILED)
        }
    }
}
