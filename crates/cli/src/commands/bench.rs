use crate::components::Materials;
use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::memory::peak_bytes;
use crate::model_arg::ModelArg;
use crate::progress::Bar;
use crate::recipe_arg::RecipeArg;
use crate::separators::SeparatorArg;
use crate::song_arg::{LoadedSong, SongArg, WantStems};
use crate::song_explanation::{Labels, Question, explain_song};
use musiclime_core::MaskSet;
use musiclime_evaluation::percentile;
use musiclime_explanation::{Modality, Recipe};
use musiclime_model::{MusicClassifier, Selected};
use serde::Serialize;
use std::collections::HashSet;
use std::time::Instant;

/// Measure how many perturbations a second a model answers on this machine.
///
/// A song is perturbed as `explain` does it, the surrogate included; reading the song, separating it and writing a report
/// are not measured. The first round compiles and tunes what a GPU runs, and is told apart from the others.
///
/// Example: musiclime bench --model my-model --device gpu --precision f16
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    song: SongArg,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    separator: SeparatorArg,
    #[command(flatten)]
    recipe: RecipeArg,
    /// Rounds behind the first.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rows in one batch.
    #[arg(long)]
    batch_size: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArg,
}

/// What was measured.
#[derive(Serialize)]
struct Bench {
    model: String,
    weights_sha256: String,
    version: &'static str,
    device: String,
    precision: &'static str,
    batch_size: usize,
    song: String,
    modality: Modality,
    perturbations: usize,
    /// Different halves of the masks: what the encoders see.
    encoded: Encoded,
    /// Seconds of the first round, with what is compiled and tuned once.
    first_s: f64,
    /// Seconds of the others.
    rounds_s: Vec<f64>,
    median_s: f64,
    perturbations_per_s: f64,
    /// Most memory of this process so far; `null` where the system does not say.
    peak_memory_bytes: Option<u64>,
}

#[derive(Serialize, Clone, Copy)]
struct Encoded {
    sounds: usize,
    texts: usize,
}

/// Measures.
pub fn run(args: Args) -> Outcome {
    if args.rounds == 0 {
        return Err(Failure::new("--rounds 0: expected at least 1").hint("--rounds 3"));
    }
    let recipe = args.recipe.recipe()?;
    args.separator.check()?;
    let selected = args.device.select()?;
    let mut classifier = args.model.load(&selected)?;
    if let Some(rows) = args.batch_size {
        classifier = classifier.with_batch_rows(rows);
    }
    let separator = args.separator.open(&selected.device)?;
    let want = WantStems::OrEstimated(&separator);
    let loaded = args.song.load(classifier.hearing(), want)?;
    let bench = measure(&classifier, &selected, &loaded, &recipe, args.rounds)?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&bench).or_fail("cannot print the results")?
        );
    } else {
        print!("{bench}");
    }
    Ok(0)
}

fn measure(
    classifier: &MusicClassifier,
    selected: &Selected,
    loaded: &LoadedSong,
    recipe: &Recipe,
    rounds: usize,
) -> Result<Bench, Failure> {
    let materials = Materials::default();
    let bar = Bar::new(rounds + 1, "rounds");
    let mut seconds = Vec::new();
    let mut last = None;
    for round in 0..=rounds {
        interrupt::check()?;
        let question = Question {
            recipe: recipe.clone(),
            labels: Labels::Top(1),
            masks: None,
            materials: &materials,
        };
        let started = Instant::now();
        let explained = explain_song(classifier, selected, loaded, question, &|_, _| {
            !interrupt::asked()
        })?;
        seconds.push(started.elapsed().as_secs_f64());
        last = Some(explained);
        bar.set(round + 1);
    }
    bar.finish();
    let Some(explained) = last else {
        unreachable!("there is at least one round");
    };
    let first_s = seconds.remove(0);
    let mut sorted = seconds.clone();
    sorted.sort_by(f64::total_cmp);
    let median_s = percentile(&sorted, 0.5);
    let masks = &explained.neighborhood.masks;
    let sounds = explained.components.audio_len();
    let model = classifier.model();
    Ok(Bench {
        model: model.config.name.clone(),
        weights_sha256: model.weights_sha256.clone(),
        version: env!("CARGO_PKG_VERSION"),
        device: selected.description(),
        precision: classifier.precision().name(),
        batch_size: classifier.batch_rows(),
        song: loaded.song.name.clone(),
        modality: explained.file.recipe.recipe.modality,
        perturbations: masks.rows(),
        encoded: Encoded {
            sounds: different(masks, 0..sounds),
            texts: different(masks, sounds..masks.columns()),
        },
        first_s,
        rounds_s: seconds,
        median_s,
        perturbations_per_s: masks.rows() as f64 / median_s,
        peak_memory_bytes: peak_bytes(),
    })
}

/// How many rows differ in these columns; 0 without columns.
fn different(masks: &MaskSet, columns: std::ops::Range<usize>) -> usize {
    if columns.is_empty() {
        return 0;
    }
    let rows: HashSet<&[u8]> = (0..masks.rows())
        .map(|row| &masks.row(row)[columns.clone()])
        .collect();
    rows.len()
}

impl std::fmt::Display for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} on {} in {}", self.model, self.device, self.precision)?;
        writeln!(
            f,
            "{} perturbations of \"{}\" ({}): {} sounds and {} texts to encode, {} a batch",
            self.perturbations,
            self.song,
            self.modality,
            self.encoded.sounds,
            self.encoded.texts,
            self.batch_size
        )?;
        let rounds: Vec<String> = self.rounds_s.iter().map(|s| format!("{s:.2}")).collect();
        writeln!(
            f,
            "first round {:.2} s, then {} s",
            self.first_s,
            rounds.join(", ")
        )?;
        writeln!(
            f,
            "median {:.2} s: {:.0} perturbations a second",
            self.median_s, self.perturbations_per_s
        )?;
        match self.peak_memory_bytes {
            Some(bytes) => writeln!(f, "peak memory {} MiB", bytes >> 20),
            None => Ok(()),
        }
    }
}
