use super::source::Source;
use crate::AudioError;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Wav,
    Flac,
    Ogg,
    Mp4,
    /// A bare stream of MPEG audio frames, or of ADTS frames.
    Mpeg {
        /// Whether the first frame is a tag that states the number of frames.
        counts_frames: bool,
    },
}

/// How far behind tags and junk the first MPEG frame may lie.
const MPEG_SEARCH_BYTES: usize = 64 * 1024;

impl Container {
    pub fn detect(source: &Source) -> Result<Self, AudioError> {
        let head = source.read_at(0, 64)?;
        let not_audio = |found: &str| {
            Err(AudioError::NotAudio {
                name: source.name().into(),
                found: found.into(),
            })
        };
        let unsupported = |what: &str| {
            Err(AudioError::Unsupported {
                name: source.name().into(),
                what: what.into(),
            })
        };
        let at =
            |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(magic));
        if at(0, b"RIFF") {
            return match head.get(8..12) {
                Some(b"WAVE") => Ok(Self::Wav),
                None => not_audio("the first bytes of a RIFF file, and no more"),
                Some(_) => not_audio("a RIFF file that is no WAV"),
            };
        }
        if at(0, b"fLaC") {
            return Ok(Self::Flac);
        }
        if at(0, b"OggS") {
            return match at(28, b"OpusHead") {
                true => unsupported("Opus audio"),
                false => Ok(Self::Ogg),
            };
        }
        if at(4, b"ftyp") {
            return Ok(Self::Mp4);
        }
        for (magic, what) in [
            (&b"RF64"[..], "64-bit WAV (RF64)"),
            (b"BW64", "64-bit WAV (BW64)"),
            (b"RIFX", "big-endian WAV (RIFX)"),
            (b"FORM", "AIFF audio"),
            (b"\x30\x26\xb2\x75", "Windows Media audio"),
            (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
            (b"wvpk", "WavPack audio"),
            (b"MAC ", "Monkey's Audio"),
            (b".snd", "Sun audio"),
            (b"caff", "Core Audio Format"),
        ] {
            if at(0, magic) {
                return unsupported(what);
            }
        }
        for (magic, found) in [
            (&b"\x89PNG"[..], "a PNG picture"),
            (b"\xff\xd8\xff", "a JPEG picture"),
            (b"GIF8", "a GIF picture"),
            (b"%PDF", "a PDF document"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"\x1f\x8b", "a gzip archive"),
            (b"\x7fELF", "a program"),
            (b"MThd", "a MIDI file (notes, no sound)"),
        ] {
            if at(0, magic) {
                return not_audio(found);
            }
        }
        // An ID3v2 tag states its own length in four 7-bit bytes.
        let tag_bytes = match (at(0, b"ID3"), head.get(6..10)) {
            (true, Some(size)) => {
                10 + size
                    .iter()
                    .fold(0u64, |n, &b| (n << 7) | u64::from(b & 0x7f))
            }
            _ => 0,
        };
        let body = source.read_at(tag_bytes, MPEG_SEARCH_BYTES)?;
        if body.starts_with(b"fLaC") {
            return Ok(Self::Flac);
        }
        match first_mpeg_frame(&body) {
            Some(frame) => {
                let frame = &body[frame..body.len().min(frame + 256)];
                let counts_frames = [&b"Xing"[..], b"Info", b"VBRI"]
                    .iter()
                    .any(|tag| frame.windows(4).any(|w| w == *tag));
                Ok(Self::Mpeg { counts_frames })
            }
            None if std::str::from_utf8(&head[..head.len().min(60)])
                .is_ok_and(|t| !t.contains('\0')) =>
            {
                not_audio("text")
            }
            None if body.iter().all(|&b| b == 0) => not_audio("zeros only"),
            None => not_audio("bytes of no known audio format"),
        }
    }
}

/// Where the first of two successive MPEG audio (or ADTS) frames starts.
fn first_mpeg_frame(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len().saturating_sub(7)).find(|&i| {
        let Some(size) = mpeg_frame_bytes(&bytes[i..]).or_else(|| adts_frame_bytes(&bytes[i..]))
        else {
            return false;
        };
        // The last frame of a very short file has no successor.
        match bytes.get(i + size..i + size + 2) {
            Some(next) => next[0] == 0xff && next[1] == bytes[i + 1],
            None => i + size == bytes.len() || i == 0,
        }
    })
}

/// The size of the MPEG-1, 2 or 2.5 layer III frame whose header starts here.
///
/// # Source
/// ISO 11172-3 section 2.4.2.3 and ISO 13818-3 for the lower rates.
fn mpeg_frame_bytes(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..4)?;
    if header[0] != 0xff || header[1] & 0xe6 != 0xe2 {
        return None;
    }
    let version = (header[1] >> 3) & 3;
    let (bit_rate_index, rate_index) = (
        usize::from(header[2] >> 4),
        usize::from((header[2] >> 2) & 3),
    );
    const KBPS_MPEG1: [usize; 15] = [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ];
    const KBPS_MPEG2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let (kbps, rate_hz, samples) = match version {
        3 => (
            KBPS_MPEG1.get(bit_rate_index)?,
            [44_100, 48_000, 32_000].get(rate_index)?,
            1152,
        ),
        2 => (
            KBPS_MPEG2.get(bit_rate_index)?,
            [22_050, 24_000, 16_000].get(rate_index)?,
            576,
        ),
        0 => (
            KBPS_MPEG2.get(bit_rate_index)?,
            [11_025, 12_000, 8_000].get(rate_index)?,
            576,
        ),
        _ => return None,
    };
    let padding = usize::from((header[2] >> 1) & 1);
    (*kbps > 0).then(|| samples / 8 * kbps * 1000 / rate_hz + padding)
}

/// The size of the ADTS (bare AAC) frame whose header starts here.
fn adts_frame_bytes(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..7)?;
    if header[0] != 0xff || header[1] & 0xf6 != 0xf0 {
        return None;
    }
    let size = (usize::from(header[3] & 3) << 11)
        | (usize::from(header[4]) << 3)
        | usize::from(header[5] >> 5);
    (size > 7).then_some(size)
}
