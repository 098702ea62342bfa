//! Cutting time and frequency: click tracks, bands, regions, and what fills in.

use musiclime_audio::bands::{mel_bands, split_bands};
use musiclime_audio::beats::track_beats;
use musiclime_audio::fillers::{at_level, looped, mean_spectrum, white_noise};
use musiclime_audio::onsets::onset_envelope;
use musiclime_audio::segmentation::{every, on_beats, on_onsets};
use musiclime_audio::superpixels::{Method, RegionFiller, find_regions};
use musiclime_core::Waveform;

const RATE: u32 = 16_000;

/// Decaying noise bursts at some times, over a quiet hum.
fn clicks(times_s: &[f64], seconds: f64) -> Vec<f32> {
    let len = (seconds * f64::from(RATE)) as usize;
    let noise = white_noise(3, len);
    let mut samples: Vec<f32> = (0..len).map(|t| 0.01 * (t as f32 * 0.05).sin()).collect();
    for time in times_s {
        let at = (time * f64::from(RATE)) as usize;
        for n in 0..(RATE as usize / 20).min(len.saturating_sub(at)) {
            samples[at + n] += 0.3 * noise[at + n] * (-(n as f32) / 200.0).exp();
        }
    }
    samples
}

fn regular(bpm: f64, first_s: f64, seconds: f64) -> Vec<f64> {
    (0..)
        .map(|i| first_s + f64::from(i) * 60.0 / bpm)
        .take_while(|t| *t < seconds - 0.1)
        .collect()
}

/// A tune and noise: something with shapes in time and frequency.
fn tune(seconds: f64) -> Vec<f32> {
    let len = (seconds * f64::from(RATE)) as usize;
    let noise = white_noise(1, len);
    (0..len)
        .map(|t| {
            let s = t as f32 / RATE as f32;
            let pitch = 220.0 * (1.0 + (s * 2.0).floor() % 4.0);
            let burst = if (s * 3.0).fract() < 0.2 { 0.2 } else { 0.002 };
            0.3 * (s * pitch * std::f32::consts::TAU).sin() + burst * noise[t]
        })
        .collect()
}

#[test]
fn tempo_and_beats_of_click_tracks() {
    for bpm in [72.0, 90.0, 120.0, 133.0, 150.0] {
        let times = regular(bpm, 0.31, 12.0);
        let envelope = onset_envelope(&clicks(&times, 12.0), RATE).expect("an envelope");
        let beats = track_beats(&envelope).expect("beats");
        assert!(
            (beats.tempo_bpm / bpm - 1.0).abs() < 0.02,
            "{bpm}: {}",
            beats.tempo_bpm
        );
        assert!(beats.times_s.len() + 2 >= times.len(), "{bpm}: {beats:?}");
        for beat in &beats.times_s {
            let nearest = times
                .iter()
                .map(|t| (t - beat).abs())
                .fold(f64::INFINITY, f64::min);
            assert!(nearest < 0.03, "{bpm}: a beat at {beat} is {nearest} s off");
        }
    }
    let silence = onset_envelope(&vec![0.0; 48_000], RATE).expect("an envelope");
    assert_eq!(track_beats(&silence), None);
}

#[test]
fn onsets_are_where_notes_begin() {
    let times = [0.5, 0.9, 1.7, 2.05, 3.3];
    let peaks = onset_envelope(&clicks(&times, 4.0), RATE)
        .expect("an envelope")
        .peaks();
    assert_eq!(peaks.len(), times.len(), "{peaks:?}");
    for (peak, time) in peaks.iter().zip(times) {
        assert!((peak.time_s - time).abs() < 0.03, "{peak:?} for {time}");
    }
    let segments = on_onsets(&peaks, 4, 0.5, 64_000, RATE);
    assert_eq!(segments.len(), 4);
    for pair in segments.windows(2) {
        assert_eq!(pair[0].end, pair[1].start);
        assert!(pair[0].len() >= 8_000, "{segments:?}");
    }
}

#[test]
fn segmentations_cover_everything_once() {
    let beats = regular(120.0, 0.2, 10.0);
    for segments in [
        every(1.7, 163_840, RATE),
        every(1000.0, 163_840, RATE),
        on_beats(&beats, 6, 163_840, RATE),
        on_beats(&[], 6, 163_840, RATE),
        on_beats(&[0.01, 10.239], 6, 163_840, RATE),
    ] {
        let mut at = 0;
        for segment in &segments {
            assert_eq!(segment.start, at, "{segments:?}");
            assert!(!segment.is_empty());
            at = segment.end;
        }
        assert_eq!(at, 163_840);
    }
    assert_eq!(every(1.7, 163_840, RATE).len(), 6);
    let joined = on_beats(&beats, 6, 163_840, RATE);
    assert!((5..=6).contains(&joined.len()), "{joined:?}");
    // Every cut is at a beat.
    for segment in &joined[1..] {
        let time = segment.start as f64 / f64::from(RATE);
        assert!(beats.iter().any(|b| (b - time).abs() < 1e-3), "{time}");
    }
}

#[test]
fn bands_sum_to_the_recording_and_hold_their_own() {
    let samples = tune(2.0);
    let song = Waveform::new(
        vec![samples.clone(), samples.iter().map(|x| -0.5 * x).collect()],
        RATE,
    )
    .expect("two channels");
    let bands = mel_bands(5, RATE);
    assert_eq!(bands[0][0], 0.0);
    assert_eq!(bands[4][1], 8000.0);
    let parts = split_bands(&song, &bands).expect("bands");
    for (c, channel) in song.channels().iter().enumerate() {
        for (t, x) in channel.iter().enumerate() {
            let sum: f32 = parts.iter().map(|p| p.channels()[c][t]).sum();
            assert!((sum - x).abs() < 2e-6, "sample {t}");
        }
    }
    let tone: Vec<f32> = (0..32_000).map(|t| (t as f32 * 0.39).sin()).collect();
    // 0.39 radians a sample are 993 Hz.
    let own = bands
        .iter()
        .position(|b| b[0] <= 993.0 && 993.0 < b[1])
        .expect("a band");
    let parts = split_bands(&Waveform::mono(tone, RATE).expect("a tone"), &bands).expect("bands");
    for (band, part) in parts.iter().enumerate() {
        let middle = part.slice(4_000, 28_000).rms();
        assert_eq!(middle > 0.5, band == own, "band {band}: {middle}");
    }
}

#[test]
fn regions_are_connected_cover_everything_and_are_as_many_as_asked() {
    let samples = tune(4.0);
    for (method, wanted) in [
        (Method::Slic, 40),
        (Method::Felzenszwalb, 40),
        (Method::Slic, 1),
        (Method::Felzenszwalb, 1),
        (Method::Felzenszwalb, 200),
    ] {
        let map = find_regions(&samples, RATE, wanted, method).expect("regions");
        assert_eq!(map.labels.len(), map.columns * map.rows);
        assert!(
            map.regions <= wanted && map.regions * 2 >= wanted,
            "{method:?}: {} regions for {wanted}",
            map.regions
        );
        let again = find_regions(&samples, RATE, wanted, method).expect("regions");
        assert_eq!(map, again);
        assert_eq!(
            connected_parts(&map.labels, map.columns, map.rows),
            map.regions
        );
        let cells: usize = map.bounds().iter().map(|b| b.cells).sum();
        assert_eq!(cells, map.labels.len());
        assert!(map.bounds().iter().all(|b| b.cells > 0));
    }
    assert!(find_regions(&samples, RATE, 0, Method::Slic).is_err());
    // Silence has no shapes, but is covered all the same.
    let silent = find_regions(&vec![0.0; 32_000], RATE, 10, Method::Felzenszwalb).expect("regions");
    assert!((1..=10).contains(&silent.regions));
}

/// How many connected parts the labels have, neighbours by edges.
fn connected_parts(labels: &[u32], columns: usize, rows: usize) -> usize {
    let mut seen = vec![false; labels.len()];
    let mut parts = 0;
    for start in 0..labels.len() {
        if seen[start] {
            continue;
        }
        parts += 1;
        let mut stack = vec![start];
        seen[start] = true;
        while let Some(cell) = stack.pop() {
            let (column, row) = (cell / rows, cell % rows);
            let mut visit = |near: usize| {
                if !seen[near] && labels[near] == labels[cell] {
                    seen[near] = true;
                    stack.push(near);
                }
            };
            if row > 0 {
                visit(cell - 1);
            }
            if row + 1 < rows {
                visit(cell + 1);
            }
            if column > 0 {
                visit(cell - rows);
            }
            if column + 1 < columns {
                visit(cell + rows);
            }
        }
    }
    parts
}

#[test]
fn all_regions_off_leave_the_filler() {
    let samples = tune(3.0);
    let other = white_noise(8, samples.len());
    let map = find_regions(&samples, RATE, 30, Method::Slic).expect("regions");
    let off = |filler| {
        let mut left = samples.clone();
        for region in map.changes(&samples, RATE, filler).expect("changes") {
            region.add_to(&mut left);
        }
        left
    };
    let worst = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f32::max)
    };
    let silent = off(RegionFiller::Silence);
    assert!(worst(&silent, &vec![0.0; samples.len()]) < 1e-5);
    assert!(worst(&off(RegionFiller::Samples(&other)), &other) < 2e-5);
    let rms = |x: &[f32]| (x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32).sqrt();
    let ratio = rms(&off(RegionFiller::Noise(4))) / rms(&samples);
    assert!((0.7..1.3).contains(&ratio), "noise at {ratio} of the level");
    // What is kept and what is left out sum to the song, at another rate and with two channels too.
    let song = Waveform::new(vec![samples.clone(), other], RATE).expect("channels");
    let keep: Vec<bool> = (0..map.regions).map(|r| r % 3 == 0).collect();
    let rest: Vec<bool> = keep.iter().map(|k| !k).collect();
    let (a, b) = (
        map.kept(&song, &keep).expect("a mix"),
        map.kept(&song, &rest).expect("a mix"),
    );
    for c in 0..2 {
        let sum: Vec<f32> = a.channels()[c]
            .iter()
            .zip(&b.channels()[c])
            .map(|(x, y)| x + y)
            .collect();
        assert!(worst(&sum, &song.channels()[c]) < 2e-5);
    }
}

#[test]
fn fillers_have_the_level_the_spectrum_and_the_length() {
    let samples = tune(3.0);
    let noise = at_level(
        white_noise(1, samples.len()),
        &samples,
        &[0..10_000, 12_000..40_000],
    );
    let rms =
        |x: &[f32]| (x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / x.len() as f64).sqrt();
    for range in [0..10_000, 12_000..40_000] {
        let ratio = rms(&noise[range.clone()]) / rms(&samples[range]);
        assert!((ratio - 1.0).abs() < 1e-4, "{ratio}");
    }
    assert!(
        noise[10_000..12_000]
            .iter()
            .chain(&noise[40_000..])
            .all(|x| *x == 0.0)
    );
    let mean = white_noise(5, 100_000)
        .iter()
        .map(|x| f64::from(*x))
        .sum::<f64>()
        / 1e5;
    assert!(mean.abs() < 0.02 && (rms(&white_noise(5, 100_000)) - 1.0).abs() < 0.01);
    assert_eq!(white_noise(5, 7), white_noise(5, 9)[..7]);

    let steady = mean_spectrum(&samples, RATE, 2).expect("a sound");
    let level = rms(&steady) / rms(&samples);
    assert!((0.8..1.25).contains(&level), "{level}");
    // The energy of each band is that of the song.
    let bands = mel_bands(6, RATE);
    let of = |x: &[f32]| {
        split_bands(&Waveform::mono(x.to_vec(), RATE).expect("samples"), &bands).expect("bands")
    };
    for (a, b) in of(&steady).iter().zip(of(&samples)) {
        let ratio = a.rms() / b.rms();
        assert!((0.6..1.6).contains(&ratio), "{ratio}");
    }
    let short = Waveform::mono(vec![1.0, 2.0, 3.0], RATE).expect("samples");
    assert_eq!(
        looped(&short, 7).expect("samples").channels()[0],
        [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1.0]
    );
    assert!(looped(&Waveform::mono(vec![], RATE).expect("none"), 7).is_err());
}
