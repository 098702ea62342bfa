use crate::signals::{golden, tone};
use musiclime_audio::decode::{Decoded, Excerpt, decode_bytes, decode_file};
use std::f64::consts::TAU;

fn decoded(name: &str, excerpt: Excerpt) -> Decoded {
    decode_file(&golden(name), excerpt).unwrap_or_else(|e| panic!("{e}"))
}

/// Amplitude and phase (in samples of delay against a sine that starts at sample 0) of one frequency.
fn level_and_delay(samples: &[f32], hz: f64, rate_hz: f64) -> (f64, f64) {
    let (mut s, mut c) = (0.0, 0.0);
    for (n, &x) in samples.iter().enumerate() {
        let angle = TAU * hz * n as f64 / rate_hz;
        s += f64::from(x) * angle.sin();
        c += f64::from(x) * angle.cos();
    }
    let scale = 2.0 / samples.len() as f64;
    (scale * s.hypot(c), -(c.atan2(s)) / TAU / hz * rate_hz)
}

/// A lossy file must have the source's length, level, frequency and place in time.
fn assert_lossy(name: &str, encoder_gain: f64) {
    let file = decoded(name, Excerpt::All);
    assert_eq!((file.sample_rate_hz, file.channels), (22_050, 2));
    assert_eq!(
        file.waveform.len(),
        15_435,
        "{name}: encoder delay and padding are trimmed"
    );
    assert!((file.file_duration_s - 0.7).abs() < 1e-9);
    assert!(file.notes.is_empty(), "{:?}", file.notes);
    for (channel, level, hz) in [(0, 0.5, 1000.0), (1, 0.25, 1500.0)] {
        // 0.3 s to 0.6 s: 300 and 450 whole periods, starting at phase 0.
        let (got, delay) = level_and_delay(
            &file.waveform.channels()[channel][6615..13_230],
            hz,
            22_050.0,
        );
        let level = level * encoder_gain;
        println!("{name} channel {channel}: level {got:.4}, delay {delay:.3} samples");
        assert!(
            (got / level - 1.0).abs() < 0.02,
            "{name}: level {got}, expected {level}"
        );
        assert!(delay.abs() < 0.1, "{name}: {delay} samples late");
    }
    // The pause from 0.2 s to 0.25 s tells a shift by whole periods; codecs smear it by a few milliseconds.
    let rms = |range: std::ops::Range<usize>| {
        let x = &file.waveform.channels()[0][range];
        (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt()
    };
    assert!(rms(4630..5290) < 0.05, "{name}: {}", rms(4630..5290));
    assert!(rms(4000..4390) > 0.3 && rms(5560..6000) > 0.3, "{name}");
}

#[test]
fn mp3_has_the_level_length_and_alignment_of_its_source() {
    // LAME scales its input by 0.95; ffmpeg decodes the same levels, 0.47737 and 0.23704.
    assert_lossy("tone.mp3", 0.95);
}

#[test]
fn ogg_vorbis_has_the_level_length_and_alignment_of_its_source() {
    assert_lossy("tone.ogg", 1.0);
}

#[test]
fn m4a_aac_has_the_level_length_and_alignment_of_its_source() {
    assert_lossy("tone_aac.m4a", 1.0);
}

#[test]
fn flac_and_alac_are_exact() {
    let source = tone(2205);
    for name in ["tone.flac", "tone_alac.m4a"] {
        let file = decoded(name, Excerpt::All);
        assert_eq!(
            (file.sample_rate_hz, file.channels, file.waveform.len()),
            (22_050, 2, 2205),
            "{name}"
        );
        for (channel, expected) in file.waveform.channels().iter().zip(&source) {
            for (n, (x, level)) in channel.iter().zip(expected).enumerate() {
                assert_eq!(*x, f32::from(*level) / 32_768.0, "{name}, sample {n}");
            }
        }
    }
}

#[test]
fn content_counts_not_the_extension() {
    let bytes = std::fs::read(golden("tone.mp3")).unwrap();
    let renamed = decode_bytes("song.wav", bytes, Excerpt::All).unwrap();
    assert_eq!(renamed, decoded("tone.mp3", Excerpt::All));
}

#[test]
fn an_excerpt_is_a_slice_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("tone.wav");
    write_pcm(&wav, 22_050, &tone(15_435));
    let files = [
        "tone.mp3",
        "tone.ogg",
        "tone_aac.m4a",
        "tone.flac",
        "tone_alac.m4a",
    ]
    .map(golden);
    for path in files.into_iter().chain([wav]) {
        let whole = decode_file(&path, Excerpt::All).unwrap();
        let name = path.display();
        let len = whole.waveform.len();
        for (start, wanted) in [(0usize, 100usize), (999, 1), (1200, 700), (2000, 50_000)] {
            let excerpt = Excerpt::From {
                start_s: start as f64 / 22_050.0,
                duration_s: Some(wanted as f64 / 22_050.0),
            };
            let part = decode_file(&path, excerpt).unwrap();
            assert_eq!(
                part.waveform,
                whole.waveform.slice(start, start + wanted),
                "{name} from {start}"
            );
            assert_eq!(part.file_duration_s, whole.file_duration_s, "{name}");
            assert!((part.start_s - start as f64 / 22_050.0).abs() < 1e-9);
        }
        let tail = decode_file(
            &path,
            Excerpt::From {
                start_s: 0.05,
                duration_s: None,
            },
        )
        .unwrap();
        assert_eq!(tail.waveform, whole.waveform.slice(1103, len), "{name}");
        let centre = decode_file(
            &path,
            Excerpt::Centre {
                duration_s: 1000.0 / 22_050.0,
            },
        )
        .unwrap();
        let start = (len - 1000) / 2;
        assert_eq!(
            centre.waveform,
            whole.waveform.slice(start, start + 1000),
            "{name}"
        );
        let all = decode_file(&path, Excerpt::Centre { duration_s: 60.0 }).unwrap();
        assert_eq!(all.waveform, whole.waveform, "{name}");
    }
}

#[test]
fn an_excerpt_deep_in_an_mp3_is_exact_although_what_precedes_it_is_not_decoded() {
    // The frames of the golden file, repeated: 100 times 29 frames of 576 samples, without a tag that counts them.
    let file = std::fs::read(golden("tone.mp3")).unwrap();
    let tag = file
        .windows(4)
        .position(|w| w == b"Info" || w == b"Xing")
        .unwrap();
    let first = (tag + 4..file.len())
        .find(|&i| file[i] == 0xff && file[i + 1] & 0xe6 == 0xe2)
        .unwrap();
    let long: Vec<u8> = (0..100).flat_map(|_| file[first..].to_vec()).collect();
    let whole = decode_bytes("long.mp3", long.clone(), Excerpt::All).unwrap();
    assert!(whole.file_duration_s > 60.0, "{}", whole.file_duration_s);
    for excerpt in [
        Excerpt::From {
            start_s: 40.0,
            duration_s: Some(2.0),
        },
        Excerpt::From {
            start_s: 60.0,
            duration_s: None,
        },
        Excerpt::Centre { duration_s: 3.0 },
    ] {
        let part = decode_bytes("long.mp3", long.clone(), excerpt).unwrap();
        let start = (part.start_s * 22_050.0).round() as usize;
        let expected = whole.waveform.slice(start, start + part.waveform.len());
        assert_eq!(part.waveform, expected, "{excerpt:?}");
        assert_eq!(part.file_duration_s, whole.file_duration_s);
    }
}

#[test]
fn junk_before_an_mp3_is_passed_over() {
    let mut bytes = vec![0u8; 700];
    bytes.extend(std::fs::read(golden("tone.mp3")).unwrap());
    let file = decode_bytes("junk.mp3", bytes, Excerpt::All).unwrap();
    assert!(
        (file.file_duration_s - 0.7).abs() < 0.1,
        "{}",
        file.file_duration_s
    );
}

fn write_pcm<const N: usize>(path: &std::path::Path, rate_hz: u32, channels: &[Vec<i16>; N]) {
    let spec = hound::WavSpec {
        channels: N as u16,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..channels[0].len() {
        for channel in channels {
            writer.write_sample(channel[n]).unwrap();
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn every_wav_sample_format_has_the_same_levels() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, format) in [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        let path = folder.path().join(format!("{bits}.wav"));
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: bits,
            sample_format: format,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        // Eighths are exact in each format.
        for n in -8..8 {
            match format {
                hound::SampleFormat::Float => writer.write_sample(n as f32 / 8.0).unwrap(),
                hound::SampleFormat::Int => writer
                    .write_sample((n as i64 * (1i64 << (bits - 4))) as i32)
                    .unwrap(),
            }
        }
        writer.finalize().unwrap();
        let wave = decode_file(&path, Excerpt::All).unwrap().waveform;
        let expected: Vec<f32> = (-8..8).map(|n| n as f32 / 8.0).collect();
        assert_eq!(wave.channels()[0], expected, "{bits} bits {format:?}");
    }
}

#[test]
fn silence_high_rates_and_many_channels_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eight.wav");
    write_pcm::<8>(&path, 192_000, &std::array::from_fn(|_| vec![0; 500]));
    let file = decode_file(&path, Excerpt::All).unwrap();
    assert_eq!(
        (file.sample_rate_hz, file.channels, file.waveform.len()),
        (192_000, 8, 500)
    );
    for word in ["8 channels", "192000 Hz", "silence"] {
        assert!(
            file.notes.iter().any(|n| n.contains(word)),
            "{word}: {:?}",
            file.notes
        );
    }
}

#[test]
fn two_hours_cost_no_more_memory_than_the_excerpt() {
    // A sparse file: a header that promises two hours, then zeros that take no disk.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    write_pcm(&path, 44_100, &[vec![0i16; 1], vec![0i16; 1]]);
    let data_bytes = 2 * 3600 * 44_100 * 4u32;
    let mut header = std::fs::read(&path).unwrap()[..44].to_vec();
    header[4..8].copy_from_slice(&(data_bytes + 36).to_le_bytes());
    header[40..44].copy_from_slice(&data_bytes.to_le_bytes());
    std::fs::write(&path, &header).unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(44 + u64::from(data_bytes))
        .unwrap();
    let before = peak_memory_bytes();
    let file = decode_file(&path, Excerpt::Centre { duration_s: 10.24 }).unwrap();
    let grown = peak_memory_bytes() - before;
    assert_eq!(file.file_duration_s, 7200.0);
    assert_eq!(file.waveform.len(), 451_584);
    assert!((file.start_s - 3594.88).abs() < 1e-4);
    // The excerpt is 3.6 MB; the file's samples would be 2.5 GB. Other tests run beside this one.
    println!("peak memory grew by {:.1} MB", grown as f64 / 1e6);
    assert!(grown < 200_000_000, "{grown}");
}

/// The process's peak resident memory as Linux counts it; 0 elsewhere.
fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or("0 0");
    line.split_whitespace()
        .nth(1)
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
