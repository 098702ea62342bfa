use super::manifest_arg::{exit_code, name_songs, print_json, read_lenient, some_of};
use super::stats::print_balance;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::progress::Bar;
use musiclime_core::LabelSet;
use musiclime_dataset::DatasetError;
use musiclime_dataset::check::{self, CheckReport, Unusable, UnusableKind};
use musiclime_dataset::curation::{AudioSetClasses, Classes, EmotionGrid, Music4AllRules};
use musiclime_dataset::manifest::Manifest;
use musiclime_dataset::songbook::{Task, emotion_labels, genre_labels};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Look a data set over before anything is fitted to it.
///
/// Example: musiclime dataset check songs/manifest.jsonl --out songs/usable.jsonl
///
/// Decodes every file to its end. Songs that cannot be used (a file that is missing or damaged, a wrong row) are named
/// and counted, and the exit code is 1 then. It also finds songs with the same samples, songs with nearly the same
/// lyrics (8 of 10 three-word groups in common), silent songs, languages, artists and duplicates in several splits,
/// classes with one song, and text that lyrics websites leave behind.
#[derive(clap::Args)]
pub struct Args {
    /// The manifest, .jsonl or .csv.
    manifest: PathBuf,
    /// Refuse labels that are not of this set.
    #[arg(long, value_enum)]
    labels: Option<Labels>,
    /// A manifest to write, .jsonl or .csv, of the songs that can be used.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the findings as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Labels {
    /// The songbook's genres and emotions.
    Songbook,
    /// Music4All's nine classes and the emotion grid.
    Music4all,
    /// AudioSet's seven classes and the emotion grid.
    Audioset,
}

impl Labels {
    fn of(self, task: Task) -> Result<LabelSet, Failure> {
        let names = match (self, task) {
            (Self::Songbook, Task::Genre) => return Ok(genre_labels()),
            (Self::Songbook, Task::Emotion) => return Ok(emotion_labels()),
            (Self::Music4all, Task::Genre) => Music4AllRules::published().names(Classes::Nine),
            (Self::Audioset, Task::Genre) => AudioSetClasses::published().names(),
            (_, Task::Emotion) => EmotionGrid::published().names(),
        };
        LabelSet::new(names.into_iter().map(str::to_owned).collect())
            .or_fail("cannot use the published classes")
    }
}

/// Runs `dataset check`.
pub fn run(args: &Args) -> Outcome {
    let (manifest, problems) = read_lenient(&args.manifest)?;
    if let Some(labels) = args.labels {
        require(&manifest, labels)?;
    }
    let bar = Bar::new(manifest.entries().len(), "songs");
    let progress = |done: usize, _total: usize| {
        bar.set(done);
        !interrupt::asked()
    };
    let report = check::check(&manifest, &problems, &progress);
    bar.finish();
    let report = match report {
        Err(DatasetError::Cancelled) => return Err(Failure::interrupted()),
        report => report.or_fail("cannot check the data set")?,
    };
    if let Some(out) = &args.out {
        write_usable(&manifest, &report, out)?;
    }
    if args.json {
        print_json(&report)?;
    } else {
        print(&report);
    }
    let unusable = &report.unusable;
    name_songs(unusable.iter().map(|u| {
        let song = u.song.as_deref().unwrap_or("(no id)");
        (song, u.problem.as_str())
    }));
    Ok(exit_code(unusable.len()))
}

/// Rows that are wrong are not in `manifest` to begin with; songs whose files cannot be read are left out here.
fn write_usable(manifest: &Manifest, report: &CheckReport, out: &Path) -> Result<(), Failure> {
    let of_files = |u: &&Unusable| matches!(u.kind, UnusableKind::Audio | UnusableKind::Lyrics);
    let unusable: HashSet<&str> = report
        .unusable
        .iter()
        .filter(of_files)
        .filter_map(|u| u.song.as_deref())
        .collect();
    let entries = manifest.entries().iter();
    let usable = entries.filter(|e| !unusable.contains(e.id.as_str()));
    Manifest::new(manifest.folder(), usable.cloned().collect())
        .moved_to(out.parent().unwrap_or(Path::new("")))
        .and_then(|usable| usable.write(out))
        .or_fail(format!("cannot write the manifest {}", out.display()))
        .map_err(|f| {
            f.hint("--out with a name ending in .jsonl or .csv, in a folder that you may write to")
        })
}

fn require(manifest: &Manifest, labels: Labels) -> Result<(), Failure> {
    for task in Task::ALL {
        manifest
            .require_labels(task, &labels.of(task)?)
            .or_fail("the manifest has a label that is not of the set")
            .map_err(|f| f.hint("correct that line, or another --labels"))?;
    }
    Ok(())
}

fn print(report: &CheckReport) {
    println!(
        "{} of {} songs can be used, {:.1} hours",
        report.songs,
        report.rows,
        report.duration_s / 3_600.0
    );
    let say = |what: &str, found: &[String]| {
        if found.is_empty() {
            println!("{what}: none");
        } else {
            println!("{what}: {} ({})", found.len(), some_of(found));
        }
    };
    let joined = |groups: &[Vec<String>]| -> Vec<String> {
        groups.iter().map(|group| group.join(" = ")).collect()
    };
    say("the same audio", &joined(&report.same_audio));
    let near: Vec<String> = report
        .near_lyrics
        .iter()
        .map(|n| format!("{} ({:.0} %)", n.songs.join(" ~ "), 100.0 * n.similarity))
        .collect();
    say("nearly the same lyrics", &near);
    say(
        "duplicates in several splits",
        &joined(&report.duplicates_across_splits),
    );
    say("silent", &report.silent);
    let artists: Vec<String> = report
        .artists_across_splits
        .iter()
        .map(|shared| {
            let splits: Vec<&str> = shared.splits.iter().map(|s| s.name()).collect();
            format!("{}: {}", shared.artist, splits.join(" + "))
        })
        .collect();
    say("artists in several splits", &artists);
    let lonely: Vec<String> = report
        .lonely_classes
        .iter()
        .map(|l| format!("{} \"{}\": {}", l.task.name(), l.class, l.song))
        .collect();
    say("classes with one song", &lonely);
    println!("without lyrics: {}", report.without_lyrics);
    let languages: Vec<String> = report
        .languages
        .iter()
        .map(|(code, songs)| format!("{code} {songs}"))
        .collect();
    println!(
        "languages: {} ({} guessed from the words)",
        languages.join(", "),
        report.guessed_languages
    );
    let boilerplate: Vec<String> = report
        .boilerplate
        .iter()
        .map(|(kind, found)| format!("{} in {} songs", kind.name(), found.songs))
        .collect();
    match boilerplate.is_empty() {
        true => println!("scraped text in lyrics: none"),
        false => println!(
            "scraped text in lyrics: {} (`musiclime dataset clean` removes it)",
            boilerplate.join(", ")
        ),
    }
    for balance in &report.balance {
        print_balance(balance);
    }
}
