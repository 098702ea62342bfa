use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::model_arg;
use crate::progress::Bar;
use crate::song_arg::{Heard, LoadedSong};
use crate::stems_source::StemsSource;
use musiclime_core::Classifier;
use musiclime_dataset::songbook::{Songbook, SongbookSong, Task};
use musiclime_evaluation::{ClassificationReport, mcnemar};
use musiclime_model::{Hearing, MusicClassifier};
use serde::Serialize;

/// Measure models on unseen songs of the songbook.
///
/// With several models, each is compared with the first by McNemar's test.
///
/// Example: musiclime evaluate --model genre --songbook-seed 3 --songs 500
#[derive(clap::Args)]
pub struct Args {
    /// A model directory or a built-in model; may be given several times.
    #[arg(long, default_value = "genre")]
    model: Vec<String>,
    /// Seed of the songbook; the built-in models have not seen 3 and above.
    #[arg(long, default_value_t = 3)]
    songbook_seed: u64,
    /// Songs.
    #[arg(long, default_value_t = 500)]
    songs: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArg,
}

/// What one model came to.
#[derive(Serialize)]
struct Row {
    model: String,
    #[serde(flatten)]
    report: ClassificationReport,
    /// McNemar's p against the first model; none for the first.
    mcnemar_p: Option<f64>,
}

/// The task of a model whose labels are the songbook's.
///
/// # Errors
/// A model with other labels.
pub fn songbook_task(classifier: &MusicClassifier) -> Result<Task, Failure> {
    Task::ALL
        .into_iter()
        .find(|t| t.labels() == *classifier.labels())
        .ok_or_else(|| {
            Failure::new(format!(
                "the model \"{}\" has other labels than the songbook",
                classifier.model().config.name
            ))
            .hint("a model that `musiclime train` fitted, or a built-in one")
        })
}

/// A songbook song as a model hears it, with its true stems.
///
/// # Errors
/// Sound that cannot be resampled.
pub fn load_songbook_song(
    song: &SongbookSong,
    hearing: Option<Hearing>,
) -> Result<LoadedSong, Failure> {
    let heard = Heard {
        name: song.id.clone(),
        start_s: 0.0,
        mixture: song.stems.mixture(),
        stems: Some(song.stems.clone()),
        stems_source: StemsSource::Songbook,
        lyrics: Some(song.lyrics.clone()),
        notes: Vec::new(),
    };
    LoadedSong::new(heard, hearing)
}

/// Evaluates.
pub fn run(args: Args) -> Outcome {
    if args.songs == 0 {
        return Err(Failure::new("--songs 0: expected at least 1"));
    }
    let selected = args.device.select()?;
    let book = Songbook::new(args.songbook_seed);
    let mut rows: Vec<Row> = Vec::new();
    let mut first: Option<(Task, Vec<usize>)> = None;
    for name in &args.model {
        let classifier = model_arg::load(name, &selected)?;
        let task = songbook_task(&classifier)?;
        let bar = Bar::new(args.songs, "songs");
        let (mut truth, mut predicted) = (Vec::new(), Vec::new());
        for index in 0..args.songs {
            interrupt::check()?;
            let song = book.song(index);
            let loaded = load_songbook_song(&song, classifier.hearing())?;
            let answer = classifier
                .classify(&loaded.song)
                .or_fail("the model failed")?;
            truth.push(song.label_index(task));
            predicted.push(answer.ranking(0)[0]);
            bar.set(index + 1);
        }
        bar.finish();
        let mcnemar_p = match &first {
            Some((t, others)) if *t == task => Some(mcnemar(&truth, others, &predicted).p_value),
            Some(_) | None => None,
        };
        rows.push(Row {
            model: classifier.model().config.name.clone(),
            report: ClassificationReport::new(classifier.labels(), &truth, &predicted),
            mcnemar_p,
        });
        first.get_or_insert((task, predicted));
    }
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&rows).or_fail("cannot print the results")?
        );
        return Ok(0);
    }
    for row in &rows {
        println!("# {}\n\n{}", row.model, row.report.to_markdown());
        if let Some(p) = row.mcnemar_p {
            println!("McNemar's test against {}: p = {p:.2e}\n", rows[0].model);
        }
    }
    Ok(0)
}
