use super::manifest_arg::{print_json, read};
use crate::failure::{Failure, OrFail, Outcome};
use crate::output_dir::OutputDir;
use musiclime_dataset::balance::Balance;
use musiclime_dataset::songbook::Task;
use musiclime_report::figures::{self, BalanceView, ClassBar, FigureFormat};
use std::path::{Path, PathBuf};

/// Count the songs of each class, split by split.
///
/// Example: musiclime dataset stats songs/split.jsonl --out stats
///
/// With --out it also draws them: balance-genre and balance-emotion, as PNG and SVG.
#[derive(clap::Args)]
pub struct Args {
    /// The manifest, .jsonl or .csv.
    manifest: PathBuf,
    /// The folder for the figures.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the counts as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

/// Runs `dataset stats`.
pub fn run(args: &Args) -> Outcome {
    let manifest = read(&args.manifest)?;
    let all: Vec<Balance> = Task::ALL
        .map(|task| Balance::of(manifest.entries(), task))
        .into_iter()
        .filter(|balance| !balance.classes.is_empty())
        .collect();
    if all.is_empty() {
        return Err(Failure::new(format!(
            "no song of {} has a genre or an emotion",
            args.manifest.display()
        ))
        .hint("a manifest with labels"));
    }
    let drawn = args.out.as_ref().map(|out| draw(&all, &args.manifest, out));
    let drawn = drawn.transpose()?;
    if args.json {
        print_json(&all)?;
    } else {
        all.iter().for_each(print_balance);
        if let Some(out) = drawn {
            println!("{}", out.display());
        }
    }
    Ok(0)
}

fn draw(all: &[Balance], manifest: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let folder = OutputDir::create(out)?;
    for balance in all {
        let view = view(balance, manifest);
        for format in FigureFormat::ALL {
            let name = format!("balance-{}.{}", balance.task.name(), format.extension());
            let headline = format!("cannot draw {name}");
            let bytes = figures::balance(&view, format).or_fail(headline.clone())?;
            std::fs::write(folder.path().join(name), bytes).or_fail(headline)?;
        }
    }
    folder.publish()
}

fn view(balance: &Balance, manifest: &Path) -> BalanceView {
    let mut classes: Vec<ClassBar> = balance
        .classes
        .iter()
        .map(|c| ClassBar {
            class: c.class.clone(),
            songs: [c.train, c.validation, c.test, c.unsplit],
        })
        .collect();
    classes.sort_by_key(|c| std::cmp::Reverse(c.songs.iter().sum::<usize>()));
    BalanceView {
        task: balance.task.name().to_owned(),
        name: manifest.display().to_string(),
        classes,
        unlabelled: balance.unlabelled,
    }
}

/// Prints the classes of a task as a table.
pub fn print_balance(balance: &Balance) {
    let names = balance.classes.iter().map(|c| c.class.chars().count());
    let width = names.max().unwrap_or(0).max(balance.task.name().len());
    let total = balance.labelled().max(1);
    if balance.is_split() {
        println!(
            "{:<width$}  {:>7} {:>7} {:>11} {:>7} {:>9} {:>8}",
            balance.task.name(),
            "songs",
            "train",
            "validation",
            "test",
            "no split",
            "artists"
        );
    } else {
        println!(
            "{:<width$}  {:>7} {:>8} {:>8}",
            balance.task.name(),
            "songs",
            "share",
            "artists"
        );
    }
    for c in &balance.classes {
        if balance.is_split() {
            println!(
                "{:<width$}  {:>7} {:>7} {:>11} {:>7} {:>9} {:>8}",
                c.class, c.songs, c.train, c.validation, c.test, c.unsplit, c.artists
            );
        } else {
            let share = 100.0 * c.songs as f64 / total as f64;
            println!(
                "{:<width$}  {:>7} {share:>6.1} % {:>8}",
                c.class, c.songs, c.artists
            );
        }
    }
    if balance.unlabelled > 0 {
        println!(
            "{:<width$}  {:>7}",
            format!("(no {})", balance.task.name()),
            balance.unlabelled
        );
    }
}
