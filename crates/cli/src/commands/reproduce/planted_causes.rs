use crate::commands::evaluate::{load_songbook_song, songbook_task};
use crate::components::Materials;
use crate::compute::DeviceArg;
use crate::embedded::MODELS;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::model_arg;
use crate::progress::Bar;
use crate::recipe_arg::RecipeArg;
use crate::separators::{OpenSeparator, SeparatorArg};
use crate::song_arg::{Heard, LoadedSong};
use crate::song_explanation::{Labels, Question, explain_song};
use crate::stems_source::StemsSource;
use musiclime_core::{Components, Stems};
use musiclime_dataset::songbook::{Cause, Songbook, SongbookSong, Task};
use musiclime_evaluation::causes::{TOP, to_markdown};
use musiclime_evaluation::{PlantedCause, RecoveryCase, is_hit, recoveries};
use musiclime_explanation::{ComponentWeight, Recipe, WeightedComponent};
use musiclime_model::{Hearing, MusicClassifier, Selected};

/// How often the explanation of an unseen songbook song points at what was planted in it.
///
/// One case is one song and one modality that decides its class. The first reasons of that modality are compared with
/// the planted causes; a wrong prediction is a miss.
///
/// Example: musiclime reproduce planted-causes --songs 100 --songbook-seed 9001
#[derive(clap::Args)]
pub struct Args {
    /// A model directory or a built-in model; may be given several times. Default: all built-in ones.
    #[arg(long)]
    model: Vec<String>,
    /// Songs.
    #[arg(long, default_value_t = 100)]
    songs: usize,
    /// Seed of the songbook; the built-in models have not seen 3 and above.
    #[arg(long, default_value_t = 9001)]
    songbook_seed: u64,
    /// Without --separator the true stems are used, with it those that it estimates from the mixture; a planted stem that
    /// it does not estimate is looked for in its accompaniment.
    #[command(flatten)]
    separator: SeparatorArg,
    #[command(flatten)]
    recipe: RecipeArg,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArg,
}

/// Runs the measurement.
pub fn run(args: Args) -> Outcome {
    let recipe = args.recipe.recipe()?;
    args.separator.check()?;
    let selected = args.device.select()?;
    let separator = match args.separator.is_given() {
        true => Some(args.separator.open(&selected.device)?),
        false => None,
    };
    let models = if args.model.is_empty() {
        MODELS.iter().map(|m| m.name.to_string()).collect()
    } else {
        args.model.clone()
    };
    let book = Songbook::new(args.songbook_seed);
    let mut cases = Vec::new();
    for name in models {
        let classifier = model_arg::load(&name, &selected)?;
        cases.extend(recovery_cases(
            &classifier,
            &selected,
            book,
            args.songs,
            &recipe,
            separator.as_ref(),
        )?);
    }
    let rows = recoveries(&cases);
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&rows).or_fail("cannot print the results")?
        );
    } else {
        print!("{}", to_markdown(&rows));
    }
    Ok(0)
}

/// The cases of the first `songs` of a book, explained with their true stems or with a separator's.
///
/// # Errors
/// A model of other labels than the songbook's, a recipe that does not fit it, Ctrl-C.
pub fn recovery_cases(
    classifier: &MusicClassifier,
    selected: &Selected,
    book: Songbook,
    songs: usize,
    recipe: &Recipe,
    separator: Option<&OpenSeparator>,
) -> Result<Vec<RecoveryCase>, Failure> {
    let task = songbook_task(classifier)?;
    let bar = Bar::new(songs, "songs");
    let mut cases = Vec::new();
    let materials = Materials::default();
    for index in 0..songs {
        interrupt::check()?;
        let song = book.song(index);
        let loaded = match separator {
            None => load_songbook_song(&song, classifier.hearing())?,
            Some(separator) => estimated(&song, separator, classifier.hearing())?,
        };
        let question = Question {
            recipe: recipe.clone(),
            labels: Labels::Top(1),
            masks: None,
            materials: &materials,
        };
        cases.extend(cases_of(
            classifier, selected, task, &song, &loaded, question,
        )?);
        bar.set(index + 1);
    }
    bar.finish();
    Ok(cases)
}

/// The song with the stems that a separator makes of its mixture.
fn estimated(
    song: &SongbookSong,
    separator: &OpenSeparator,
    hearing: Option<Hearing>,
) -> Result<LoadedSong, Failure> {
    let mixture = song.stems.mixture();
    let (stems, notes) = separator.separate(&mixture)?;
    let heard = Heard {
        name: song.id.clone(),
        start_s: 0.0,
        mixture,
        stems: Some(stems),
        stems_source: StemsSource::Estimated {
            separator: separator.name().to_string(),
        },
        lyrics: Some(song.lyrics.clone()),
        notes,
    };
    LoadedSong::new(heard, hearing)
}

/// The cases of one song: one for each modality that decides its class.
fn cases_of(
    classifier: &MusicClassifier,
    selected: &Selected,
    task: Task,
    song: &SongbookSong,
    loaded: &LoadedSong,
    question: Question,
) -> Result<Vec<RecoveryCase>, Failure> {
    let explained = explain_song(classifier, selected, loaded, question, &|_, _| {
        !interrupt::asked()
    })?;
    let explanation = &explained.file.explained[0];
    let causes: Vec<PlantedCause> = song
        .truth
        .iter()
        .filter(|t| t.task == task)
        .map(|t| planted(&t.cause, explained.components.stems.as_ref()))
        .collect();
    let mut cases = Vec::new();
    for (modality, audio) in [("audio", true), ("lyrics", false)] {
        let causes: Vec<PlantedCause> = causes
            .iter()
            .filter(|c| c.is_audio() == audio)
            .cloned()
            .collect();
        if causes.is_empty() {
            continue;
        }
        let mut weights: Vec<&ComponentWeight> = explanation
            .weights
            .iter()
            .filter(|w| matches!(w.component, WeightedComponent::Audio { .. }) == audio)
            .collect();
        let hits = weights
            .iter()
            .filter(|w| is_hit(&w.component, &causes))
            .count();
        let components = weights.len();
        let naive = naive(&weights, &explained.components, audio, &causes);
        weights.retain(|w| w.weight > 0.0);
        weights.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        cases.push(RecoveryCase {
            song: song.id.clone(),
            task: task.name().to_string(),
            modality,
            label: song.label(task).to_string(),
            right: explanation.label == song.label(task),
            ranked: weights
                .iter()
                .take(TOP)
                .map(|w| is_hit(&w.component, &causes))
                .collect(),
            naive,
            components,
            causes: hits,
        });
    }
    Ok(cases)
}

/// What the explanation should point at: a stem that the separator does not have is a part of the one that takes the
/// rest.
fn planted(cause: &Cause, stems: Option<&Stems>) -> PlantedCause {
    let names = stems.map_or(&[][..], |s| s.names());
    match cause {
        Cause::Audio {
            stem,
            start_s,
            end_s,
        } => PlantedCause::Stem {
            stem: match names.iter().find(|n| *n == "accompaniment") {
                Some(rest) if !names.contains(stem) => rest.clone(),
                _ => stem.clone(),
            },
            start_s: *start_s,
            end_s: *end_s,
        },
        Cause::Lyrics { word } => PlantedCause::Word { word: word.clone() },
    }
}

/// What one would look at without a model: the loudest stem segments, or the most frequent words.
fn naive(
    weights: &[&ComponentWeight],
    components: &Components,
    audio: bool,
    causes: &[PlantedCause],
) -> Vec<bool> {
    let mut scored: Vec<(f64, &WeightedComponent)> = weights
        .iter()
        .map(|w| {
            let score = match &w.component {
                WeightedComponent::Audio { stem, segment, .. } if audio => {
                    components.stems.as_ref().map_or(0.0, |stems| {
                        loudness(stems, stem, &components.segments[*segment])
                    })
                }
                WeightedComponent::Audio { .. } => 0.0,
                WeightedComponent::Lyrics { places, .. } => places.len() as f64,
            };
            (score, &w.component)
        })
        .collect();
    // Ties of equally frequent words go to the one that comes first in the lyrics.
    scored.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| first_place(a.1).cmp(&first_place(b.1)))
    });
    scored
        .iter()
        .take(TOP)
        .map(|(_, component)| is_hit(component, causes))
        .collect()
}

fn first_place(component: &WeightedComponent) -> usize {
    match component {
        WeightedComponent::Lyrics { places, .. } => places.first().map_or(0, |p| p[0]),
        WeightedComponent::Audio { segment, .. } => *segment,
    }
}

fn loudness(stems: &Stems, name: &str, range: &std::ops::Range<usize>) -> f64 {
    stems
        .names()
        .iter()
        .position(|n| n == name)
        .map_or(0.0, |s| {
            stems.waveforms()[s].slice(range.start, range.end).rms()
        })
}
