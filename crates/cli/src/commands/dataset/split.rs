use super::manifest_arg::{TaskArg, print_json, read};
use crate::failure::{Failure, OrFail, Outcome};
use crate::progress::say;
use musiclime_dataset::DatasetError;
use musiclime_dataset::split::{self, LonelyClasses, Shares, SplitReport};
use std::path::{Path, PathBuf};

/// Divide a data set into train, validation and test.
///
/// Example: musiclime dataset split songs/manifest.jsonl --seed 7 --out songs/split.jsonl
///
/// No artist is in two splits, and every class is in every split in the wanted shares as far as that allows; it says how
/// far it is from them. The same seed gives the same division, whatever the order of the songs. Songs without a label
/// of the task get no split.
#[derive(clap::Args)]
pub struct Args {
    /// The manifest, .jsonl or .csv.
    manifest: PathBuf,
    /// The manifest to write, .jsonl or .csv.
    #[arg(long)]
    out: PathBuf,
    /// Whose classes are spread evenly.
    #[arg(long, value_enum, default_value_t = TaskArg::Genre)]
    task: TaskArg,
    /// Seed of the division.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Share of the songs to fit to.
    #[arg(long, default_value_t = 0.8)]
    train: f64,
    /// Share of the songs to choose an epoch by; the rest is for the test.
    #[arg(long, default_value_t = 0.1)]
    validation: f64,
    /// What to do with a class that has one song.
    #[arg(long, value_enum, default_value_t = LonelyArg::Refuse)]
    one_song: LonelyArg,
    /// Print how it came out as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LonelyArg {
    /// Refuse: it cannot be learnt and measured.
    Refuse,
    /// Put the song into train, and say so.
    Train,
}

/// Runs `dataset split`.
pub fn run(args: &Args) -> Outcome {
    let shares = Shares::new(args.train, args.validation)
        .or_fail("these shares cannot be")
        .map_err(|f| f.hint("for example --train 0.8 --validation 0.1"))?;
    let manifest = read(&args.manifest)?;
    let lonely = match args.one_song {
        LonelyArg::Refuse => LonelyClasses::Refuse,
        LonelyArg::Train => LonelyClasses::Train,
    };
    let headline = format!("cannot divide {}", args.manifest.display());
    let (divided, report) = split::split(&manifest, args.task.into(), shares, args.seed, lonely)
        .map_err(|e| {
            Failure::new(headline).because(&e).hint(match e {
                DatasetError::LonelyClass { .. } => {
                    "more songs of that class, without it, or --one-song train"
                }
                _ => "songs with labels, or another --task",
            })
        })?;
    let unwritable = || format!("cannot write the manifest {}", args.out.display());
    let home = args.out.parent().unwrap_or(Path::new(""));
    divided
        .moved_to(home)
        .and_then(|moved| moved.write(&args.out))
        .or_fail(unwritable())
        .map_err(|f| {
            f.hint("--out with a name ending in .jsonl or .csv, in a folder that you may write to")
        })?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&report, &args.out);
    }
    for note in &report.notes {
        say(format!("note: {note}"));
    }
    Ok(0)
}

fn print(report: &SplitReport, out: &Path) {
    let [train, validation, test] = report.songs;
    println!(
        "{}: {train} train, {validation} validation, {test} test; {} groups, no artist in two splits",
        out.display(),
        report.groups
    );
    if report.without_artist > 0 {
        println!(
            "  {} songs have no artist; each was taken for an artist of its own",
            report.without_artist
        );
    }
    if report.unlabelled > 0 {
        println!(
            "  {} songs have no {} and no split",
            report.unlabelled,
            report.task.name()
        );
    }
    if let Some(worst) = &report.worst {
        println!(
            "  from the wanted shares: {:.1} points on average, at most {:.1} (\"{}\": {:.1} % in {}, wanted {:.1} %)",
            100.0 * report.mean_deviation,
            100.0 * (worst.share - worst.wanted).abs(),
            worst.class,
            100.0 * worst.share,
            worst.split.name(),
            100.0 * worst.wanted
        );
    }
}
