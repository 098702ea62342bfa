use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::say;
use crate::separators;
use musiclime_audio::decode::{Excerpt, decode_file};
use musiclime_audio::write::{WavFormat, write_wav};
use musiclime_core::Stems;
use std::path::{Path, PathBuf};

/// Take a recording apart into stems that sum to it.
///
/// Example: musiclime separate song.mp3 --separator hpss --out stems
///
/// A recording is decoded whole, and separation holds some nine times its size as 32-bit floats: at most 100 million
/// samples of all channels together (19 minutes of CD-quality stereo), which take about 3.6 GB.
#[derive(clap::Args)]
pub struct Args {
    /// The recording: WAV, FLAC, MP3, OGG Vorbis or M4A.
    audio: PathBuf,
    #[arg(long, default_value = separators::DEFAULT, help = format!("Which separator: {}", separators::list()))]
    separator: String,
    /// The folder to write: vocals.wav drums.wav bass.wav other.wav and stems.json.
    #[arg(long)]
    out: PathBuf,
    /// Where to start, in seconds.
    #[arg(long, default_value_t = 0.0)]
    start: f64,
    /// How much to separate, in seconds; all without it.
    #[arg(long)]
    duration: Option<f64>,
}

/// Samples of all channels together that are separated at once. Separation holds the mixture, its estimates by block
/// and as a whole, and the rest: some nine times 4 bytes a sample, 3.6 GB.
const MAX_SAMPLES: f64 = 100e6;
/// What is decoded to learn the length of a file, in seconds.
const PROBE_S: f64 = 0.01;

/// Separates, and writes the stems.
pub fn run(args: Args) -> Outcome {
    let separator = separators::named(&args.separator)?;
    check_size(&args)?;
    let folder = OutputDir::create(&args.out)?;
    let excerpt = Excerpt::From {
        start_s: args.start,
        duration_s: args.duration,
    };
    let decoded = decode_file(&args.audio, excerpt).or_fail(unusable(&args.audio))?;
    for note in &decoded.notes {
        say(format!("note: {note}"));
    }
    interrupt::check()?;
    let stems = separator
        .separate(&decoded.waveform)
        .or_fail(unusable(&args.audio))
        .map_err(|f| f.hint("a longer recording"))?;
    interrupt::check()?;
    write(folder.path(), &stems)?;
    interrupt::check()?;
    let out = folder.publish()?;
    println!("{}", out.display());
    Ok(0)
}

fn unusable(audio: &Path) -> String {
    format!("cannot separate the recording {}", audio.display())
}

/// Refuses what would not fit the stated memory, before it is decoded.
fn check_size(args: &Args) -> Result<(), Failure> {
    let probe = Excerpt::From {
        start_s: args.start,
        duration_s: Some(PROBE_S),
    };
    let probed = decode_file(&args.audio, probe).or_fail(unusable(&args.audio))?;
    let rest_s = probed.file_duration_s - args.start;
    let wanted_s = args.duration.map_or(rest_s, |d| d.min(rest_s));
    let samples_a_second = f64::from(probed.sample_rate_hz) * probed.channels as f64;
    let most_s = (MAX_SAMPLES / samples_a_second).floor();
    if wanted_s <= most_s {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}: {wanted_s:.0} s at {} Hz and {} channels are more than fit into the memory of a separation",
        unusable(&args.audio),
        probed.sample_rate_hz,
        probed.channels
    ))
    .hint(format!("--duration of at most {most_s} s (and --start) to separate a part of it")))
}

fn write(folder: &Path, stems: &Stems) -> Result<(), Failure> {
    for (name, waveform) in stems.names().iter().zip(stems.waveforms()) {
        // Floats, since rounding to 16 bits would break the sum.
        write_wav(
            &folder.join(format!("{name}.wav")),
            waveform,
            WavFormat::Float32,
        )
        .or_fail("cannot write the stems")?;
    }
    let order = serde_json::to_vec(stems.names()).or_fail("cannot write JSON")?;
    std::fs::write(folder.join("stems.json"), order).or_fail("cannot write stems.json")
}
