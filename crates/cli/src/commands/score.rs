use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;
use crate::progress::{Bar, say};
use crate::song_arg::stem_files;
use musiclime_audio::decode::{Excerpt, decode_file};
use musiclime_audio::resample::resample;
use musiclime_core::{Stems, Waveform};
use musiclime_evaluation::separation::{
    FILTER_TAPS, Framing, Ratios, SourceScores, leave_out_quiet, score,
};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Score estimated stems against the true ones: SDR, ISR, SIR and SAR (BSS Eval version 4, as museval) and SI-SDR.
///
/// Example: musiclime score --reference song/stems --estimate separated
///
/// Stems are paired by name. Frames of 1 s, as museval's, in which a stem is silent are left out; the table shows
/// medians over the others. All ratios are in decibels, and higher is better.
#[derive(clap::Args)]
pub struct Args {
    /// The folder of the true stems: vocals.wav drums.wav ..., any names and any format that is read.
    #[arg(long)]
    reference: PathBuf,
    /// The folder of the estimated stems, of the same names.
    #[arg(long)]
    estimate: PathBuf,
    /// Add an estimate to another one first, for true stems that are fewer: --merge bass=other; may be repeated.
    #[arg(long, value_name = "STEM=INTO")]
    merge: Vec<Merge>,
    /// Length of a frame, in seconds.
    #[arg(long, default_value_t = 1.0)]
    window: f64,
    /// Time from one frame to the next, in seconds.
    #[arg(long, default_value_t = 1.0)]
    hop: f64,
    /// Take everything as one frame.
    #[arg(long, conflicts_with_all = ["window", "hop"])]
    whole: bool,
    /// Compare the means of the channels.
    #[arg(long)]
    mono: bool,
    /// Leave out a stem's frames in which the true stem is quieter than this, in dBFS (root mean square); museval leaves
    /// out exact silence only.
    #[arg(long, allow_negative_numbers = true)]
    silent_below: Option<f64>,
    /// Where to start, in seconds.
    #[arg(long, default_value_t = 0.0)]
    start: f64,
    /// How much to compare, in seconds; all without it.
    #[arg(long)]
    duration: Option<f64>,
    /// Print JSON: museval's, with SI-SDR and medians. Silent frames and infinite ratios are null.
    #[arg(long)]
    json: bool,
}

/// An estimate that is added to another.
#[derive(Debug, Clone)]
struct Merge {
    stem: String,
    into: String,
}

impl FromStr for Merge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((stem, into)) if !stem.is_empty() && !into.is_empty() && stem != into => {
                Ok(Self {
                    stem: stem.to_string(),
                    into: into.to_string(),
                })
            }
            _ => Err("expected two different names, as in bass=other".into()),
        }
    }
}

/// Samples of all files together that are compared at once: 4 bytes each, and as many again while they are converted.
const MAX_SAMPLES: f64 = 400e6;
/// What is decoded to learn the length of a file, in seconds.
const PROBE_S: f64 = 0.01;

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    sample_rate_hz: u32,
    channels: usize,
    filter_taps: usize,
    notes: Vec<String>,
    targets: Vec<Target>,
}

#[derive(Serialize)]
struct Target {
    name: String,
    median: Ratios,
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    time: f64,
    duration: f64,
    metrics: Ratios,
}

/// Scores, and prints the medians or all of it.
pub fn run(args: Args) -> Outcome {
    check_size(&args)?;
    let mut notes = Vec::new();
    let references = decode(&args, &args.reference, &mut notes)?;
    let references = Stems::new(references)
        .or_fail(format!(
            "cannot use the stems in {}",
            args.reference.display()
        ))
        .map_err(|f| f.hint("true stems of one rate, one length and one channel count"))?;
    let estimates = merged(&args, decode(&args, &args.estimate, &mut notes)?)?;
    interrupt::check()?;
    let (references, estimates) = paired(&args, references, estimates, &mut notes)?;
    for note in &notes {
        say(format!("note: {note}"));
    }

    let first = &references.waveforms()[0];
    let (rate, len) = (first.sample_rate_hz(), first.len());
    let framing = if args.whole {
        Framing::Whole
    } else {
        Framing::seconds(args.window, args.hop, rate)
            .or_fail("cannot cut the recording into frames")
            .map_err(|f| f.hint("--window 1 --hop 1, or --whole"))?
    };
    let ranges: Vec<_> = framing.ranges(len).collect();
    let bar = Bar::new(ranges.len(), "frames");
    let scores =
        score(&references, &estimates, framing, &|done| bar.set(done)).map(|mut scores| {
            if let Some(level) = args.silent_below {
                leave_out_quiet(&mut scores, &references, framing, level);
            }
            scores
        });
    bar.finish();
    interrupt::check()?;
    let scores = scores
        .or_fail(format!(
            "cannot score the stems in {}",
            args.estimate.display()
        ))
        .map_err(|f| {
            f.hint("take the stem out of both folders, or score a part with --start and --duration")
        })?;

    if !args.json {
        print_table(&scores);
        return Ok(0);
    }
    let report = Report {
        sample_rate_hz: rate,
        channels: first.channels().len(),
        filter_taps: FILTER_TAPS,
        notes,
        targets: scores
            .into_iter()
            .map(|stem| Target {
                median: stem.median(),
                frames: stem
                    .frames
                    .iter()
                    .zip(&ranges)
                    .map(|(metrics, range)| Frame {
                        time: args.start + range.start as f64 / f64::from(rate),
                        duration: range.len() as f64 / f64::from(rate),
                        metrics: metrics.unwrap_or(Ratios::UNDEFINED),
                    })
                    .collect(),
                name: stem.name,
            })
            .collect(),
    };
    println!(
        "{}",
        serde_json::to_string_pretty(&report).or_fail("cannot write JSON")?
    );
    Ok(0)
}

fn excerpt(args: &Args) -> Excerpt {
    Excerpt::From {
        start_s: args.start,
        duration_s: args.duration,
    }
}

/// Refuses what would not fit into memory, before it is decoded.
fn check_size(args: &Args) -> Result<(), Failure> {
    let mut samples = 0.0;
    let mut seconds: f64 = 0.0;
    for folder in [&args.reference, &args.estimate] {
        for (_, path) in stem_files(folder)? {
            let probe = Excerpt::From {
                start_s: args.start,
                duration_s: Some(PROBE_S),
            };
            let probed = decode_file(&path, probe).or_fail(unusable(folder))?;
            let rest_s = probed.file_duration_s - args.start;
            let wanted_s = args.duration.map_or(rest_s, |d| d.min(rest_s));
            seconds = seconds.max(wanted_s);
            samples += wanted_s * f64::from(probed.sample_rate_hz) * probed.channels as f64;
        }
    }
    if samples <= MAX_SAMPLES {
        return Ok(());
    }
    let most_s = (seconds * MAX_SAMPLES / samples).floor();
    Err(Failure::new(format!(
        "the stems of {seconds:.0} s in {} and {} are more than fit into memory at once",
        args.reference.display(),
        args.estimate.display()
    ))
    .hint(format!(
        "--duration of at most {most_s} s (and --start) to score a part of them"
    )))
}

fn unusable(folder: &Path) -> String {
    format!("cannot use the stems in {}", folder.display())
}

/// Every stem of a folder; `notes` learns what decoding met.
fn decode(
    args: &Args,
    folder: &Path,
    notes: &mut Vec<String>,
) -> Result<Vec<(String, Waveform)>, Failure> {
    stem_files(folder)?
        .into_iter()
        .map(|(name, path)| {
            interrupt::check()?;
            let decoded = decode_file(&path, excerpt(args)).or_fail(unusable(folder))?;
            notes.extend(
                decoded
                    .notes
                    .iter()
                    .map(|n| format!("{}: {n}", path.display())),
            );
            let waveform = if args.mono {
                Waveform::mono(decoded.waveform.downmix(), decoded.sample_rate_hz)
                    .or_fail(unusable(folder))?
            } else {
                decoded.waveform
            };
            Ok((name, waveform))
        })
        .collect()
}

/// The estimates after `--merge`.
fn merged(
    args: &Args,
    mut estimates: Vec<(String, Waveform)>,
) -> Result<Vec<(String, Waveform)>, Failure> {
    for Merge { stem, into } in &args.merge {
        let headline = format!("cannot merge \"{stem}\" into \"{into}\"");
        let place = |name: &String| {
            estimates
                .iter()
                .position(|(n, _)| n == name)
                .ok_or_else(|| {
                    Failure::new(format!("{headline}: there is no estimate \"{name}\""))
                        .hint(format!("--merge with stems of {}", args.estimate.display()))
                })
        };
        let (from, to) = (place(stem)?, place(into)?);
        let pair = Stems::new(vec![estimates[from].clone(), estimates[to].clone()])
            .or_fail(headline)
            .map_err(|f| f.hint("estimates of one rate, one length and one channel count"))?;
        estimates[to].1 = pair.mixture();
        estimates.remove(from);
    }
    Ok(estimates)
}

/// The stems that both sides have, the estimates brought to the rate and the length of the true stems.
fn paired(
    args: &Args,
    references: Stems,
    estimates: Vec<(String, Waveform)>,
    notes: &mut Vec<String>,
) -> Result<(Stems, Stems), Failure> {
    for (name, _) in estimates
        .iter()
        .filter(|(n, _)| !references.names().contains(n))
    {
        notes.push(format!(
            "estimate \"{name}\" is left out: no true stem has its name"
        ));
    }
    let (mut kept, mut converted) = (Vec::new(), Vec::new());
    for (name, reference) in references.names().iter().zip(references.waveforms()) {
        let Some((_, estimate)) = estimates.iter().find(|(n, _)| n == name) else {
            notes.push(format!(
                "true stem \"{name}\" is left out: no estimate has its name"
            ));
            continue;
        };
        converted.push((
            name.clone(),
            as_reference(args, name, estimate, reference, notes)?,
        ));
        kept.push((name.clone(), reference.clone()));
    }
    if kept.is_empty() {
        return Err(Failure::new(format!(
            "no stem in {} has the name of one in {}",
            args.estimate.display(),
            args.reference.display()
        ))
        .hint("give the files of both folders the same names, as vocals.wav and vocals.flac"));
    }
    let headline = unusable(&args.estimate);
    Ok((
        Stems::new(kept).or_fail(headline.clone())?,
        Stems::new(converted).or_fail(headline)?,
    ))
}

fn as_reference(
    args: &Args,
    name: &str,
    estimate: &Waveform,
    reference: &Waveform,
    notes: &mut Vec<String>,
) -> Result<Waveform, Failure> {
    let headline = || {
        format!(
            "cannot compare stem \"{name}\" in {}",
            args.estimate.display()
        )
    };
    let (expected, got) = (reference.channels().len(), estimate.channels().len());
    if expected != got {
        return Err(Failure::new(headline())
            .because(&musiclime_core::Invalid::new(
                "channels",
                format!("{expected}, as the true stem has"),
                got,
            ))
            .hint("--mono to compare the means of the channels"));
    }
    let rate = reference.sample_rate_hz();
    let mut waveform = estimate.clone();
    if estimate.sample_rate_hz() != rate {
        notes.push(format!(
            "estimate \"{name}\" was resampled from {} to {rate} Hz",
            estimate.sample_rate_hz()
        ));
        waveform = resample(estimate, rate).or_fail(headline())?;
    }
    let (wanted, len) = (reference.len(), waveform.len());
    if len == wanted {
        return Ok(waveform);
    }
    let what = if len > wanted {
        "cut"
    } else {
        "filled up with silence"
    };
    notes.push(format!(
        "estimate \"{name}\" was {what} from {len} to {wanted} samples"
    ));
    let channels = waveform.channels().iter().map(|c| {
        let mut channel = c[..len.min(wanted)].to_vec();
        channel.resize(wanted, 0.0);
        channel
    });
    Waveform::new(channels.collect(), rate).or_fail(headline())
}

fn print_table(scores: &[SourceScores]) {
    let width = scores
        .iter()
        .map(|s| s.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    println!(
        "{:<width$}  {:>7} {:>7} {:>7} {:>7} {:>7}  frames",
        "stem", "SDR", "ISR", "SIR", "SAR", "SI-SDR"
    );
    for stem in scores {
        let m = stem.median();
        println!(
            "{:<width$}  {} {} {} {} {}  {}",
            stem.name,
            cell(m.sdr_db),
            cell(m.isr_db),
            cell(m.sir_db),
            cell(m.sar_db),
            cell(m.si_sdr_db),
            stem.frames.iter().flatten().count()
        );
    }
    let frames = scores.first().map_or(0, |s| s.frames.len());
    println!("decibels; medians over the frames that are not silent, of {frames}");
}

fn cell(db: f64) -> String {
    if db.is_finite() {
        format!("{db:>7.2}")
    } else {
        format!("{:>7}", "-")
    }
}
