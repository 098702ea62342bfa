use crate::signals::golden;
use musiclime_audio::AudioError;
use musiclime_audio::decode::{Excerpt, decode_bytes, decode_file};
use std::path::Path;

/// The error of a file in memory; it must name the file and say what to do.
fn refused(bytes: Vec<u8>, excerpt: Excerpt) -> AudioError {
    let error = decode_bytes("the_file", bytes, excerpt).expect_err("must be refused");
    assert!(error.to_string().contains("the_file"), "{error}");
    assert!(error.hint().is_some_and(|h| !h.is_empty()), "{error}");
    println!("{error}");
    error
}

/// A mono 16-bit WAV file of 1,000 samples with some header fields overwritten.
fn wav(patches: &[(usize, &[u8])]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut cursor = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut cursor, spec).unwrap();
    for n in 0..1000i16 {
        writer.write_sample(n).unwrap();
    }
    writer.finalize().unwrap();
    let mut bytes = cursor.into_inner();
    for (at, patch) in patches {
        bytes[*at..at + patch.len()].copy_from_slice(patch);
    }
    bytes
}

fn float_wav(samples: &[f32]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 1000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut cursor = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut cursor, spec).unwrap();
    for &x in samples {
        writer.write_sample(x).unwrap();
    }
    writer.finalize().unwrap();
    cursor.into_inner()
}

#[test]
fn missing_directory_and_empty() {
    let folder = tempfile::tempdir().unwrap();
    let error = decode_file(&folder.path().join("none.wav"), Excerpt::All).unwrap_err();
    assert!(
        matches!(&error, AudioError::Missing { name } if name.ends_with("none.wav")),
        "{error}"
    );
    let error = decode_file(folder.path(), Excerpt::All).unwrap_err();
    assert!(matches!(error, AudioError::Directory { .. }), "{error}");
    let error = decode_file(Path::new("/dev/null"), Excerpt::All).unwrap_err();
    assert!(matches!(error, AudioError::Empty { .. }), "{error}");
    assert!(matches!(
        refused(Vec::new(), Excerpt::All),
        AudioError::Empty { .. }
    ));
    // A correct header and no sample.
    let mut empty = wav(&[(40, &0u32.to_le_bytes())]);
    empty.truncate(44);
    assert!(matches!(
        refused(empty, Excerpt::All),
        AudioError::Empty { .. }
    ));
}

#[test]
fn not_audio() {
    for (bytes, word) in [
        (
            b"la la la, this is a lyrics file\nand not a song\n".to_vec(),
            "text",
        ),
        (b"x".to_vec(), "text"),
        (b"\x89PNG\r\n\x1a\n0000000000000".to_vec(), "PNG"),
        (b"RIFF\x10\0\0\0AVI LIST".to_vec(), "RIFF"),
        (b"RIFF".to_vec(), "RIFF"),
        (vec![0; 100_000], "zeros"),
        (
            (0..100_000u32)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect(),
            "no known",
        ),
    ] {
        let error = refused(bytes, Excerpt::All);
        assert!(
            matches!(&error, AudioError::NotAudio { found, .. } if found.contains(word)),
            "{error}"
        );
    }
}

#[test]
fn other_audio_formats_are_named() {
    for (bytes, word) in [
        (b"FORM\0\0\0\0AIFF0000".to_vec(), "AIFF"),
        (b"RF64\0\0\0\0WAVE0000".to_vec(), "64-bit WAV"),
        (b"\x1a\x45\xdf\xa300000000000000".to_vec(), "WebM"),
    ] {
        let error = refused(bytes, Excerpt::All);
        assert!(
            matches!(&error, AudioError::Unsupported { what, .. } if what.contains(word)),
            "{error}"
        );
    }
}

#[test]
fn a_cut_wav_says_how_much_is_missing() {
    for kept in [44, 45, 1044, 2042] {
        let mut bytes = wav(&[]);
        bytes.truncate(kept);
        let error = refused(bytes, Excerpt::All);
        let text = error.to_string();
        let expected = format!(
            "truncated: header promises 1000 samples, found {}",
            (kept - 44) / 2
        );
        assert!(text.contains(&expected), "{text}");
    }
    // Also where the excerpt itself is there.
    let mut bytes = wav(&[]);
    bytes.truncate(2000);
    let error = refused(
        bytes,
        Excerpt::From {
            start_s: 0.0,
            duration_s: Some(0.01),
        },
    );
    assert!(
        matches!(
            error,
            AudioError::Truncated {
                expected: 1000,
                got: 978,
                ..
            }
        ),
        "{error}"
    );
    // What a program leaves that wrote to a pipe.
    assert!(matches!(
        refused(wav(&[(40, &[0xff; 4])]), Excerpt::All),
        AudioError::Truncated { .. }
    ));
    let mut header_only = wav(&[]);
    header_only.truncate(20);
    assert!(matches!(
        refused(header_only, Excerpt::All),
        AudioError::Header { .. } | AudioError::Empty { .. }
    ));
}

#[test]
fn lying_wav_headers() {
    for (patch, word) in [
        ((24usize, &0u32.to_le_bytes()[..]), "0 Hz"),
        ((24, &7u32.to_le_bytes()), "7 Hz"),
        ((24, &4_000_000_000u32.to_le_bytes()), "4000000000 Hz"),
        ((22, &0u16.to_le_bytes()), "channels"),
        ((22, &60_000u16.to_le_bytes()), "60000"),
        ((34, &0u16.to_le_bytes()), "0 bits"),
        ((32, &0u16.to_le_bytes()), "0 bytes"),
        ((16, &4u32.to_le_bytes()), "fmt"),
        ((40, &1999u32.to_le_bytes()), "1999 bytes"),
    ] {
        let error = refused(wav(&[patch]), Excerpt::All);
        assert!(matches!(error, AudioError::Header { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn samples_that_are_not_finite() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut samples = vec![0.1; 4000];
        samples[2 * 1500 + 1] = bad;
        let error = refused(float_wav(&samples), Excerpt::All);
        assert!(
            error.to_string().contains("1.500 s of channel 1"),
            "{error}"
        );
        let good = Excerpt::From {
            start_s: 0.0,
            duration_s: Some(1.0),
        };
        assert!(decode_bytes("a.wav", float_wav(&samples), good).is_ok());
    }
}

#[test]
fn excerpts_that_cannot_be() {
    for name in ["tone.mp3", "tone.ogg", "tone.flac", "tone_aac.m4a"] {
        let late = Excerpt::From {
            start_s: 0.7,
            duration_s: Some(1.0),
        };
        let error = decode_file(&golden(name), late).unwrap_err();
        assert!(
            matches!(error, AudioError::ExcerptPastEnd { start_s: 0.7, .. }),
            "{name}: {error}"
        );
        assert!(error.hint().unwrap().contains(" s"), "{error}");
    }
    let past = Excerpt::From {
        start_s: 0.0625,
        duration_s: None,
    };
    assert!(matches!(
        refused(wav(&[]), past),
        AudioError::ExcerptPastEnd { .. }
    ));
    for excerpt in [
        Excerpt::From {
            start_s: -1.0,
            duration_s: None,
        },
        Excerpt::From {
            start_s: f64::NAN,
            duration_s: None,
        },
        Excerpt::From {
            start_s: 0.0,
            duration_s: Some(0.0),
        },
        Excerpt::Centre { duration_s: -2.0 },
        Excerpt::Centre {
            duration_s: f64::INFINITY,
        },
    ] {
        let error = decode_bytes("a.wav", wav(&[]), excerpt).unwrap_err();
        assert!(matches!(error, AudioError::Excerpt { .. }), "{error}");
    }
}

#[test]
fn cut_compressed_files_are_refused() {
    for name in [
        "tone.mp3",
        "tone.ogg",
        "tone.flac",
        "tone_aac.m4a",
        "tone_alac.m4a",
    ] {
        let whole = std::fs::read(golden(name)).unwrap();
        for percent in [5, 30, 60] {
            let mut bytes = whole.clone();
            bytes.truncate(whole.len() * percent / 100);
            let error = refused(bytes, Excerpt::All);
            let fits = matches!(
                error,
                AudioError::Truncated { .. }
                    | AudioError::Damaged { .. }
                    | AudioError::NotAudio { .. }
                    | AudioError::Empty { .. }
            );
            assert!(fits, "{name} at {percent} %: {error}");
        }
    }
}

#[test]
fn a_cut_file_is_refused_though_the_excerpt_is_there() {
    for name in ["tone.mp3", "tone.ogg", "tone.flac"] {
        let mut bytes = std::fs::read(golden(name)).unwrap();
        bytes.truncate(bytes.len() * 6 / 10);
        refused(
            bytes,
            Excerpt::From {
                start_s: 0.0,
                duration_s: Some(0.01),
            },
        );
    }
}

#[test]
fn scrambled_files_never_panic() {
    for name in [
        "tone.mp3",
        "tone.ogg",
        "tone.flac",
        "tone_aac.m4a",
        "tone_alac.m4a",
    ] {
        let whole = std::fs::read(golden(name)).unwrap();
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize
        };
        for _ in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..4 {
                let at = random() % bytes.len();
                bytes[at] = random() as u8;
            }
            if let Ok(file) = decode_bytes("scrambled", bytes, Excerpt::All) {
                assert!(
                    file.waveform
                        .channels()
                        .iter()
                        .flatten()
                        .all(|x| x.is_finite())
                );
            }
        }
    }
}

#[test]
fn a_hole_in_an_mp3_is_bridged_and_noted_or_refused() {
    let mut bytes = std::fs::read(golden("tone.mp3")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0x55);
    match decode_bytes("hole.mp3", bytes, Excerpt::All) {
        Ok(file) => assert!(
            (file.file_duration_s - 0.7).abs() < 0.1,
            "{}",
            file.file_duration_s
        ),
        Err(error) => assert!(
            matches!(
                error,
                AudioError::Damaged { .. } | AudioError::Truncated { .. }
            ),
            "{error}"
        ),
    }
}
