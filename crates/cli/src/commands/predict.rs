use crate::compute::DeviceArg;
use crate::failure::{OrFail, Outcome};
use crate::interrupt;
use crate::model_arg::ModelArg;
use crate::progress::say;
use crate::song_arg::{SongArg, WantStems};
use musiclime_core::{Classifier, OutputKind};
use serde_json::json;

/// Ask a model what a song is, without explaining it.
///
/// Example: musiclime predict --model my-model --audio song.mp3 --lyrics song.txt
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    song: SongArg,
    #[command(flatten)]
    device: DeviceArg,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Predicts, and prints every class, tag or quantity.
pub fn run(args: Args) -> Outcome {
    let selected = args.device.select()?;
    let classifier = args.model.load(&selected)?;
    interrupt::check()?;
    let loaded = args.song.load(classifier.hearing(), WantStems::No)?;
    interrupt::check()?;
    let headline = format!("cannot classify {}", loaded.song.name);
    let answer = classifier
        .classify(&loaded.song)
        .or_fail(headline)
        .map_err(|f| f.hint("a recording of at least one analysis window, and text lyrics"))?;
    let mut notes = loaded.notes;
    if let (Some(lyrics), true) = (
        &loaded.song.lyrics,
        classifier.model().config.lyrics.is_some(),
    ) {
        let read = classifier
            .read_bytes(lyrics.text())
            .or_fail("cannot read the lyrics into tokens")?;
        if read < lyrics.text().trim_end().len() {
            notes.push(format!(
                "the model reads the first {read} of {} bytes of the lyrics",
                lyrics.text().len()
            ));
        }
    } else if classifier.model().config.lyrics.is_some() {
        notes.push("no lyrics: the model reads an empty text".into());
    }
    let labels = classifier.labels().names();
    let ranking = answer.ranking(0);
    if args.json {
        let mut document = json!({
            "labels": labels,
            "logits": answer.logits_row(0),
            "output": answer.output().name(),
            "song": {
                "name": loaded.song.name,
                "start_s": loaded.song.start_s,
                "duration_s": loaded.song.waveform.duration_s(),
                "has_lyrics": loaded.song.lyrics.is_some(),
            },
            "model": {
                "name": classifier.model().config.name,
                "weights_sha256": classifier.model().weights_sha256,
            },
            "device": selected.description(),
            "precision": classifier.precision().name(),
            "notes": notes,
        });
        match answer.output() {
            OutputKind::Softmax => {
                document["probabilities"] = json!(answer.row(0));
                document["label"] = json!(labels[ranking[0]]);
            }
            OutputKind::Sigmoid => {
                let given = ranking.iter().filter(|&&tag| answer.row(0)[tag] >= 0.5);
                document["probabilities"] = json!(answer.row(0));
                document["tags"] = given.map(|&tag| json!(labels[tag])).collect();
            }
            OutputKind::Regression => document["values"] = json!(answer.row(0)),
        }
        println!(
            "{}",
            serde_json::to_string_pretty(&document).or_fail("cannot write JSON")?
        );
        return Ok(0);
    }
    for note in &notes {
        say(format!("note: {note}"));
    }
    println!("{}", loaded.song.name);
    let width = labels
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    for class in ranking {
        let value = answer.row(0)[class];
        if answer.output().is_probability() {
            println!("  {:<width$}  {:>6.2} %", labels[class], 100.0 * value);
        } else {
            println!("  {:<width$}  {value:>8.4}", labels[class]);
        }
    }
    Ok(0)
}
