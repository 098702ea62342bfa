use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::Bar;
use musiclime_dataset::{DatasetError, fixture, songbook};
use std::path::PathBuf;

/// Generate original songs of which it is known why they belong to their classes: stems, lyrics, labels, causes.
///
/// Example: musiclime dataset synth --seed 7 --songs 100 --out songs
///
/// The same seed gives the same bytes. A song takes 2.6 MB.
#[derive(clap::Args)]
pub struct Args {
    /// Seed of the songs.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many songs.
    #[arg(long)]
    songs: usize,
    /// How the songs are laid out.
    #[arg(long, value_enum, default_value_t = Layout::Songbook)]
    layout: Layout,
    /// The folder to write.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// Stems, lyrics, a manifest and the planted causes.
    Songbook,
    /// As Music4All has them: tables, audios/ID.wav, lyrics/ID.txt, with genres and scraped lyrics to be curated. A
    /// song takes 0.7 MB.
    Music4all,
}

/// Runs `dataset synth`.
pub fn run(args: &Args) -> Outcome {
    if args.songs == 0 {
        return Err(Failure::new("cannot generate 0 songs").hint("--songs with at least 1"));
    }
    let folder = OutputDir::create(&args.out)?;
    let bar = Bar::new(args.songs, "songs");
    let progress = |done: usize, _total: usize| {
        bar.set(done);
        !interrupt::asked()
    };
    let (written, size) = match args.layout {
        Layout::Songbook => (
            songbook::write(args.seed, args.songs, folder.path(), &progress),
            "2.6 MB",
        ),
        Layout::Music4all => (
            fixture::write_music4all(args.seed, args.songs, folder.path(), &progress),
            "0.7 MB",
        ),
    };
    bar.finish();
    match written {
        Err(DatasetError::Cancelled) => return Err(Failure::interrupted()),
        written => written
            .or_fail(format!("cannot write the songs to {}", args.out.display()))
            .map_err(|f| f.hint(format!("a disk with space left: a song takes {size}")))?,
    }
    let out = folder.publish()?;
    println!("{}", out.display());
    Ok(0)
}
