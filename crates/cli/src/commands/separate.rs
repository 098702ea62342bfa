use crate::compute::DeviceArg;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::output_dir::OutputDir;
use crate::progress::{Bar, say};
use crate::separators::{BLOCK_S, OpenSeparator, SeparatorArg, hash};
use crate::stem_cache::CacheEntry;
use crate::stem_files::StemFiles;
use musiclime_audio::decode::{Decoded, Excerpt, decode_file};
use musiclime_model::Device;
use std::path::{Path, PathBuf};

/// Take a recording apart into stems that sum to it.
///
/// Example: musiclime separate song.mp3 --separator hpss --out stems
///
/// Recordings of any length are read and separated piece by piece. Stems are kept in the user's cache folder
/// (MUSICLIME_CACHE names another one), so that a network does not separate the same recording with the same settings twice.
#[derive(clap::Args)]
pub struct Args {
    /// The recording: WAV, FLAC, MP3, OGG Vorbis or M4A.
    audio: PathBuf,
    #[command(flatten)]
    separator: SeparatorArg,
    #[command(flatten)]
    device: DeviceArg,
    /// The folder to write: one WAV file a stem, and stems.json with their order.
    #[arg(long)]
    out: PathBuf,
    /// Where to start, in seconds.
    #[arg(long, default_value_t = 0.0)]
    start: f64,
    /// How much to separate, in seconds; all without it.
    #[arg(long)]
    duration: Option<f64>,
}

/// About one analysis window of the networks (4,096 samples at 44.1 kHz).
const SHORT_S: f64 = 0.093;

/// What is decoded at a time, in seconds; a whole number, so that the pieces meet at whole samples.
const PIECE_S: f64 = 120.0;
/// WAV files count their bytes in 32 bits; the header takes some.
const MAX_WAV_BYTES: f64 = 4_294_967_295.0 - 1024.0;

/// Separates, and writes the stems.
pub fn run(args: Args) -> Outcome {
    args.separator.check()?;
    let first = piece(&args, 0)?;
    check_size(&args, &first)?;
    let folder = OutputDir::create(&args.out)?;
    let device = match args.separator.needs_device() {
        true => args.device.select()?.device,
        false => Device::flex(),
    };
    let opened = args.separator.open(&device)?;
    let content = hash([args.audio.as_path()])?;
    let recording = format!("{content} {:?} {:?}", args.start, args.duration);
    let entry = opened.cache_entry(&recording);
    if let Some(cached) = entry.as_ref().and_then(CacheEntry::get) {
        copy(cached, folder.path())?;
        say(format!(
            "the stems come from the cache: {}",
            cached.display()
        ));
    } else {
        separate(&args, &opened, first, folder.path())?;
        if let Some(entry) = &entry
            && let Err(failure) = entry.put(folder.path())
        {
            // The stems themselves are there.
            say(format!("note: {failure}"));
        }
    }
    interrupt::check()?;
    let out = folder.publish()?;
    println!("{}", out.display());
    Ok(0)
}

fn unusable(audio: &Path) -> String {
    format!("cannot separate the recording {}", audio.display())
}

/// The piece of the recording with this number.
fn piece(args: &Args, number: usize) -> Result<Decoded, Failure> {
    let offset = number as f64 * PIECE_S;
    let excerpt = Excerpt::From {
        start_s: args.start + offset,
        duration_s: Some(args.duration.map_or(PIECE_S, |d| (d - offset).min(PIECE_S))),
    };
    decode_file(&args.audio, excerpt).or_fail(unusable(&args.audio))
}

/// Seconds that are separated.
fn wanted_s(args: &Args, first: &Decoded) -> f64 {
    let rest_s = first.file_duration_s - args.start;
    args.duration.map_or(rest_s, |d| d.min(rest_s))
}

/// Refuses what a WAV file could not hold.
fn check_size(args: &Args, first: &Decoded) -> Result<(), Failure> {
    let bytes_a_second = f64::from(first.sample_rate_hz) * first.channels as f64 * 4.0;
    let most_s = (MAX_WAV_BYTES / bytes_a_second).floor();
    let wanted_s = wanted_s(args, first);
    if wanted_s <= most_s {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}: {wanted_s:.0} s at {} Hz and {} channels are more than WAV files of 32-bit floats hold",
        unusable(&args.audio),
        first.sample_rate_hz,
        first.channels
    ))
    .hint(format!("--duration of at most {most_s} s (and --start) to separate a part of it")))
}

fn separate(
    args: &Args,
    opened: &OpenSeparator,
    first: Decoded,
    folder: &Path,
) -> Result<(), Failure> {
    let failed = || unusable(&args.audio);
    let (rate, channels) = (first.sample_rate_hz, first.channels);
    let total_s = wanted_s(args, &first);
    if total_s < SHORT_S {
        say(format!(
            "note: only {} samples at {rate} Hz: less than one analysis window, so the stems mean little",
            (total_s * f64::from(rate)).round()
        ));
    }
    let mut separation = opened.start(rate, channels, &failed())?;
    let mut files = StemFiles::new(folder);
    let mut decoded = first;
    let bar = Bar::new(total_s.ceil() as usize, "separating (s)");
    let mut number = 0;
    loop {
        for note in decoded.notes.drain(..).filter(|_| number == 0) {
            say(format!("note: {note}"));
        }
        let wave = decoded.waveform;
        let block = BLOCK_S * rate as usize;
        for start in (0..wave.len()).step_by(block) {
            interrupt::check()?;
            let stems = separation
                .push(&wave.slice(start, start + block))
                .or_fail(failed())?;
            files.push(stems.as_ref())?;
            let done_s = number as f64 * PIECE_S + start as f64 / f64::from(rate);
            bar.set(done_s as usize);
        }
        number += 1;
        // Less than half a sample is rounding.
        if total_s - number as f64 * PIECE_S < 0.5 / f64::from(rate) {
            break;
        }
        decoded = piece(args, number)?;
    }
    let rest = separation
        .finish()
        .or_fail(failed())
        .map_err(|f| f.hint("a longer recording"))?;
    files.push(rest.as_ref())?;
    bar.finish();
    for note in separation.notes() {
        say(format!("note: {note}"));
    }
    files.finish()
}

fn copy(cached: &Path, folder: &Path) -> Result<(), Failure> {
    let headline = || format!("cannot copy the stems from the cache {}", cached.display());
    for entry in std::fs::read_dir(cached).or_fail(headline())? {
        let path = entry.or_fail(headline())?.path();
        match path.file_name() {
            Some(name) if name != ".used" => {
                std::fs::copy(&path, folder.join(name)).or_fail(headline())?;
            }
            _ => {}
        }
    }
    Ok(())
}
