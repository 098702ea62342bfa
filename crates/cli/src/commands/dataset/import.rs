use super::manifest_arg::{exit_code, name_songs, print_json, write_json};
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use musiclime_dataset::curation::Classes;
use musiclime_dataset::import::{self, Imported, Music4AllOptions, Placed};
use std::path::{Path, PathBuf};

/// Make a manifest of a collection, with the published label curation.
///
/// Example: musiclime dataset import music4all music4all --out songs
///
/// Writes manifest.jsonl and summary.json; audio and lyrics stay where they are. Songs that no rule places stay in the
/// manifest without that label and are counted by reason. Songs without audio are named and left out; the exit code is
/// 1 then.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    collection: Collection,
}

#[derive(clap::Subcommand)]
enum Collection {
    Music4all(Music4AllArgs),
    Audioset(AudioSetArgs),
}

/// Import Music4All: nine genre classes by the published rules, emotions by the grid of valence and energy.
///
/// Example: musiclime dataset import music4all music4all --out songs
///
/// The folder holds, separated by tabs, id_information.csv (id, artist, song, album_name), id_genres.csv (id, genres
/// joined by commas), id_metadata.csv (id, ..., energy, ..., valence, ...), and where there are any id_tags.csv (id,
/// tags) and id_lang.csv (id, lang); audios/ID.mp3 (or any format that is decoded) and lyrics/ID.txt.
#[derive(clap::Args)]
struct Music4AllArgs {
    #[command(flatten)]
    places: Places,
    /// Nine classes as the published models have them, or the twelve of the rules.
    #[arg(long, value_enum, default_value_t = ClassesArg::Nine)]
    classes: ClassesArg,
    /// Look up songs that no rule places in the published list of subgenres.
    #[arg(long)]
    subgenres: bool,
}

/// Import songs of AudioSet: seven genre classes by the published merges of its labels.
///
/// Example: musiclime dataset import audioset audioset --out songs
///
/// The folder holds labels.csv (columns id and labels, the labels' display names joined by ;, and where known artist,
/// language, valence, energy), or AudioSet's own segments.csv (YTID, start_seconds, end_seconds, "mid,mid") with its
/// class_labels_indices.csv (index, mid, display_name); audio/ID.wav (or any format that is decoded), lyrics/ID.txt.
/// A song with labels of two classes is placed in neither, and counted.
#[derive(clap::Args)]
struct AudioSetArgs {
    #[command(flatten)]
    places: Places,
}

#[derive(clap::Args)]
struct Places {
    /// The collection.
    folder: PathBuf,
    /// The folder to write.
    #[arg(long)]
    out: PathBuf,
    /// Print the summary as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ClassesArg {
    /// Metal and hardcore are heavy music; rhythm and blues, blue note and jamaican are rhythm music.
    Nine,
    /// One class a rule.
    Twelve,
}

/// Runs `dataset import`.
pub fn run(args: &Args) -> Outcome {
    match &args.collection {
        Collection::Music4all(args) => {
            let classes = match args.classes {
                ClassesArg::Nine => Classes::Nine,
                ClassesArg::Twelve if args.subgenres => {
                    return Err(Failure::new(
                        "the list of subgenres has the nine classes, not the twelve",
                    )
                    .hint("--subgenres without --classes twelve"));
                }
                ClassesArg::Twelve => Classes::Twelve,
            };
            let options = Music4AllOptions {
                classes,
                by_subgenres: args.subgenres,
            };
            write(&args.places, "Music4All", |folder, home| {
                import::music4all(folder, home, options)
            })
        }
        Collection::Audioset(args) => write(&args.places, "AudioSet", import::audioset),
    }
}

fn write(
    places: &Places,
    collection: &str,
    import: impl FnOnce(&Path, &Path) -> Result<Imported, musiclime_dataset::DatasetError>,
) -> Outcome {
    let folder = &places.folder;
    let out = OutputDir::create(&places.out)?;
    let Imported { manifest, summary } = import(folder, &places.out)
        .or_fail(format!("cannot import {}", folder.display()))
        .map_err(|f| {
            f.hint(format!(
                "a folder in {collection}'s layout; `musiclime dataset import {} --help` describes it",
                collection.to_lowercase()
            ))
        })?;
    interrupt::check()?;
    manifest
        .write(&out.path().join("manifest.jsonl"))
        .or_fail("cannot write the manifest")?;
    write_json(&out, "summary.json", &summary)?;
    let out = out.publish()?;
    if places.json {
        print_json(&summary)?;
    } else {
        println!(
            "{}: {} of {} songs, {} without lyrics",
            out.join("manifest.jsonl").display(),
            summary.songs,
            summary.listed,
            summary.without_lyrics
        );
        print_placed("genre", &summary.genre);
        if !summary.unplaced_genres.is_empty() {
            let mut most: Vec<_> = summary.unplaced_genres.iter().collect();
            most.sort_by_key(|(name, songs)| (std::cmp::Reverse(**songs), (*name).clone()));
            let most = most
                .iter()
                .take(10)
                .map(|(name, songs)| format!("{name} {songs}"));
            println!(
                "  the most common unplaced: {}",
                most.collect::<Vec<_>>().join(", ")
            );
        }
        print_placed("emotion", &summary.emotion);
    }
    let skipped = &summary.skipped;
    name_songs(
        skipped
            .iter()
            .map(|s| (s.song.as_str(), s.problem.as_str())),
    );
    Ok(exit_code(skipped.len()))
}

fn print_placed(task: &str, placed: &Placed) {
    println!("{task}");
    for (class, songs) in &placed.classes {
        println!("  {class:<20} {songs:>7}");
    }
    for (reason, songs) in &placed.unplaced {
        println!("  (no {task}: {reason}) {songs}");
    }
}
