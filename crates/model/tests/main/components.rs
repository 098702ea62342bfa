//! Fillers, regions, and lines with their seconds: what a perturbation gives is what a song made that way gives.

use crate::golden::folder;
use crate::perturb::{TEXT, assert_close, logits, random_masks, song};
use burn::tensor::Device;
use musiclime_core::{
    Classifier, Components, Lyrics, Region, RegionBounds, SegmentDetail, Song, Stems, Waveform,
    WordFiller,
};
use musiclime_model::{Model, MusicClassifier, import};

/// Rounding of sums in another order; logits here are of size 1.
const TOLERANCE: f64 = 2e-5;

fn classifier() -> MusicClassifier {
    let device = Device::flex();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path().join("model");
    import(&folder("fusion_roberta"), &out).expect("the golden checkpoint");
    let model = Model::open(&out, &device).expect("an imported model");
    MusicClassifier::new(model, device).expect("a classifier")
}

fn with_words(row: &[u8], parts: &Components, filler: &str) -> String {
    let mut places: Vec<(std::ops::Range<usize>, bool)> = parts
        .text_places()
        .into_iter()
        .flat_map(|(column, places)| places.iter().map(move |p| (p.clone(), row[column] == 0)))
        .collect();
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut text = TEXT.to_string();
    for (place, off) in places {
        if off {
            text.replace_range(place, filler);
        }
    }
    text
}

#[test]
fn another_sound_and_another_word_fill_in() {
    let classifier = classifier();
    let window = classifier
        .hearing()
        .expect("a hearing model")
        .window_samples;
    let (song, parts) = song(&classifier, window, 3);
    let stems = parts.stems.clone().expect("stems");
    let rate = stems.waveforms()[0].sample_rate_hz();
    let fill = |s: usize| -> Vec<f32> {
        (0..window)
            .map(|t| 0.1 * (t as f32 * 0.11 * (s + 2) as f32).cos())
            .collect()
    };
    let filler = (0..stems.len())
        .map(|s| {
            (
                stems.names()[s].clone(),
                Waveform::mono(fill(s), rate).expect("samples"),
            )
        })
        .collect();
    let parts = parts
        .with_filler(Stems::new(filler).expect("equal stems"))
        .with_word_filler(WordFiller::Text("la".into()));
    let masks = random_masks(parts.len(), 6);
    let perturbed = logits(&classifier, &song, &parts, &masks);
    let classes = classifier.labels().len();
    for (row, expected) in masks.iter().zip(perturbed.chunks(classes)) {
        let mut samples = vec![0.0f32; window];
        for (s, stem) in stems.waveforms().iter().enumerate() {
            for (i, segment) in parts.segments.iter().enumerate() {
                let on = row[i * stems.len() + s] == 1;
                let from = if on {
                    stem.channels()[0].clone()
                } else {
                    fill(s)
                };
                for t in segment.clone() {
                    samples[t] += from[t];
                }
            }
        }
        let mixed = Song {
            waveform: Waveform::mono(samples, rate).expect("samples"),
            lyrics: Some(Lyrics::new(with_words(row, &parts, "la"))),
            ..song.clone()
        };
        let answer = classifier.classify(&mixed).expect("an answer");
        assert_close(
            answer.logits_row(0),
            expected,
            TOLERANCE,
            &format!("mask {row:?}"),
        );
    }
}

#[test]
fn regions_change_the_song_where_they_are() {
    let classifier = classifier();
    let window = classifier
        .hearing()
        .expect("a hearing model")
        .window_samples;
    let (song, parts) = song(&classifier, window, 1);
    let bounds = RegionBounds {
        start_s: 0.0,
        end_s: 1.0,
        low_hz: 0.0,
        high_hz: 8000.0,
        cells: 1,
    };
    let region = |start: usize, len: usize, pitch: f32| Region {
        start,
        change: (0..len).map(|t| 0.3 * (t as f32 * pitch).sin()).collect(),
        bounds,
    };
    let regions = vec![
        region(0, window / 2, 0.3),
        region(window / 3, window / 3, 0.7),
        region(window - 100, 100, 0.2),
    ];
    let parts = Components::of_regions(regions.clone(), parts.words.clone());
    assert_eq!(parts.list[1].feature, "region1");
    let masks = random_masks(parts.len(), 8);
    let perturbed = logits(&classifier, &song, &parts, &masks);
    let classes = classifier.labels().len();
    for (row, expected) in masks.iter().zip(perturbed.chunks(classes)) {
        let mut samples = song.waveform.downmix();
        for (region, _) in regions.iter().zip(row).filter(|(_, on)| **on == 0) {
            region.add_to(&mut samples);
        }
        let mixed = Song {
            waveform: Waveform::mono(samples, song.waveform.sample_rate_hz()).expect("samples"),
            lyrics: Some(Lyrics::new(with_words(row, &parts, ""))),
            ..song.clone()
        };
        let answer = classifier.classify(&mixed).expect("an answer");
        assert_close(
            answer.logits_row(0),
            expected,
            TOLERANCE,
            &format!("mask {row:?}"),
        );
    }
}

#[test]
fn a_line_goes_with_its_seconds() {
    let classifier = classifier();
    let window = classifier
        .hearing()
        .expect("a hearing model")
        .window_samples;
    let (song, parts) = song(&classifier, window, 2);
    let whole = Stems::new(vec![("line".into(), song.waveform.clone())]).expect("one stem");
    let line = TEXT.find('\n').expect("two lines");
    let detail = SegmentDetail {
        name: Some(TEXT[..line].into()),
        line: Some(1),
        places: std::iter::once(0..line).collect(),
    };
    let segments = parts.segments.clone();
    let parts = Components::new(Some(whole), segments.clone(), true, Vec::new())
        .with_details(vec![detail, SegmentDetail::default()]);
    assert_eq!((parts.len(), parts.audio_len()), (2, 2));
    assert!(parts.is_joint());
    let prepared = classifier.prepare(&song, &parts).expect("a fitting song");
    assert!(
        prepared.late_fusion().is_none(),
        "no grid switches both at once"
    );
    let masks = musiclime_core::MaskSet::new(2, vec![1, 1, 0, 1, 1, 0, 0, 0]).expect("masks");
    let perturbed = logits(&classifier, &song, &parts, &masks);
    let classes = classifier.labels().len();
    for (row, expected) in masks.iter().zip(perturbed.chunks(classes)) {
        let mut samples = song.waveform.downmix();
        for (segment, _) in segments.iter().zip(row).filter(|(_, on)| **on == 0) {
            samples[segment.clone()].fill(0.0);
        }
        let text = if row[0] == 0 { &TEXT[line..] } else { TEXT };
        let mixed = Song {
            waveform: Waveform::mono(samples, song.waveform.sample_rate_hz()).expect("samples"),
            lyrics: Some(Lyrics::new(text)),
            ..song.clone()
        };
        let answer = classifier.classify(&mixed).expect("an answer");
        assert_close(
            answer.logits_row(0),
            expected,
            TOLERANCE,
            &format!("mask {row:?}"),
        );
    }
}
