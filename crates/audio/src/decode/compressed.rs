use super::container::Container;
use super::edits::{Edit, first_sound_edit};
use super::excerpt::{Collected, Collector, Excerpt};
use super::source::Source;
use super::{CHANNELS, SAMPLE_RATES_HZ};
use crate::AudioError;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

/// Undecodable packets that are bridged by silence, before a file counts as damaged.
///
/// Players do the same: real MP3s often begin with a frame cut out of a longer stream.
const MAX_BRIDGED_PACKETS: usize = 4;
/// What is decoded before an excerpt, in samples, so that the overlap and bit reservoir of MP3, AAC and Vorbis are as
/// if everything before had been decoded: 511 bytes of reservoir are at most 20 frames of 1,152 at 8 kbit/s.
const PREROLL_SAMPLES: u64 = 32 * 1152;
/// How many samples the container may promise and not deliver: encoder delay and padding that tags count differently.
const MISSING_TOLERANCE_SAMPLES: u64 = 2 * 2048;

/// An opened track.
struct Stream {
    reader: Box<dyn FormatReader>,
    track_id: u32,
    sample_rate_hz: u32,
    /// Whether packet durations count samples.
    counts_samples: bool,
    /// Samples per channel that the container states.
    declared: Option<u64>,
    /// What of the decoded samples is meant to be heard.
    edit: Edit,
}

pub(super) fn decode(
    source: &Source,
    container: Container,
    excerpt: Excerpt,
) -> Result<Collected, AudioError> {
    let mut stream = open(source, container)?;
    let total = match (excerpt.needs_total(), stream.declared) {
        (false, _) => 0,
        (true, Some(declared)) => declared,
        (true, None) => {
            let total = count(source, container, &mut stream)?;
            stream = open(source, container)?;
            total
        }
    };
    let mut decoder = decoder(source, &stream)?;
    let window = excerpt.window(stream.sample_rate_hz, total);
    collect(source, container, &mut stream, decoder.as_mut(), window)
}

fn open(source: &Source, container: Container) -> Result<Stream, AudioError> {
    let name = || source.name().to_owned();
    let media = MediaSourceStream::new(source.open()?, Default::default());
    let reader = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            media,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|e| match (e, container) {
            (Error::IoError(e), Container::Mp4)
                if e.kind() == std::io::ErrorKind::UnexpectedEof =>
            {
                damaged(source, 0.0, "the file ends before its index")
            }
            (e, _) => damaged(source, 0.0, &format!("its header cannot be read ({e})")),
        })?;
    let Some(track) = reader.default_track(TrackType::Audio) else {
        return Err(AudioError::Unsupported {
            name: name(),
            what: "a file without a sound track that can be decoded".into(),
        });
    };
    let Some(params) = track.codec_params.as_ref().and_then(|p| p.audio()) else {
        return Err(AudioError::Unsupported {
            name: name(),
            what: "its audio codec".into(),
        });
    };
    let sample_rate_hz = params.sample_rate.unwrap_or(0);
    if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
        return Err(AudioError::Header {
            name: name(),
            what: "sample rate",
            expected: format!(
                "{} to {} Hz",
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            ),
            got: format!("{sample_rate_hz} Hz"),
        });
    }
    let counts_samples = track
        .time_base
        .is_some_and(|t| t.numer.get() == 1 && t.denom.get() == sample_rate_hz);
    let edit = match (container, counts_samples) {
        (Container::Mp4, true) => first_sound_edit(source)?,
        _ => None,
    }
    .unwrap_or(Edit {
        skip: 0,
        keep: None,
    });
    // Without a tag that counts frames, an MPEG stream's length is only an estimate from its first bit rate.
    let stated = match container {
        Container::Mpeg {
            counts_frames: false,
        } => None,
        _ => track.num_frames.filter(|&n| n > 0),
    };
    let declared = stated.map(|n| {
        let heard = n.saturating_sub(edit.skip);
        edit.keep.map_or(heard, |keep| keep.min(heard))
    });
    let track_id = track.id;
    Ok(Stream {
        reader,
        track_id,
        sample_rate_hz,
        counts_samples,
        declared,
        edit,
    })
}

fn decoder(source: &Source, stream: &Stream) -> Result<Box<dyn AudioDecoder>, AudioError> {
    let params = stream
        .reader
        .tracks()
        .iter()
        .find(|t| t.id == stream.track_id)
        .and_then(|t| t.codec_params.as_ref())
        .and_then(|p| p.audio());
    let unsupported = |what: String| AudioError::Unsupported {
        name: source.name().into(),
        what,
    };
    let params = params.ok_or_else(|| unsupported("its audio codec".into()))?;
    symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|e| unsupported(format!("its audio codec ({e})")))
}

/// Samples of a packet that are meant to be heard, where packet durations count samples.
///
/// Symphonia 0.6.1 leaves encoder delay and padding in the duration of MPEG packets (its own documentation, and its
/// other readers, take them out).
fn heard_samples(container: Container, packet: &Packet) -> u64 {
    let trimmed = match container {
        Container::Mpeg { .. } => packet.trim_start.get() + packet.trim_end.get(),
        Container::Wav | Container::Flac | Container::Ogg | Container::Mp4 => 0,
    };
    packet.dur.get().saturating_sub(trimmed)
}

/// How the packets of a track came to an end.
enum Next {
    Packet(Packet),
    End,
    /// Another stream is chained behind this one.
    Chained,
}

fn next(source: &Source, stream: &mut Stream, at_s: impl Fn() -> f64) -> Result<Next, AudioError> {
    loop {
        match stream.reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == stream.track_id => {
                return Ok(Next::Packet(packet));
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Next::End),
            Err(Error::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Ok(Next::End);
            }
            Err(Error::IoError(e)) => return Err(source.unreadable(e)),
            Err(Error::ResetRequired) => return Ok(Next::Chained),
            Err(e) => return Err(damaged(source, at_s(), &e.to_string())),
        }
    }
}

/// Samples per channel that are meant to be heard, by reading every packet and decoding only if there is no other way.
fn count(source: &Source, container: Container, stream: &mut Stream) -> Result<u64, AudioError> {
    let mut decoder = if stream.counts_samples {
        None
    } else {
        Some(decoder(source, stream)?)
    };
    let rate = f64::from(stream.sample_rate_hz);
    let mut at = 0u64;
    while let Next::Packet(packet) = next(source, stream, || at as f64 / rate)? {
        at += match &mut decoder {
            None => heard_samples(container, &packet),
            Some(decoder) => decoder
                .decode(&packet)
                .map_or(0, |buffer| buffer.frames() as u64),
        };
    }
    let heard = at.saturating_sub(stream.edit.skip);
    Ok(stream.edit.keep.map_or(heard, |keep| keep.min(heard)))
}

fn collect(
    source: &Source,
    container: Container,
    stream: &mut Stream,
    decoder: &mut dyn AudioDecoder,
    window: std::ops::Range<u64>,
) -> Result<Collected, AudioError> {
    let rate = stream.sample_rate_hz;
    let skip = stream.edit.skip;
    let seconds = |at: u64| at.saturating_sub(skip) as f64 / f64::from(rate);
    let preroll_start = window
        .start
        .saturating_add(skip)
        .saturating_sub(PREROLL_SAMPLES);
    let heard_end = stream
        .edit
        .keep
        .map_or(u64::MAX, |keep| skip.saturating_add(keep));
    let window = window.start.saturating_add(skip)..window.end.saturating_add(skip).min(heard_end);
    let start = window.start - skip;
    let mut collector: Option<Collector> = None;
    let mut block: Vec<Vec<f32>> = Vec::new();
    let mut notes = Vec::new();
    let (mut at, mut bridged, mut decoded) = (0u64, 0usize, 0usize);
    let may_bridge = matches!(container, Container::Mpeg { .. } | Container::Ogg);
    loop {
        let packet = match next(source, stream, || seconds(at))? {
            Next::Packet(packet) => packet,
            Next::End => break,
            Next::Chained => {
                notes.push(format!(
                    "only the first of several chained streams is read ({:.1} s)",
                    seconds(at)
                ));
                break;
            }
        };
        let duration = heard_samples(container, &packet);
        // Packets that cannot matter are counted, not decoded.
        let skipped = at + duration < preroll_start || at >= window.end;
        if stream.counts_samples && skipped && collector.is_some() {
            at += duration;
            continue;
        }
        let frames = match decoder.decode(&packet) {
            Ok(buffer) => {
                check_spec(
                    source,
                    rate,
                    buffer.spec().rate(),
                    buffer.num_planes(),
                    seconds(at),
                )?;
                let channels = buffer.num_planes();
                let kept =
                    collector.get_or_insert_with(|| Collector::new(window.clone(), channels));
                if kept.channels() != channels {
                    let reason = format!("channels change from {} to {channels}", kept.channels());
                    return Err(damaged(source, seconds(at), &reason));
                }
                buffer.copy_to_vecs_planar(&mut block);
                decoded += 1;
                let mut frames = buffer.frames() as u64;
                if stream.counts_samples && frames > duration {
                    frames = duration;
                    block.iter_mut().for_each(|c| c.truncate(duration as usize));
                }
                if !kept.is_past(at) {
                    kept.push(at, &block).map_err(|(sample, channel, value)| {
                        AudioError::NotFinite {
                            name: source.name().into(),
                            at_s: seconds(sample),
                            channel,
                            value,
                        }
                    })?;
                }
                frames
            }
            Err(Error::DecodeError(_) | Error::IoError(_))
                if may_bridge && bridged < MAX_BRIDGED_PACKETS =>
            {
                bridged += 1;
                0
            }
            Err(e) => return Err(damaged(source, seconds(at), &e.to_string())),
        };
        at += if stream.counts_samples {
            duration
        } else {
            frames
        };
    }
    if decoded == 0 {
        let reason = if at == 0 {
            "no audio frame in it"
        } else {
            "no frame can be decoded"
        };
        return Err(damaged(source, 0.0, reason));
    }
    if bridged > 0 {
        notes.push(format!("{bridged} damaged frames were replaced by silence"));
    }
    let heard = at.min(heard_end).saturating_sub(skip);
    if let Some(declared) = stream.declared
        && heard.saturating_add(MISSING_TOLERANCE_SAMPLES.min(declared / 4)) < declared
    {
        return Err(AudioError::Truncated {
            name: source.name().into(),
            unit: "samples",
            expected: declared,
            got: heard,
        });
    }
    if container == Container::Ogg {
        check_last_page(source, &mut notes)?;
    }
    let channels = collector.map(Collector::into_channels).unwrap_or_default();
    Ok(Collected {
        channels,
        sample_rate_hz: rate,
        start,
        total: heard,
        notes,
    })
}

fn check_spec(
    source: &Source,
    rate_hz: u32,
    got_hz: u32,
    channels: usize,
    at_s: f64,
) -> Result<(), AudioError> {
    if got_hz != rate_hz {
        return Err(AudioError::Unsupported {
            name: source.name().into(),
            what: format!(
                "a sample rate of {got_hz} Hz at {at_s:.2} s in a file of {rate_hz} Hz (such as HE-AAC)"
            ),
        });
    }
    let count = u32::try_from(channels).unwrap_or(u32::MAX);
    if !CHANNELS.contains(&count) {
        return Err(AudioError::Header {
            name: source.name().into(),
            what: "channels",
            expected: format!("{} to {}", CHANNELS.start(), CHANNELS.end()),
            got: channels.to_string(),
        });
    }
    Ok(())
}

/// Refuses an OGG file whose last page is cut; notes one that lacks the mark of the last page.
///
/// # Source
/// RFC 3533 section 6: the page header's segment table gives the length of the page.
fn check_last_page(source: &Source, notes: &mut Vec<String>) -> Result<(), AudioError> {
    // A page has at most 65,307 bytes.
    let from = source.len().saturating_sub(2 * 65_307);
    let tail = source.read_at(from, 2 * 65_307)?;
    let Some(page) = tail.windows(4).rposition(|w| w == b"OggS") else {
        return Ok(());
    };
    let page = &tail[page..];
    let table = page
        .get(26)
        .map(|&n| 27..27 + usize::from(n))
        .and_then(|range| page.get(range));
    let promised = match table {
        Some(table) => 27 + table.len() + table.iter().map(|&n| usize::from(n)).sum::<usize>(),
        None => 27 + page.get(26).map_or(1, |&n| usize::from(n)),
    };
    if promised > page.len() {
        let before = source.len() - page.len() as u64;
        return Err(AudioError::Truncated {
            name: source.name().into(),
            unit: "bytes",
            expected: before + promised as u64,
            got: source.len(),
        });
    }
    if page.get(5).is_some_and(|flags| flags & 4 == 0) {
        notes.push("the OGG stream has no end mark; it may be cut".into());
    }
    Ok(())
}

fn damaged(source: &Source, at_s: f64, reason: &str) -> AudioError {
    AudioError::Damaged {
        name: source.name().into(),
        at_s,
        reason: reason.into(),
    }
}
