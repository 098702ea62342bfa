use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::model_arg::ModelArg;
use crate::output_dir::OutputDir;
use crate::progress::{Bar, say};
use crate::separators::SeparatorArg;
use crate::song_arg::{LoadedSong, SongArg, WantStems};
use crate::{interrupt, listening, masks_file, report_view};
use musiclime_core::{
    Classifier, ClassifierError, Components, LabelSet, MaskSet, Probabilities, WordComponent,
};
use musiclime_explanation::{
    ExplanationError, ExplanationFile, Leftover, LocalExplanation, Modality, ModelInfo,
    Neighborhood, Preset, Recipe, RunRecipe, Sampler, Selection, SongInfo, Target, explain,
    segment, split_words,
};
use musiclime_model::{MusicClassifier, Selected};
use musiclime_report::write_report;
use std::path::PathBuf;
use std::time::Instant;

/// Words of one text that become components; the ones that appear first.
const MAX_WORDS: usize = 5_000;

/// Explain why a model calls a song what it does: which stem, in which seconds, and which words.
///
/// Without arguments, the built-in song is explained with the built-in genre model.
///
/// Example: musiclime explain --audio song.mp3 --lyrics song.txt --model genre --out why
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    song: SongArg,
    #[command(flatten)]
    model: ModelArg,
    /// The folder for the results.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    separator: SeparatorArg,
    #[command(flatten)]
    recipe: RecipeArg,
    /// Explain this label; may be given several times.
    #[arg(long)]
    label: Vec<String>,
    /// Explain this many of the most probable labels.
    #[arg(long, default_value_t = 1)]
    top_labels: usize,
    /// Use the masks of a [N, K] uint8 or bool .npy file exactly as they are, in place of the sampler's.
    #[arg(long)]
    masks: Option<PathBuf>,
    /// Rows in one batch; changes speed, not results.
    #[arg(long)]
    batch_size: Option<usize>,
    /// Print explanation.json.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArg,
}

/// How to explain. A flag wins over the preset.
#[derive(clap::Args, Clone, Debug)]
pub struct RecipeArg {
    /// default, paper (MusicLIME) or audiolime.
    #[arg(long, default_value = "default")]
    preset: Preset,
    /// Perturbations, the unperturbed song included.
    #[arg(long)]
    samples: Option<usize>,
    /// Equal parts in time.
    #[arg(long)]
    segments: Option<usize>,
    /// Seed of the perturbations.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// What is perturbed: both, audio or lyrics.
    #[arg(long)]
    modality: Option<Modality>,
    /// What the surrogate fits: probability or logit.
    #[arg(long)]
    target: Option<Target>,
    /// Width of the kernel.
    #[arg(long)]
    kernel_width: Option<f64>,
    /// Factor on the cosine distance.
    #[arg(long)]
    distance_scale: Option<f64>,
    /// How components are selected: none, highest_weights, forward_selection, lasso_path or auto.
    #[arg(long)]
    select: Option<Selection>,
    /// How many components are selected; without it, all.
    #[arg(long)]
    features: Option<usize>,
}

impl RecipeArg {
    /// The recipe: flag, then preset.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn recipe(&self) -> Result<Recipe, Failure> {
        let mut recipe = self.preset.recipe();
        recipe.samples = self.samples.unwrap_or(recipe.samples);
        recipe.segments = self.segments.unwrap_or(recipe.segments);
        recipe.seed = self.seed;
        recipe.modality = self.modality.unwrap_or(recipe.modality);
        recipe.target = self.target.unwrap_or(recipe.target);
        recipe.kernel_width = self.kernel_width.unwrap_or(recipe.kernel_width);
        recipe.distance_scale = self.distance_scale.unwrap_or(recipe.distance_scale);
        recipe.selection = self.select.unwrap_or(recipe.selection);
        recipe.features = self.features.or(recipe.features);
        recipe
            .validate()
            .or_fail("cannot explain with these settings")?;
        Ok(recipe)
    }
}

/// One song, explained.
pub struct Explained {
    /// What `explanation.json` holds.
    pub file: ExplanationFile,
    /// The perturbations behind it.
    pub neighborhood: Neighborhood,
    /// The components.
    pub components: Components,
    /// The model's answer for the unperturbed song.
    pub probabilities: Probabilities,
    /// Bytes of the lyrics that the model reads.
    pub read_bytes: Option<usize>,
}

/// Which labels are explained.
pub enum Labels<'a> {
    /// These.
    Named(&'a [String]),
    /// The most probable ones.
    Top(usize),
}

/// What is asked about one song.
pub struct Question<'a> {
    /// How to explain.
    pub recipe: Recipe,
    /// Which labels.
    pub labels: Labels<'a>,
    /// A file of masks, in place of the sampler's.
    pub masks: Option<&'a std::path::Path>,
    /// The separator that made the stems, or none.
    pub separator: &'a str,
}

/// Explains one loaded song.
///
/// # Errors
/// A song, label, mask file or recipe that does not fit the model; Ctrl-C.
pub fn explain_song(
    classifier: &MusicClassifier,
    selected: &Selected,
    loaded: &LoadedSong,
    question: Question,
    progress: &dyn musiclime_core::Progress,
) -> Result<Explained, Failure> {
    let Question {
        mut recipe,
        labels,
        masks,
        separator,
    } = question;
    let label_set = classifier.labels().clone();
    if let Labels::Named(names) = &labels {
        indices(&label_set, names)?;
    }
    let mut notes = loaded.notes.clone();
    let text = loaded.song.lyrics.as_ref().map(|l| l.text());
    let read_bytes = match text {
        Some(text) => {
            let read = classifier
                .read_bytes(text)
                .or_fail("cannot read the lyrics")?;
            (read < text.len()).then_some(read)
        }
        None => None,
    };
    let words = words(classifier, text, &recipe, read_bytes, &mut notes);
    let hears = classifier.hearing().is_some() && loaded.stems.is_some();
    recipe.modality = modality(recipe.modality, hears, text, &words, &mut notes)?;
    let (stems, segments) = match (&loaded.stems, recipe.modality) {
        (_, Modality::Lyrics) | (None, _) => (None, Vec::new()),
        (Some(stems), _) => {
            let len = stems.waveforms()[0].len();
            let segments = segment(len, recipe.segments, recipe.leftover)
                .or_fail("cannot cut the excerpt into segments")?;
            (Some(stems.clone()), segments)
        }
    };
    let words = if recipe.modality == Modality::Audio {
        Vec::new()
    } else {
        words
    };
    let keep_uncovered = recipe.leftover == Leftover::LastSegment;
    let components = Components::new(stems, segments, keep_uncovered, words);
    let masks = match masks {
        Some(path) => {
            notes.push(format!("the masks were given, in {}", file_name(path)));
            masks_file::read(path, components.len())?
        }
        None => Sampler::new(recipe.seed)
            .draw(recipe.samples, components.len())
            .or_fail("cannot draw perturbations")?,
    };
    recipe.samples = masks.rows();
    let perturbable = classifier
        .prepare(&loaded.song, &components)
        .or_fail(format!("cannot explain the song \"{}\"", loaded.song.name))?;
    check_segments(&components.segments, loaded.song.waveform.sample_rate_hz())?;
    let whole = perturbable
        .probabilities(&MaskSet::all_on(components.len()), &|_, _| true)
        .or_fail("the model failed")?;
    let indices = match labels {
        Labels::Named(names) => indices(&label_set, names)?,
        Labels::Top(count) => whole.ranking(0).into_iter().take(count.max(1)).collect(),
    };
    let (neighborhood, explained) = explain(
        perturbable.as_ref(),
        &components,
        masks,
        &label_set,
        &indices,
        &recipe,
        progress,
    )
    .map_err(|e| match e {
        ExplanationError::Classifier(ClassifierError::Cancelled) => Failure::interrupted(),
        e => Failure::new("the explanation failed").because(&e),
    })?;
    drop(perturbable);
    let model = classifier.model();
    let file = ExplanationFile::new(
        SongInfo {
            name: loaded.song.name.clone(),
            start_s: loaded.song.start_s,
            duration_s: loaded.song.waveform.duration_s(),
            sample_rate_hz: loaded.song.waveform.sample_rate_hz(),
            stems: loaded.stems_source.clone(),
            has_lyrics: loaded.song.lyrics.is_some(),
            notes,
        },
        ModelInfo {
            name: model.config.name.clone(),
            task: model.config.task.clone(),
            weights_sha256: model.weights_sha256.clone(),
            version: env!("CARGO_PKG_VERSION").to_string(),
        },
        label_set.names().to_vec(),
        RunRecipe {
            recipe,
            separator: separator.to_string(),
            batch_size: classifier.batch_rows(),
            device: selected.description(),
            version: env!("CARGO_PKG_VERSION").to_string(),
        },
        explained,
    );
    Ok(Explained {
        file,
        neighborhood,
        components,
        probabilities: whole,
        read_bytes,
    })
}

/// Refuses segments that are shorter than the step from frame to frame, which no model can tell apart.
fn check_segments(segments: &[std::ops::Range<usize>], rate_hz: u32) -> Result<(), Failure> {
    let step = rate_hz as usize / 100;
    match segments.iter().map(|s| s.len()).min() {
        Some(shortest) if shortest < step => Err(Failure::new(format!(
            "--segments {}: expected segments of at least 0.01 s, got {:.5} s",
            segments.len(),
            shortest as f64 / f64::from(rate_hz)
        ))
        .hint("fewer --segments, or a longer excerpt")),
        _ => Ok(()),
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

fn indices(labels: &LabelSet, names: &[String]) -> Result<Vec<usize>, Failure> {
    names
        .iter()
        .map(|name| {
            labels.index_of(name).map_err(|e| {
                Failure::new(format!("the model does not know the label \"{name}\""))
                    .because(&e)
                    .hint("--label with one of the model's labels, or --top-labels")
            })
        })
        .collect()
}

fn words(
    classifier: &MusicClassifier,
    text: Option<&str>,
    recipe: &Recipe,
    read_bytes: Option<usize>,
    notes: &mut Vec<String>,
) -> Vec<WordComponent> {
    let (Some(text), Some(_)) = (text, &classifier.model().tokenizer) else {
        return Vec::new();
    };
    let mut words = split_words(text, recipe.case, read_bytes);
    if words.len() > MAX_WORDS {
        notes.push(format!(
            "the lyrics have {} different words; the first {MAX_WORDS} are components, the rest always stays",
            words.len()
        ));
        words.truncate(MAX_WORDS);
    }
    words
}

/// What can be perturbed of what was asked for.
fn modality(
    asked: Modality,
    hears: bool,
    text: Option<&str>,
    words: &[WordComponent],
    notes: &mut Vec<String>,
) -> Result<Modality, Failure> {
    let why_no_words = match text {
        None => "no lyrics",
        Some(text) if text.trim().is_empty() => "empty lyrics",
        Some(_) if words.is_empty() => "no word that the model reads",
        Some(_) => "",
    };
    match (asked, hears, !words.is_empty()) {
        (Modality::Both, true, true) => Ok(Modality::Both),
        (Modality::Audio, true, _) => Ok(Modality::Audio),
        (Modality::Lyrics, _, true) => Ok(Modality::Lyrics),
        (Modality::Both, true, false) => {
            notes.push(format!("{why_no_words}: explained by its audio alone"));
            Ok(Modality::Audio)
        }
        (Modality::Both, false, true) => {
            notes.push("the model hears no audio: explained by its lyrics alone".into());
            Ok(Modality::Lyrics)
        }
        (Modality::Audio, false, _) => Err(Failure::new("the model hears no audio")
            .hint("--modality lyrics, or a model that hears")),
        (_, _, false) => Err(Failure::new(format!("nothing to explain: {why_no_words}"))
            .hint("--lyrics with a text, or --modality audio")),
    }
}

/// Explains, and writes the results.
pub fn run(args: Args) -> Outcome {
    let started = Instant::now();
    let recipe = args.recipe.recipe()?;
    if args.top_labels == 0 {
        return Err(Failure::new("--top-labels 0: expected at least 1").hint("--top-labels 1"));
    }
    args.separator.check()?;
    if args.separator.is_given() && args.song.stems.is_some() {
        return Err(Failure::new("--separator cannot be used with --stems")
            .hint("--audio to have stems estimated, or --stems alone"));
    }
    let selected = args.device.select()?;
    let mut classifier = args.model.load(&selected)?;
    if let Some(rows) = args.batch_size {
        classifier = classifier.with_batch_rows(rows);
    }
    // Before any file is read: a label that is not there is the cheaper thing to say.
    indices(classifier.labels(), &args.label)?;
    let loaded = args.song.load(
        classifier.hearing(),
        WantStems::By(&args.separator, &selected.device),
    )?;
    interrupt::check()?;
    let target = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("musiclime-out").join(&loaded.song.name));
    let out = OutputDir::create(&target)?;
    let separator = if loaded.stems_source.starts_with("estimated") {
        args.separator.name()
    } else {
        "none"
    };
    let bar = Bar::new(recipe.samples, "perturbations");
    let labels = match args.label.as_slice() {
        [] => Labels::Top(args.top_labels),
        names => Labels::Named(names),
    };
    let perturbing = Instant::now();
    let explained = explain_song(
        &classifier,
        &selected,
        &loaded,
        Question {
            recipe,
            labels,
            masks: args.masks.as_deref(),
            separator,
        },
        &|done: usize, _: usize| {
            bar.set(done);
            !interrupt::asked()
        },
    )?;
    bar.finish();
    let perturb_s = perturbing.elapsed().as_secs_f64();
    write_all(&explained, &loaded, classifier.labels(), &out)?;
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

fn write_all(
    explained: &Explained,
    loaded: &LoadedSong,
    labels: &LabelSet,
    out: &OutputDir,
) -> Result<(), Failure> {
    let folder = out.path();
    explained
        .file
        .write(&folder.join("explanation.json"))
        .or_fail("cannot write explanation.json")?;
    explained
        .neighborhood
        .write(&folder.join("neighborhood.safetensors"))
        .or_fail("cannot write neighborhood.safetensors")?;
    let mixes = listening::mixes(loaded, &explained.components, &explained.file.explained);
    listening::write(&mixes, &explained.file.explained, &folder.join("audio"))?;
    interrupt::check()?;
    let parts = report_view::Parts {
        file: &explained.file,
        neighborhood: &explained.neighborhood,
        components: &explained.components,
        loaded,
        probabilities: explained.probabilities.row(0),
        read_bytes: explained.read_bytes,
        labels,
    };
    write_report(&report_view::view(&parts, mixes), folder).or_fail("cannot write the report")?;
    Ok(())
}

/// The explanation in a few lines.
fn summary(explained: &Explained, perturb_s: f64, target: &std::path::Path) {
    for e in &explained.file.explained {
        println!(
            "{}: {:.1} % (R² {:.2})",
            e.label,
            100.0 * e.probability,
            e.r2
        );
        for weight in top_reasons(e) {
            println!("  {:+.4}  {}", weight.weight, named(weight));
        }
    }
    println!(
        "{} perturbations in {perturb_s:.1} s",
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
            ..
        } => format!("{stem} at {start_s:.2} to {end_s:.2} s"),
        Lyrics { word, .. } => format!("the word \"{word}\""),
    }
}
