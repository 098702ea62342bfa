use super::excerpt::{Collected, Collector, Excerpt};
use super::source::Source;
use super::{CHANNELS, SAMPLE_RATES_HZ};
use crate::AudioError;
use hound::{SampleFormat, WavReader};
use std::io::BufReader;

/// Samples per channel that are decoded at once.
const BLOCK_SAMPLES: usize = 16 * 1024;

/// The facts of a WAV header that must hold before samples can be trusted.
struct Header {
    channels: u16,
    sample_rate_hz: u32,
    block_bytes: u64,
    data_bytes: u64,
    data_offset: u64,
}

pub(super) fn decode(source: &Source, excerpt: Excerpt) -> Result<Collected, AudioError> {
    let header = read_header(source)?;
    let name = || source.name().to_owned();
    let total = header.data_bytes / header.block_bytes;
    let found = source.len().saturating_sub(header.data_offset) / header.block_bytes;
    if found < total {
        return Err(AudioError::Truncated {
            name: name(),
            unit: "samples",
            expected: total,
            got: found,
        });
    }
    let mut reader =
        WavReader::new(BufReader::new(source.open()?)).map_err(|e| refusal(source, e))?;
    let spec = reader.spec();
    let channels = usize::from(header.channels);
    let rate = header.sample_rate_hz;
    let mut collector = Collector::new(excerpt.window(rate, total), channels);
    let mut at = collector.window().start.min(total);
    let end = collector.window().end.min(total);
    let seekable = u32::try_from(at).map_err(|_| AudioError::Unsupported {
        name: name(),
        what: format!("an excerpt {at} samples into a file"),
    })?;
    reader.seek(seekable).map_err(|e| source.unreadable(e))?;
    let mut block = vec![Vec::with_capacity(BLOCK_SAMPLES); channels];
    while at < end {
        let count = ((end - at) as usize).min(BLOCK_SAMPLES);
        block.iter_mut().for_each(Vec::clear);
        match spec.sample_format {
            SampleFormat::Float => {
                let mut samples = reader.samples::<f32>();
                read_block(&mut block, count, || samples.next())
            }
            SampleFormat::Int => {
                let scale = 1.0 / (1u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f64;
                let mut samples = reader.samples::<i32>();
                read_block(&mut block, count, || {
                    samples
                        .next()
                        .map(|s| s.map(|x| (f64::from(x) * scale) as f32))
                })
            }
        }
        .map_err(|e| refusal(source, e))?;
        collector
            .push(at, &block)
            .map_err(|(sample, channel, value)| AudioError::NotFinite {
                name: name(),
                at_s: sample as f64 / f64::from(rate),
                channel,
                value,
            })?;
        at += count as u64;
    }
    let start = collector.window().start;
    Ok(Collected {
        channels: collector.into_channels(),
        sample_rate_hz: rate,
        start,
        total,
        notes: Vec::new(),
    })
}

/// Takes `count` samples of every channel from an interleaved stream.
fn read_block(
    block: &mut [Vec<f32>],
    count: usize,
    mut next: impl FnMut() -> Option<hound::Result<f32>>,
) -> hound::Result<()> {
    for _ in 0..count {
        for channel in block.iter_mut() {
            channel.push(next().unwrap_or(Err(hound::Error::FormatError("samples end early")))?);
        }
    }
    Ok(())
}

fn refusal(source: &Source, error: hound::Error) -> AudioError {
    let name = source.name().to_owned();
    match error {
        hound::Error::IoError(e) => source.unreadable(e),
        hound::Error::FormatError(reason) => AudioError::Damaged {
            name,
            at_s: 0.0,
            reason: reason.into(),
        },
        hound::Error::Unsupported => AudioError::Unsupported {
            name,
            what: "this WAV sample format (8, 16, 24 and 32-bit integers and 32-bit floats are)"
                .into(),
        },
        other => AudioError::Damaged {
            name,
            at_s: 0.0,
            reason: other.to_string(),
        },
    }
}

/// Walks the chunks up to the samples.
///
/// # Source
/// Microsoft's and IBM's RIFF WAVE; done before hound so that each wrong field gets its own error.
fn read_header(source: &Source) -> Result<Header, AudioError> {
    let name = || source.name().to_owned();
    let lie = |what, expected: String, got: String| AudioError::Header {
        name: name(),
        what,
        expected,
        got,
    };
    let mut format: Option<(u16, u32, u16, u16)> = None;
    let mut offset = 12u64;
    loop {
        let chunk = source.read_at(offset, 8)?;
        let Some((id, size)) = chunk.split_first_chunk::<4>() else {
            unreachable!("splitting a slice of known length")
        };
        let Ok(size) = <[u8; 4]>::try_from(size) else {
            let expected = if format.is_some() {
                "a data chunk"
            } else {
                "a fmt chunk"
            };
            return Err(AudioError::Empty {
                name: name(),
                what: format!("expected {expected}, the file ends first"),
            });
        };
        let size = u64::from(u32::from_le_bytes(size));
        let body = offset + 8;
        match id {
            b"fmt " => {
                let fields = source.read_at(body, 16)?;
                if size < 16 || fields.len() < 16 {
                    return Err(lie(
                        "length of the fmt chunk",
                        "at least 16 bytes".into(),
                        format!("{size} bytes"),
                    ));
                }
                let u16_at = |i: usize| u16::from_le_bytes([fields[i], fields[i + 1]]);
                let rate = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
                format = Some((u16_at(2), rate, u16_at(12), u16_at(14)));
            }
            b"data" => {
                let Some((channels, rate, block, bits)) = format else {
                    return Err(lie(
                        "order of chunks",
                        "fmt before data".into(),
                        "data first".into(),
                    ));
                };
                if !SAMPLE_RATES_HZ.contains(&rate) {
                    let expected = format!(
                        "{} to {} Hz",
                        SAMPLE_RATES_HZ.start(),
                        SAMPLE_RATES_HZ.end()
                    );
                    return Err(lie("sample rate", expected, format!("{rate} Hz")));
                }
                if !CHANNELS.contains(&u32::from(channels)) {
                    let expected = format!("{} to {}", CHANNELS.start(), CHANNELS.end());
                    return Err(lie("channels", expected, channels.to_string()));
                }
                let needed = u64::from(channels) * u64::from(bits.div_ceil(8));
                // 24-bit samples may lie in 4 bytes.
                if bits == 0
                    || bits > 64
                    || u64::from(block) < needed
                    || !block.is_multiple_of(channels)
                {
                    let got = format!("{block} bytes for {channels} channels of {bits} bits");
                    return Err(lie(
                        "bytes per sample",
                        "a multiple of the channels that fits".into(),
                        got,
                    ));
                }
                if !size.is_multiple_of(u64::from(block)) {
                    let expected = format!("a multiple of {block} bytes");
                    // A size field of all ones is what a program leaves that could not go back to fill it in.
                    if body + size > source.len() {
                        let got = source.len().saturating_sub(body);
                        return Err(AudioError::Truncated {
                            name: name(),
                            unit: "bytes",
                            expected: size,
                            got,
                        });
                    }
                    return Err(lie("length of the data", expected, format!("{size} bytes")));
                }
                return Ok(Header {
                    channels,
                    sample_rate_hz: rate,
                    block_bytes: u64::from(block),
                    data_bytes: size,
                    data_offset: body,
                });
            }
            _ => {}
        }
        // Chunks start at even offsets.
        offset = body + size + (size & 1);
    }
}
