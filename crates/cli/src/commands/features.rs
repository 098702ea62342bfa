use crate::failure::{Failure, OrFail, Outcome};
use crate::model_arg::ModelArg;
use crate::output_file;
use crate::progress::say;
use crate::song_arg::{SongArg, WantStems};
use musiclime_audio::fbank::Features;
use musiclime_model::{DeviceChoice, select};
use npyz::WriterBuilder;
use std::path::{Path, PathBuf};

/// Write what a model's audio encoder is given for a song: the normalised filter bank, [frames, mel] f32.
///
/// Example: musiclime features --model my-model --audio song.mp3 --out features.npy
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    song: SongArg,
    /// The .npy file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Computes the features of the first window that the model hears.
pub fn run(args: Args) -> Outcome {
    // The filter bank is computed on the CPU, whatever devices there are.
    let cpu = select(&DeviceChoice::Cpu).or_fail("cannot use the CPU")?;
    let classifier = args.model.load(&cpu)?;
    let Some(hearing) = classifier.hearing() else {
        return Err(
            Failure::new("the model reads lyrics alone and has no features of sound")
                .hint("--model with a model that hears audio"),
        );
    };
    let loaded = args.song.load(Some(hearing), WantStems::No)?;
    for note in &loaded.notes {
        say(format!("note: {note}"));
    }
    let mono = loaded.song.waveform.downmix();
    let features = classifier.features(&mono).or_fail(format!(
        "cannot compute the features of {}",
        loaded.song.name
    ))?;
    write_npy(&args.out, &features)
        .or_fail(format!("cannot write {}", args.out.display()))
        .map_err(|f| {
            f.hint("--out with a file in a folder that exists and that you may write to")
        })?;
    say(format!(
        "{} frames, {} mel bands",
        features.frames, features.mel_bins
    ));
    println!("{}", args.out.display());
    Ok(0)
}

/// Writes `[frames, mel]` by rename.
fn write_npy(path: &Path, features: &Features) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[features.frames as u64, features.mel_bins as u64])
        .writer(&mut bytes)
        .begin_nd()?;
    writer.extend(features.values.iter().copied())?;
    writer.finish()?;
    output_file::write(path, &bytes)
}
