use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::Bar;
use musiclime_dataset::DatasetError;
use musiclime_dataset::songbook;
use std::path::PathBuf;

/// Make data sets.
///
/// Example: musiclime dataset synth --seed 7 --songs 100 --out songs
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Synth(SynthArgs),
}

/// Generate original songs of which it is known why they belong to their classes: stems, lyrics, labels, causes.
///
/// Example: musiclime dataset synth --seed 7 --songs 100 --out songs
///
/// The same seed gives the same bytes. A song takes 2.6 MB.
#[derive(clap::Args)]
struct SynthArgs {
    /// Seed of the songs.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many songs.
    #[arg(long)]
    songs: usize,
    /// The folder to write.
    #[arg(long)]
    out: PathBuf,
}

/// Runs what was asked for.
pub fn run(args: Args) -> Outcome {
    match args.command {
        Command::Synth(args) => synth(&args),
    }
}

fn synth(args: &SynthArgs) -> Outcome {
    if args.songs == 0 {
        return Err(Failure::new("cannot generate 0 songs").hint("--songs with at least 1"));
    }
    let folder = OutputDir::create(&args.out)?;
    let bar = Bar::new(args.songs, "songs");
    let progress = |done: usize, _total: usize| {
        bar.set(done);
        !interrupt::asked()
    };
    let written = songbook::write(args.seed, args.songs, folder.path(), &progress);
    bar.finish();
    match written {
        Err(DatasetError::Cancelled) => return Err(Failure::interrupted()),
        written => written
            .or_fail(format!("cannot write the songs to {}", args.out.display()))
            .map_err(|f| f.hint("a disk with space left: a song takes 2.6 MB"))?,
    }
    let out = folder.publish()?;
    println!("{}", out.display());
    Ok(0)
}
