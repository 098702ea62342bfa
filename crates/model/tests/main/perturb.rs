//! What a perturbation gives is what a song that was mixed and written that way gives.

use crate::golden::{devices, folder};
use burn::tensor::Device;
use musiclime_audio::mixing::hard_mix;
use musiclime_core::{
    Classifier, ClassifierError, Components, Lyrics, MaskSet, Song, Stems, Waveform, WordComponent,
};
use musiclime_model::{Model, MusicClassifier, Pooling, import};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const TEXT: &str = "Golden river, golden light\nwe sing tonight, don't we?";

/// Rounding of sums in another order; logits here are of size 1.
const TOLERANCE: f64 = 2e-5;

pub fn classifier(pooling: Pooling, device: &Device) -> MusicClassifier {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path().join("model");
    import(&folder("fusion_roberta"), &out).expect("the golden checkpoint");
    let mut model = Model::open(&out, device).expect("an imported model");
    if let Some(audio) = &mut model.config.audio {
        audio.pooling = pooling;
    }
    MusicClassifier::new(model, device.clone()).expect("a classifier")
}

/// Three noisy stems of `len` samples and the words of [`TEXT`].
pub fn song(classifier: &MusicClassifier, len: usize, segments: usize) -> (Song, Components) {
    let rate = classifier
        .hearing()
        .expect("a hearing model")
        .sample_rate_hz;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let stems: Vec<(String, Waveform)> = ["voice", "kit", "rest"]
        .iter()
        .enumerate()
        .map(|(s, name)| {
            let samples = (0..len)
                .map(|t| {
                    let tone = (t as f32 * 0.02 * (s + 1) as f32).sin();
                    0.2 * tone * (1.0 + s as f32) + 0.1 * (rng.random::<f32>() - 0.5)
                })
                .collect();
            (
                name.to_string(),
                Waveform::mono(samples, rate).expect("finite samples"),
            )
        })
        .collect();
    let stems = Stems::new(stems).expect("equal stems");
    let part = len / segments;
    let edges = (0..segments)
        .map(|i| {
            i * part..if i + 1 == segments {
                len
            } else {
                (i + 1) * part
            }
        })
        .collect();
    let words = ["Golden", "river", "light", "tonight"]
        .iter()
        .map(|word| WordComponent {
            word: word.to_lowercase(),
            places: TEXT
                .to_lowercase()
                .match_indices(&word.to_lowercase())
                .map(|(at, found)| at..at + found.len())
                .collect(),
            unread: false,
        })
        .collect();
    let song = Song {
        name: "noise".into(),
        waveform: stems.mixture(),
        lyrics: Some(Lyrics::new(TEXT)),
        start_s: 0.0,
    };
    (song, Components::new(Some(stems), edges, true, words))
}

pub fn random_masks(columns: usize, rows: usize) -> MaskSet {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut bits: Vec<u8> = (0..rows * columns)
        .map(|_| u8::from(rng.random_bool(0.5)))
        .collect();
    bits[..columns].fill(1);
    bits[columns..2 * columns].fill(0);
    MaskSet::new(columns, bits).expect("bits")
}

pub fn logits(
    classifier: &MusicClassifier,
    song: &Song,
    parts: &Components,
    masks: &MaskSet,
) -> Vec<f64> {
    let prepared = classifier.prepare(song, parts).expect("a fitting song");
    prepared
        .probabilities(masks, &|_, _| true)
        .expect("probabilities")
        .logits()
        .to_vec()
}

pub fn assert_close(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let worst = a
        .iter()
        .zip(b)
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, f64::max);
    assert!(worst <= tolerance, "{what}: worst difference {worst:e}");
}

#[test]
fn a_perturbation_is_the_song_mixed_that_way() {
    for (name, device) in devices() {
        for (pooling, windows) in [(Pooling::First, 1.0), (Pooling::MeanOverWindows, 2.7)] {
            let classifier = classifier(pooling, &device);
            let window = classifier
                .hearing()
                .expect("a hearing model")
                .window_samples;
            let (song, parts) = song(&classifier, (window as f64 * windows) as usize, 4);
            let masks = random_masks(parts.len(), 6);
            let perturbed = logits(&classifier, &song, &parts, &masks);
            let classes = classifier.labels().len();
            let stems = parts.stems.as_ref().expect("stems");
            for (row, expected) in masks.iter().zip(perturbed.chunks(classes)) {
                let keep: Vec<bool> = row[..parts.audio_len()].iter().map(|&b| b == 1).collect();
                let lyrics = Lyrics::new(TEXT).without(&parts.removed_bytes(row));
                let mixed = Song {
                    waveform: hard_mix(stems, &keep, &parts.segments),
                    lyrics: Some(Lyrics::new(lyrics)),
                    ..song.clone()
                };
                let answer = classifier.classify(&mixed).expect("an answer");
                let what = format!("{name}, {pooling:?}, mask {row:?}");
                assert_close(answer.logits_row(0), expected, TOLERANCE, &what);
            }
            // The masks matter: all on and all off are not the same song.
            assert!(
                (perturbed[0] - perturbed[classes]).abs() > 1e-3,
                "{name}: {perturbed:?}"
            );
        }
    }
}

#[test]
fn the_batch_size_changes_nothing() {
    let device = Device::flex();
    let (song, parts) = {
        let c = classifier(Pooling::First, &device);
        let len = c.hearing().expect("a hearing model").window_samples;
        song(&c, len, 5)
    };
    let masks = random_masks(parts.len(), 40);
    let of = |rows| {
        let c = classifier(Pooling::First, &device).with_batch_rows(rows);
        logits(&c, &song, &parts, &masks)
    };
    let one = of(1);
    for rows in [7, 64] {
        // Logits of up to 2: ten units in the last place, for products whose blocks depend on the batch. The weights of
        // an explanation agree to 1e-6 (tests/tests/main/sameness.rs).
        assert_close(&one, &of(rows), 2.4e-6, &format!("batches of {rows}"));
    }
}

#[test]
fn the_grid_is_every_pair() {
    let device = Device::flex();
    let classifier = classifier(Pooling::First, &device);
    let len = classifier
        .hearing()
        .expect("a hearing model")
        .window_samples;
    let (song, parts) = song(&classifier, len, 3);
    let (audio, words) = (
        random_masks(parts.audio_len(), 5),
        random_masks(parts.words.len(), 4),
    );
    let prepared = classifier.prepare(&song, &parts).expect("a fitting song");
    let grid = prepared
        .late_fusion()
        .expect("two encoders")
        .grid(&audio, &words, &|_, _| true)
        .expect("a grid");
    let joint: Vec<u8> = audio
        .iter()
        .flat_map(|a| words.iter().flat_map(move |w| a.iter().chain(w).copied()))
        .collect();
    let joint = MaskSet::new(parts.len(), joint).expect("bits");
    assert_eq!((grid.audio_rows, grid.lyrics_rows), (5, 4));
    assert_close(
        grid.probabilities.logits(),
        &logits(&classifier, &song, &parts, &joint),
        1e-6,
        "grid",
    );
}

#[test]
fn asking_to_stop_stops() {
    let device = Device::flex();
    let classifier = classifier(Pooling::First, &device).with_batch_rows(2);
    let len = classifier
        .hearing()
        .expect("a hearing model")
        .window_samples;
    let (song, parts) = song(&classifier, len, 3);
    let prepared = classifier.prepare(&song, &parts).expect("a fitting song");
    let answer = prepared.probabilities(&random_masks(parts.len(), 9), &|done, _| done < 2);
    assert!(
        matches!(answer, Err(ClassifierError::Cancelled)),
        "{answer:?}"
    );
}

#[test]
fn a_song_of_another_rate_or_too_short_is_refused() {
    let device = Device::flex();
    let classifier = classifier(Pooling::First, &device);
    let rate = classifier
        .hearing()
        .expect("a hearing model")
        .sample_rate_hz;
    for (samples, rate, said) in [(9000, rate + 1, "expected"), (20, rate, "analysis window")] {
        let song = Song {
            name: "odd".into(),
            waveform: Waveform::mono(vec![0.1; samples], rate).expect("finite samples"),
            lyrics: None,
            start_s: 0.0,
        };
        let error = classifier
            .classify(&song)
            .expect_err("a song that does not fit")
            .to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn several_songs_at_once_get_what_each_gets_alone() {
    for (_, device) in devices() {
        for pooling in [Pooling::Centre, Pooling::MeanOverWindows] {
            let classifier = classifier(pooling, &device).with_batch_rows(2);
            let window = classifier
                .hearing()
                .expect("a hearing model")
                .window_samples;
            let mut songs: Vec<Song> = [window / 2, window, 5 * window / 2, window]
                .iter()
                .map(|len| song(&classifier, *len, 2).0)
                .collect();
            songs[1].lyrics = None;
            songs[3].waveform = songs[3].waveform.slice(0, 10);
            let together: Vec<&Song> = songs.iter().collect();
            let answers = classifier.classify_many(&together).expect("a device");
            assert_eq!(answers.len(), 4);
            assert!(matches!(answers[3], Err(ClassifierError::Song(_))));
            for (song, answer) in songs.iter().zip(&answers).take(3) {
                let alone = classifier.classify(song).expect("an answer");
                let answer = answer.as_ref().expect("an answer");
                for (a, b) in answer.logits().iter().zip(alone.logits()) {
                    assert!((a - b).abs() < TOLERANCE, "{a} and {b}");
                }
            }
        }
    }
}
