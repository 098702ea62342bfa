use crate::failure::{Failure, OrFail, Outcome};
use crate::global_figures;
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::say;
use musiclime_explanation::ExplanationFile;
use musiclime_explanation::global::{ClassSums, Counts, GlobalTables, Measure, RunSums};
use musiclime_files::write_by_rename;
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Turn the explanations of many songs into what speaks for each class.
///
/// Over the positive weights of the predicted class, every feature gets its LIME importance (the root of its summed
/// weight), its average weight a song, and its homogeneity-weighted importance, which is less where the feature
/// speaks for many classes. Words that the model did not read do not count.
///
/// Example: musiclime explain --songbook 3 --songs 100 --out runs && musiclime aggregate runs --out global
///
/// With --out: tables.md (a table a measure), global.csv, global.json, counts.json (the sums, which --from-counts
/// reads), global.html and figures/.
#[derive(clap::Args)]
pub struct Args {
    /// Results of `musiclime explain`: folders of one song, folders of many, or explanation.json files.
    #[arg(
        required_unless_present = "from_counts",
        conflicts_with = "from_counts"
    )]
    runs: Vec<PathBuf>,
    /// Aggregate summed weights and counts in place of runs: {class: {feature: {weight, count}}}, or sets of that.
    #[arg(long)]
    from_counts: Option<PathBuf>,
    /// The folder for the results; one folder a set within it where there are sets.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Features a class in the Markdown tables.
    #[arg(long, default_value_t = 8)]
    top: usize,
    /// Which importance the figures show: lime, average or homogeneity.
    #[arg(long, default_value = "lime", value_parser = measure)]
    measure: Measure,
    /// Print {class: {feature: {lime, average, homogeneity, weight, count}}}, every feature.
    #[arg(long)]
    json: bool,
}

fn measure(name: &str) -> Result<Measure, String> {
    let names: Vec<&str> = Measure::ALL.iter().map(|m| m.name()).collect();
    Measure::ALL
        .into_iter()
        .find(|m| m.name() == name)
        .ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

/// One set of classes: the only one of runs, or a named one of a file of counts.
struct Set {
    name: Option<String>,
    sums: ClassSums,
    tables: GlobalTables,
}

impl Set {
    fn new(name: Option<String>, sums: ClassSums) -> Self {
        let tables = GlobalTables::new(&sums);
        Self { name, sums, tables }
    }

    /// What share of the positive weight is audio's.
    fn shares(&self) -> String {
        let name = self
            .name
            .as_deref()
            .map_or(String::new(), |n| format!("{n}: "));
        let (audio, lyrics) = self.sums.by_modality();
        let total = audio + lyrics;
        if total == 0.0 {
            return format!("{name}no positive weight");
        }
        format!(
            "{name}audio : lyrics = {:.1} : {:.1} % of the positive weight",
            100.0 * audio / total,
            100.0 * lyrics / total
        )
    }
}

/// Aggregates.
pub fn run(args: Args) -> Outcome {
    if args.top == 0 {
        return Err(Failure::new("--top 0: expected at least 1").hint("--top 8"));
    }
    if args.out.is_none() && args.from_counts.is_none() && !args.json {
        return Err(Failure::new("no place for the results was given")
            .hint("--out DIR, or --json to print them"));
    }
    let sets = match &args.from_counts {
        Some(path) => from_counts(path)?,
        None => vec![Set::new(None, sum_runs(&args.runs)?)],
    };
    for set in &sets {
        say(set.shares());
    }
    if let Some(target) = &args.out {
        let out = OutputDir::create(target)?;
        for set in &sets {
            interrupt::check()?;
            let folder = match &set.name {
                None => out.path().to_owned(),
                Some(name) => out.path().join(crate::file_names::escaped(name)),
            };
            write_set(set, &args, &folder)?;
        }
        interrupt::check()?;
        let target = out.publish()?;
        if !args.json {
            println!("{}", target.display());
        }
    } else if !args.json {
        for set in &sets {
            print!("{}", markdown(set, args.top));
        }
    }
    if args.json {
        let value = match sets.as_slice() {
            [only] if only.name.is_none() => only.tables.to_value(),
            sets => Value::Object(
                sets.iter()
                    .map(|s| (s.name.clone().unwrap_or_default(), s.tables.to_value()))
                    .collect(),
            ),
        };
        println!("{}", json(&value)?);
    }
    Ok(0)
}

fn from_counts(path: &Path) -> Result<Vec<Set>, Failure> {
    let counts = Counts::read(path)
        .or_fail(format!("cannot use the counts in {}", path.display()))
        .map_err(|f| {
            f.hint(
                "a JSON file of {class: {feature: {\"weight\": w, \"count\": n}}}, or of such sets",
            )
        })?;
    Ok(match counts {
        Counts::One(sums) => vec![Set::new(None, sums)],
        Counts::Sets(sets) => sets
            .into_iter()
            .map(|(name, sums)| Set::new(Some(name), sums))
            .collect(),
    })
}

fn sum_runs(runs: &[PathBuf]) -> Result<ClassSums, Failure> {
    let hint = "results of one model and one recipe, each song once; two models are aggregated into two folders";
    let mut sums = RunSums::default();
    for run in runs {
        for path in explanations(run)? {
            interrupt::check()?;
            let headline = format!("cannot aggregate {}", run.display());
            let file = ExplanationFile::read(&path)
                .or_fail(headline.clone())
                .map_err(|f| f.hint("a folder that `musiclime explain` wrote"))?;
            sums.add(&path, &file)
                .or_fail(headline)
                .map_err(|f| f.hint(hint))?;
        }
    }
    say(format!("{} songs", sums.songs()));
    Ok(sums.finish())
}

/// The explanations in a run: a file, a folder of one song, or a folder of many; in the order of their names.
fn explanations(run: &Path) -> Result<Vec<PathBuf>, Failure> {
    let headline = format!("cannot aggregate {}", run.display());
    if run.is_file() {
        return Ok(vec![run.to_owned()]);
    }
    let own = run.join("explanation.json");
    if own.is_file() {
        return Ok(vec![own]);
    }
    let songs = run.join("songs");
    let folder = if songs.is_dir() { songs.as_path() } else { run };
    let entries = std::fs::read_dir(folder).or_fail(headline.clone())?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.or_fail(headline.clone())?;
        // Hidden folders are unfinished songs of a run that was killed.
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path().join("explanation.json");
        if !hidden && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(Failure::new(headline)
            .because(&musiclime_core::Invalid::new(
                "explanation.json files",
                "at least 1, in the folder or its subfolders",
                "none",
            ))
            .hint("a folder that `musiclime explain --dataset` or `--songbook` wrote"));
    }
    Ok(found)
}

fn write_set(set: &Set, args: &Args, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).or_fail(format!("cannot make {}", folder.display()))?;
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        write_by_rename(&path, text.as_bytes()).or_fail(format!("cannot write {}", path.display()))
    };
    write("counts.json", json(&set.sums.to_value())? + "\n")?;
    write("global.json", json(&set.tables.to_value())? + "\n")?;
    write("global.csv", set.tables.to_csv())?;
    write("tables.md", markdown(set, args.top))?;
    global_figures::write(
        &set.tables,
        set.name.as_deref(),
        args.measure,
        args.top,
        &set.shares(),
        folder,
    )
}

/// A table a measure.
fn markdown(set: &Set, top: usize) -> String {
    let mut text = String::new();
    if let Some(name) = &set.name {
        text += &format!("# {name}\n\n");
    }
    for measure in Measure::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "## {}\n\nFeature, value, and in brackets the number of songs behind it.\n\n{}",
            measure.title(),
            set.tables.to_markdown(measure, top)
        );
    }
    text + &set.shares() + "\n"
}

fn json(value: &Value) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).or_fail("cannot write JSON")
}
