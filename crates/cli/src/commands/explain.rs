use super::explain_songs::Job;
use crate::components_arg::ComponentsArg;
use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::model_arg::ModelArg;
use crate::output_dir::OutputDir;
use crate::progress::{Bar, say};
use crate::recipe_arg::RecipeArg;
use crate::separators::SeparatorArg;
use crate::song_arg::{LoadedSong, SongArg, WantStems};
use crate::song_explanation::{Explained, Labels, Question, explain_song, label_indices};
use crate::song_source::SongSourceArg;
use crate::{interrupt, listening, report_view};
use musiclime_audio::superpixels::RegionMap;
use musiclime_core::{Classifier, LabelSet};
use musiclime_explanation::{LocalExplanation, MaskSource};
use musiclime_report::write_report;
use npyz::WriterBuilder;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Explain why a model calls a song what it does: which stem, in which seconds, and which words.
///
/// Without arguments, the built-in song is explained with the built-in genre model.
///
/// Example: musiclime explain --audio song.mp3 --lyrics song.txt --model genre --out why
///
/// Other components than stems in equal segments: --components, --segment-on, --segment-file, --words; other fillers than
/// silence and removal: --filler, --word-filler.
///
/// Example: musiclime explain --audio song.mp3 --lyrics song.txt --components lines --segment-file song.lrc
///
/// With --dataset or --songbook, many songs are explained with one loaded model: OUT/songs/ID/explanation.json each,
/// for `musiclime aggregate OUT`. The same command again goes on where it was stopped. Songs that cannot be used are
/// named, listed in OUT/failed.json, and make the exit code 1.
///
/// Example: musiclime explain --dataset songs/manifest.jsonl --split test --limit 100 --out runs
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    song: SongArg,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    many: SongSourceArg,
    /// The folder for the results.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    separator: SeparatorArg,
    #[command(flatten)]
    recipe: RecipeArg,
    #[command(flatten)]
    components: ComponentsArg,
    /// Explain this label; may be given several times.
    #[arg(long)]
    label: Vec<String>,
    /// Explain this many of the most probable labels; of a model of quantities, the first ones.
    #[arg(long, default_value_t = 1)]
    top_labels: usize,
    /// Use the masks of a [N, K] uint8 or bool .npy file exactly as they are, in place of the sampler's.
    #[arg(long, conflicts_with_all = ["dataset", "songbook"])]
    masks: Option<PathBuf>,
    /// Rows in one batch; changes speed, not results.
    #[arg(long)]
    batch_size: Option<usize>,
    /// Print explanation.json; for many songs what became of them.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArg,
}

/// Explains, and writes the results.
pub fn run(args: Args) -> Outcome {
    let started = Instant::now();
    let mut recipe = args.recipe.recipe()?;
    if args.top_labels == 0 {
        return Err(Failure::new("--top-labels 0: expected at least 1").hint("--top-labels 1"));
    }
    args.separator.check()?;
    if args.separator.is_given() && args.song.stems.is_some() {
        return Err(Failure::new("--separator cannot be used with --stems")
            .hint("--audio to have stems estimated, or --stems alone"));
    }
    let source = args.many.open()?;
    let selected = args.device.select()?;
    let mut classifier = args.model.load(&selected)?;
    if let Some(rows) = args.batch_size {
        classifier = classifier.with_batch_rows(rows);
    }
    // Before any file is read: a label that is not there is the cheaper thing to say.
    label_indices(classifier.labels(), &args.label)?;
    let labels = match args.label.as_slice() {
        [] => Labels::Top(args.top_labels),
        names => Labels::Named(names),
    };
    let separator = args.separator.open(&selected.device)?;
    let (parts, materials) = args.components.open(classifier.hearing(), &separator)?;
    recipe.parts = parts;
    if let Some(source) = source {
        let job = Job {
            classifier: &classifier,
            selected: &selected,
            source,
            excerpt: &args.song,
            separator: &separator,
            recipe,
            materials: &materials,
            labels,
            neighborhoods: args.many.neighborhoods,
            reports: args.many.reports,
        };
        return job.run(args.out.as_deref(), args.json);
    }
    let want = match args.components.needs_stems() {
        true => WantStems::OrEstimated(&separator),
        false => WantStems::No,
    };
    let loaded = args.song.load(classifier.hearing(), want)?;
    interrupt::check()?;
    let target = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("musiclime-out").join(&loaded.song.name));
    let out = OutputDir::create(&target)?;
    let bar = Bar::new(recipe.samples, "perturbations");
    let perturbing = Instant::now();
    let explained = explain_song(
        &classifier,
        &selected,
        &loaded,
        Question {
            recipe,
            labels,
            masks: args.masks.as_deref(),
            materials: &materials,
        },
        &|done: usize, _: usize| {
            bar.set(done);
            !interrupt::asked()
        },
    )?;
    bar.finish();
    let perturb_s = perturbing.elapsed().as_secs_f64();
    write_all(&explained, &loaded, classifier.labels(), out.path())?;
    let run = serde_json::json!({
        "perturbations": explained.file.recipe.recipe.samples,
        "perturbation_seconds": perturb_s,
        "seconds": started.elapsed().as_secs_f64(),
        "arguments": std::env::args().skip(1).collect::<Vec<_>>(),
        "out": target,
    });
    let run = serde_json::to_string_pretty(&run).or_fail("cannot write run.json")?;
    let path = out.path().join("run.json");
    std::fs::write(&path, run + "\n").or_fail("cannot write run.json")?;
    interrupt::check()?;
    let target = out.publish()?;
    for note in &explained.file.song.notes {
        say(format!("note: {note}"));
    }
    if args.json {
        print!(
            "{}",
            explained
                .file
                .to_json()
                .or_fail("cannot print explanation.json")?
        );
    } else {
        summary(&explained, perturb_s, &target);
    }
    Ok(0)
}

/// Writes everything about one song: the explanation, the perturbations, figures, report and sound.
///
/// # Errors
/// A folder that cannot be written to.
pub(super) fn write_all(
    explained: &Explained,
    loaded: &LoadedSong,
    labels: &LabelSet,
    folder: &Path,
) -> Result<(), Failure> {
    explained
        .file
        .write(&folder.join("explanation.json"))
        .or_fail("cannot write explanation.json")?;
    explained
        .neighborhood
        .write(&folder.join("neighborhood.safetensors"))
        .or_fail("cannot write neighborhood.safetensors")?;
    if let Some(map) = &explained.map {
        write_regions(&folder.join("regions.npy"), map)?;
    }
    let kind = explained.file.recipe.recipe.parts.components;
    let sound = listening::Sound::new(loaded, &explained.components, kind, explained.map.as_ref())?;
    let mixes = sound.mixes(&explained.file.explained)?;
    listening::write(&mixes, &explained.file.explained, &folder.join("audio"))?;
    interrupt::check()?;
    let parts = report_view::Parts {
        file: &explained.file,
        neighborhood: &explained.neighborhood,
        components: &explained.components,
        loaded,
        stems: sound.stems(),
        map: explained.map.as_ref(),
        answer: &explained.probabilities,
        read_bytes: explained.read_bytes,
        labels,
    };
    write_report(&report_view::view(&parts, mixes), folder).or_fail("cannot write the report")?;
    Ok(())
}

/// Writes the region of each cell of the spectrogram: `[columns, rows]` u32, from the lowest frequency up.
fn write_regions(path: &Path, map: &RegionMap) -> Result<(), Failure> {
    let headline = format!("cannot write {}", path.display());
    let mut bytes = Vec::new();
    let write = |bytes: &mut Vec<u8>| -> std::io::Result<()> {
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&[map.columns as u64, map.rows as u64])
            .writer(bytes)
            .begin_nd()?;
        writer.extend(map.labels.iter().copied())?;
        writer.finish()
    };
    write(&mut bytes).or_fail(headline.clone())?;
    std::fs::write(path, bytes).or_fail(headline)
}

/// The explanation in a few lines.
fn summary(explained: &Explained, perturb_s: f64, target: &Path) {
    for e in &explained.file.explained {
        let answer = if explained.probabilities.output().is_probability() {
            format!("{:.1} %", 100.0 * e.probability)
        } else {
            format!("{:.4}", e.probability)
        };
        println!("{}: {answer} (R² {:.2})", e.label, e.r2);
        for weight in top_reasons(e) {
            println!("  {:+.4}  {}", weight.weight, named(weight));
        }
    }
    for sensitivity in &explained.file.filler_sensitivity {
        println!(
            "fillers of {}: rank correlation, shared of the {} largest",
            sensitivity.label, sensitivity.top
        );
        for pair in &sensitivity.pairs {
            let correlation = pair
                .rank_correlation
                .map_or("-".into(), |r| format!("{r:+.3}"));
            println!(
                "  {correlation}  {:>3.0} %  {} / {}",
                100.0 * pair.top_overlap,
                pair.first,
                pair.second
            );
        }
    }
    let exhaustive = match explained.file.recipe.recipe.parts.mask_source {
        MaskSource::Exhaustive => " (every combination once)",
        MaskSource::Random => "",
    };
    println!(
        "{} perturbations{exhaustive} in {perturb_s:.1} s",
        explained.file.recipe.recipe.samples
    );
    println!("{}", target.join("report.html").display());
}

fn top_reasons(e: &LocalExplanation) -> Vec<&musiclime_explanation::ComponentWeight> {
    e.weights
        .iter()
        .filter(|w| w.weight != 0.0)
        .take(5)
        .collect()
}

fn named(weight: &musiclime_explanation::ComponentWeight) -> String {
    use musiclime_explanation::WeightedComponent::{Audio, Lyrics};
    match &weight.component {
        Audio {
            stem,
            start_s,
            end_s,
            detail,
            ..
        } => {
            let line = match &detail.segment_name {
                Some(name) => format!(" (\"{name}\")"),
                None => String::new(),
            };
            let pitch = match (detail.low_hz, detail.high_hz) {
                (Some(low), Some(high)) if detail.cells.is_some() => {
                    format!(", {low:.0} to {high:.0} Hz")
                }
                _ => String::new(),
            };
            format!("{stem} at {start_s:.2} to {end_s:.2} s{pitch}{line}")
        }
        // A line or a section has blanks.
        Lyrics { word, .. } if word.contains(' ') => format!("\"{word}\""),
        Lyrics { word, .. } => format!("the word \"{word}\""),
    }
}
