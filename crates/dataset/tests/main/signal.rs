//! Each planted sound is measurably there, and nothing like it is anywhere else in its stem.

use crate::planted::stretches;
use musiclime_dataset::songbook::{AudioCue, Songbook, SongbookSong, Task};

const RATE: f64 = 16_000.0;

/// The stretch of a cue in its song, if the song has it: stem, first and last sample.
fn stretch_of(song: &SongbookSong, cue: AudioCue) -> Option<(usize, usize)> {
    let task = if song.genre.audio_cue() == Some(cue) {
        Task::Genre
    } else if song.emotion.energy.audio_cue() == cue {
        Task::Emotion
    } else {
        return None;
    };
    stretches(song, task)
        .first()
        .map(|(_, a, b)| ((a * RATE).round() as usize, (b * RATE).round() as usize))
}

/// Measures 20 songs with the cue inside its stretch, and 20 songs without any cue in that stem in 1.7 s from second 4
/// on; gives (smallest inside, largest elsewhere) after cutting off a tenth of each.
fn contrast(cue: AudioCue, measure: impl Fn(&[f32]) -> f64) -> (f64, f64) {
    let book = Songbook::new(71);
    let (mut inside, mut elsewhere) = (Vec::new(), Vec::new());
    for index in 0..150 {
        let (genre, emotion) = book.labels(index);
        let stem_is_plain = genre.audio_cue().is_none_or(|c| c.stem() != cue.stem())
            && emotion.energy.audio_cue().stem() != cue.stem();
        let has_cue = genre.audio_cue() == Some(cue) || emotion.energy.audio_cue() == cue;
        let compares = stem_is_plain && elsewhere.len() < 20;
        if !(compares || has_cue && inside.len() < 20) {
            continue;
        }
        let song = book.song(index);
        let mono = song.stems.waveforms()[cue.stem()].downmix();
        match stretch_of(&song, cue) {
            Some((a, b)) => inside.push(measure(&mono[a..b])),
            None => elsewhere.push(measure(&mono[64_000..64_000 + 27_200])),
        }
    }
    inside.sort_by(f64::total_cmp);
    elsewhere.sort_by(f64::total_cmp);
    assert!(
        inside.len() >= 8 && elsewhere.len() >= 8,
        "{} {}",
        inside.len(),
        elsewhere.len()
    );
    let result = (
        inside[inside.len() / 10],
        elsewhere[elsewhere.len() - 1 - elsewhere.len() / 10],
    );
    println!(
        "{cue:?}: inside at least {:.3}, elsewhere at most {:.3}",
        result.0, result.1
    );
    result
}

/// RMS in windows of `window` samples.
fn envelope(x: &[f32], window: usize) -> Vec<f64> {
    x.chunks_exact(window)
        .map(|w| (w.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / window as f64).sqrt())
        .collect()
}

/// First difference: emphasises the highs.
fn bright(x: &[f32]) -> Vec<f32> {
    x.windows(2).map(|w| w[1] - w[0]).collect()
}

/// Rises of the bright envelope by half of its largest value within 20 ms, a second.
fn onsets_hz(x: &[f32]) -> f64 {
    let e = envelope(&bright(x), 160);
    let largest = e.iter().copied().fold(1e-9, f64::max);
    let mut count = 0;
    let mut last = -10;
    for i in 2..e.len() {
        if e[i] - e[i - 2].min(e[i - 1]) > 0.15 * largest && i as i64 - last > 3 {
            count += 1;
            last = i as i64;
        }
    }
    count as f64 / (x.len() as f64 / RATE)
}

/// The share of the envelope's variance that lies between two modulation rates.
fn modulation(e: &[f64], frame_hz: f64, low_hz: f64, high_hz: f64) -> f64 {
    let mean = e.iter().sum::<f64>() / e.len() as f64;
    let total: f64 = e.iter().map(|v| (v - mean).powi(2)).sum();
    let mut best: f64 = 0.0;
    let mut hz = low_hz;
    while hz <= high_hz {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, v) in e.iter().enumerate() {
            let angle = 2.0 * std::f64::consts::PI * hz * i as f64 / frame_hz;
            re += (v - mean) * angle.cos();
            im += (v - mean) * angle.sin();
        }
        best = best.max(2.0 * (re * re + im * im) / (e.len() as f64 * total.max(1e-12)));
        hz += 0.1;
    }
    best
}

/// The pitch every 20 ms by the first strong peak of the autocorrelation, in semitones; `None` where nothing sounds.
fn pitches(x: &[f32]) -> Vec<Option<f64>> {
    x.chunks_exact(320)
        .zip((0..).step_by(320))
        .filter(|(_, at)| at + 960 <= x.len())
        .map(|(_, at)| {
            let w = &x[at..at + 960];
            let score = |lag: usize| -> f64 {
                w[lag..]
                    .iter()
                    .zip(w)
                    .map(|(a, b)| f64::from(a * b))
                    .sum::<f64>()
                    / (960 - lag) as f64
            };
            let zero = score(0);
            if zero < 1e-6 {
                return None;
            }
            let r: Vec<f64> = (0..200).map(|lag| score(lag) / zero).collect();
            let lag = (13..199).find(|&l| r[l] > 0.75 && r[l] >= r[l - 1] && r[l] >= r[l + 1])?;
            let (a, b, c) = (r[lag - 1], r[lag], r[lag + 1]);
            let peak = lag as f64 + 0.5 * (a - c) / (a - 2.0 * b + c).min(-1e-9);
            Some(12.0 * (RATE / peak / 440.0).log2() + 69.0)
        })
        .collect()
}

#[test]
fn the_banjo_rolls_faster_than_anything_else_in_its_stem() {
    let (inside, elsewhere) = contrast(AudioCue::BanjoRoll, onsets_hz);
    assert!(inside > 9.0 && elsewhere < 8.0);
}

#[test]
fn the_breakbeat_is_denser_than_any_beat() {
    let (inside, elsewhere) = contrast(AudioCue::Breakbeat, onsets_hz);
    assert!(inside > elsewhere && inside > 5.5);
}

#[test]
fn the_wobble_swings_at_four_to_six_hertz_in_the_highs() {
    // How far the brightness (difference over signal) swings at the rate of the oscillator.
    let measure = |x: &[f32]| {
        let (e, h) = (envelope(x, 320), envelope(&bright(x), 320));
        let ratio: Vec<f64> = h.iter().zip(&e).map(|(h, e)| h / (e + 1e-3)).collect();
        let mean = ratio.iter().sum::<f64>() / ratio.len() as f64;
        mean * modulation(&ratio, 50.0, 3.8, 6.2)
    };
    let (inside, elsewhere) = contrast(AudioCue::Wobble, measure);
    assert!(inside > 2.0 * elsewhere);
}

#[test]
fn the_slap_is_brighter_than_any_bass() {
    let measure = |x: &[f32]| {
        let rms = |x: &[f32]| envelope(x, x.len())[0];
        rms(&bright(x)) / rms(x).max(1e-6)
    };
    let (inside, elsewhere) = contrast(AudioCue::SlapOctaves, measure);
    assert!(inside > 2.0 * elsewhere);
}

#[test]
fn the_opera_is_higher_than_the_melody_and_its_vibrato_wider() {
    let measure = |x: &[f32]| {
        let mut heard: Vec<f64> = pitches(x).into_iter().flatten().collect();
        heard.sort_by(f64::total_cmp);
        heard.get(heard.len() / 2).copied().unwrap_or(0.0)
    };
    let (inside, elsewhere) = contrast(AudioCue::OperaticVowel, measure);
    assert!(inside > 74.0 && elsewhere < 72.0);

    let extent = |x: &[f32]| {
        let mut heard: Vec<f64> = pitches(x).into_iter().flatten().collect();
        heard.sort_by(f64::total_cmp);
        let n = heard.len();
        if n < 40 {
            0.0
        } else {
            heard[n * 9 / 10] - heard[n / 10]
        }
    };
    let (inside, _) = contrast(AudioCue::OperaticVowel, extent);
    assert!(inside > 1.4, "the vibrato spans {inside} semitones");
}

#[test]
fn the_hum_is_steady_and_dark() {
    // Seconds of the longest run in which the pitch stays within half a semitone, times darkness.
    let measure = |x: &[f32]| {
        let mut longest = 0;
        let mut run: Vec<f64> = Vec::new();
        for p in pitches(x) {
            match p {
                Some(p) if run.first().is_none_or(|f| (p - f).abs() < 0.5) => run.push(p),
                Some(p) => run = vec![p],
                None => run.clear(),
            }
            longest = longest.max(run.len());
        }
        longest as f64 * 0.02
    };
    let (inside, elsewhere) = contrast(AudioCue::Hum, measure);
    assert!(inside > 1.4 && elsewhere < 1.1);
}

#[test]
fn the_reeds_tremble() {
    let measure = |x: &[f32]| modulation(&envelope(&bright(x), 160), 100.0, 6.3, 8.7);
    let (inside, elsewhere) = contrast(AudioCue::Accordion, measure);
    assert!(inside > 0.5 && inside > 2.0 * elsewhere);
}

#[test]
fn the_roll_fills_every_moment_and_grows() {
    // The quietest tenth of the second half against the mean: a beat leaves gaps, a roll does not.
    let measure = |x: &[f32]| {
        let mut e = envelope(&bright(&x[x.len() / 2..]), 480);
        let mean = e.iter().sum::<f64>() / e.len() as f64;
        e.sort_by(f64::total_cmp);
        e[e.len() / 10] / mean.max(1e-9)
    };
    let (inside, elsewhere) = contrast(AudioCue::DrumRoll, measure);
    assert!(inside > 0.35 && elsewhere < 0.1);
}
