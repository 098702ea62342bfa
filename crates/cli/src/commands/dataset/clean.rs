use super::manifest_arg::{exit_code, name_songs, print_json, read, some_of};
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::Bar;
use musiclime_dataset::{DatasetError, clean};
use std::path::PathBuf;

/// Take out of lyrics what websites leave in them.
///
/// Example: musiclime dataset clean songs/manifest.jsonl --out clean
///
/// Removes "N Contributors... Lyrics" in front, "NEmbed" behind, "You might also like", "See ... Live", "Get tickets
/// as low as $N", and section tags (Chorus in square brackets), and says how often. Writes lyrics/ID.txt and manifest.jsonl; the
/// audio stays where it is, other lyrics are copied unchanged. Songs whose lyrics are no text are named and left out;
/// the exit code is 1 then.
#[derive(clap::Args)]
pub struct Args {
    /// The manifest, .jsonl or .csv.
    manifest: PathBuf,
    /// The folder to write.
    #[arg(long)]
    out: PathBuf,
    /// Print what was removed as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

/// Runs `dataset clean`.
pub fn run(args: &Args) -> Outcome {
    let manifest = read(&args.manifest)?;
    let folder = OutputDir::create(&args.out)?;
    let bar = Bar::new(manifest.entries().len(), "songs");
    let progress = |done: usize, _total: usize| {
        bar.set(done);
        !interrupt::asked()
    };
    let cleaned = clean::clean(&manifest, folder.path(), &args.out, &progress);
    bar.finish();
    let (manifest, report) = match cleaned {
        Err(DatasetError::Cancelled) => return Err(Failure::interrupted()),
        cleaned => cleaned
            .or_fail(format!(
                "cannot write cleaned lyrics to {}",
                args.out.display()
            ))
            .map_err(|f| f.hint("a folder that you may write to, on a disk with space left"))?,
    };
    manifest
        .write(&folder.path().join("manifest.jsonl"))
        .or_fail("cannot write the manifest")?;
    let out = folder.publish()?;
    if args.json {
        print_json(&report)?;
    } else {
        println!(
            "{}: {} lyrics, {} changed",
            out.join("manifest.jsonl").display(),
            report.songs,
            report.changed
        );
        for (kind, found) in &report.removed {
            println!(
                "  {:<26} {:>6} places in {} songs",
                kind.name(),
                found.places,
                found.songs
            );
        }
        if !report.emptied.is_empty() {
            println!(
                "  nothing is left of the lyrics of {}",
                some_of(&report.emptied)
            );
        }
    }
    let left_out = report.left_out.iter();
    name_songs(left_out.map(|l| (l.song.as_str(), l.problem.as_str())));
    Ok(exit_code(report.left_out.len()))
}
