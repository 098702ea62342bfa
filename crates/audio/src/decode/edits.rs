use super::source::Source;
use crate::AudioError;

/// How much of an M4A track is meant to be heard: what lies before is the encoder's delay, what lies after its padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    /// Samples to drop at the start, in units of the track's own clock.
    pub skip: u64,
    /// Samples to keep, in the same units; `None` to the end.
    pub keep: Option<u64>,
}

/// A box's payload within the bytes of its parent.
fn child<'a>(parent: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    children(parent)
        .find(|(k, _)| k == kind)
        .map(|(_, body)| body)
}

fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
        let size = if size == 0 { bytes.len() } else { size };
        let body = bytes.get(8..size)?;
        bytes = &bytes[size..];
        Some((kind, body))
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_be_bytes(
        bytes.get(at..at + 4)?.try_into().ok()?,
    )))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The edit list of the first sound track of an M4A file, where it is the simple kind that encoders write: one edit.
///
/// # Source
/// ISO 14496-12 sections 8.6.5 and 8.6.6; the decoder itself does not apply edit lists.
pub(super) fn first_sound_edit(source: &Source) -> Result<Option<Edit>, AudioError> {
    let mut offset = 0u64;
    loop {
        let head = source.read_at(offset, 16)?;
        let (Some(short), Some(kind)) = (u32_at(&head, 0), head.get(4..8)) else {
            return Ok(None);
        };
        let (header, size) = match short {
            0 => (8, source.len() - offset),
            1 => (16, u64_at(&head, 8).unwrap_or(0)),
            n => (8, n),
        };
        if size < header {
            return Ok(None);
        }
        if kind == b"moov" {
            // A song's index takes a few hundred KB; a larger one is not worth the memory.
            let len = (size - header).min(64 << 20) as usize;
            return Ok(moov_edit(&source.read_at(offset + header, len)?));
        }
        offset += size;
        if offset >= source.len() {
            return Ok(None);
        }
    }
}

fn moov_edit(moov: &[u8]) -> Option<Edit> {
    let mvhd = child(moov, b"mvhd")?;
    let movie_scale = u32_at(mvhd, if *mvhd.first()? == 1 { 20 } else { 12 })?;
    let track = children(moov)
        .filter(|(kind, _)| kind == b"trak")
        .map(|(_, body)| body)
        .find(|track| {
            let handler = child(track, b"mdia").and_then(|mdia| child(mdia, b"hdlr"));
            handler.is_some_and(|h| h.get(8..12) == Some(b"soun"))
        })?;
    let mdhd = child(child(track, b"mdia")?, b"mdhd")?;
    let track_scale = u32_at(mdhd, if *mdhd.first()? == 1 { 20 } else { 12 })?;
    let elst = child(child(track, b"edts")?, b"elst")?;
    if u32_at(elst, 4)? != 1 || movie_scale == 0 {
        return None;
    }
    let (duration, media_time) = match *elst.first()? {
        1 => (u64_at(elst, 8)?, u64_at(elst, 16)? as i64),
        _ => (u32_at(elst, 8)?, i64::from(u32_at(elst, 12)? as u32 as i32)),
    };
    let skip = u64::try_from(media_time).ok()?;
    // The duration counts in the movie's clock, rounded; a coarse clock (often 1/1000 s) may round a few samples away.
    let keep = (duration > 0).then(|| {
        let keep = u128::from(duration) * u128::from(track_scale) / u128::from(movie_scale);
        u64::try_from(keep).unwrap_or(u64::MAX)
    });
    Some(Edit { skip, keep })
}
