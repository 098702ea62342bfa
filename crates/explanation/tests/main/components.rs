//! Segments, words, masks, recipes.

use crate::toy::song;
use musiclime_explanation::{
    Case, ExplanationError, Leftover, Modality, Preset, Sampler, Selection, segment, split_words,
};

#[test]
fn segments_are_equal_and_leftover_goes_where_the_recipe_says() {
    let last = segment(103, 10, Leftover::LastSegment).expect("segments");
    let dropped = segment(103, 10, Leftover::Dropped).expect("segments");
    assert_eq!(last[..9], dropped[..9]);
    assert_eq!((last[9].clone(), dropped[9].clone()), (90..103, 90..100));
    assert!(dropped.iter().all(|r| r.len() == 10));
    assert!(dropped.windows(2).all(|w| w[0].end == w[1].start));
    for (len, segments) in [(5, 6), (5, 0), (0, 1)] {
        let error = segment(len, segments, Leftover::Dropped).expect_err("refused");
        assert!(
            matches!(
                error,
                ExplanationError::Setting {
                    setting: "segments",
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn words_have_all_their_places() {
    let text = "Don't, don't ÉTÉ été";
    let folded = split_words(text, Case::Folded, None);
    let names: Vec<&str> = folded.iter().map(|w| w.word.as_str()).collect();
    assert_eq!(names, ["don", "t", "été"]);
    assert_eq!(folded[0].places, [0..3, 7..10]);
    for word in &folded {
        assert!(
            word.places
                .iter()
                .all(|p| text[p.clone()].to_lowercase() == word.word)
        );
    }
    let kept = split_words(text, Case::Kept, None);
    let names: Vec<&str> = kept.iter().map(|w| w.word.as_str()).collect();
    assert_eq!(names, ["Don", "t", "don", "ÉTÉ", "été"]);
}

#[test]
fn words_behind_the_token_limit_are_unread() {
    let unread = |read| -> Vec<bool> {
        split_words("one two one three", Case::Folded, read)
            .iter()
            .map(|w| w.unread)
            .collect()
    };
    assert_eq!(unread(None), [false, false, false]);
    assert_eq!(unread(Some(7)), [false, false, true]);
    assert_eq!(unread(Some(0)), [true, true, true]);
    let song = song();
    assert_eq!(
        song.words.iter().map(|w| w.unread).collect::<Vec<_>>(),
        [false, false, true]
    );
}

#[test]
fn masks_depend_on_the_seed_alone() {
    let draw = |seed, rows| Sampler::new(seed).draw(rows, 70).expect("masks");
    assert_eq!(draw(4, 100), draw(4, 100));
    assert_ne!(draw(4, 100), draw(5, 100));
    // More samples extend the same masks.
    assert_eq!(draw(4, 200).bits()[..100 * 70], *draw(4, 100).bits());
    let masks = draw(4, 2_001);
    assert_eq!(masks.rows(), 2_001);
    assert!(masks.row(0).iter().all(|&b| b == 1));
    for column in 0..70 {
        let on: usize = masks.iter().skip(1).map(|r| usize::from(r[column])).sum();
        // 1,000 expected, standard deviation 22: five of them.
        assert!((890..=1_110).contains(&on), "column {column}: {on}");
    }
    // The stream itself is part of the contract: these bits must never change.
    let first: String = draw(0, 2).row(1)[..24]
        .iter()
        .map(|b| char::from(b'0' + b))
        .collect();
    assert_eq!(first, "001101101101110001011001");
}

#[test]
fn presets_are_those_of_the_design() {
    let default = Preset::Default.recipe();
    assert_eq!((default.samples, default.segments), (1_000, 10));
    assert_eq!(
        (default.distance_scale, default.kernel_width),
        (100.0, 25.0)
    );
    assert_eq!(
        (default.case, default.leftover),
        (Case::Folded, Leftover::LastSegment)
    );
    assert_eq!(
        (default.selection, default.features),
        (Selection::None, None)
    );
    let paper = Preset::Paper.recipe();
    assert_eq!(
        (paper.samples, paper.distance_scale, paper.kernel_width),
        (5_000, 1.0, 25.0)
    );
    assert_eq!(
        (paper.case, paper.leftover),
        (Case::Kept, Leftover::Dropped)
    );
    let audiolime = Preset::Audiolime.recipe();
    assert_eq!(
        (audiolime.samples, audiolime.modality),
        (16_384, Modality::Audio)
    );
    assert_eq!(
        (audiolime.distance_scale, audiolime.kernel_width),
        (1.0, 0.25)
    );
    assert_eq!(audiolime.leftover, Leftover::Dropped);
    assert_eq!("paper".parse::<Preset>().expect("a preset"), Preset::Paper);
    let error = "papper"
        .parse::<Preset>()
        .expect_err("no such preset")
        .to_string();
    assert_eq!(
        error,
        "preset \"papper\" does not exist; choose one of default, paper, audiolime"
    );
}

#[test]
fn few_components_are_combined_in_every_way_once() {
    use musiclime_explanation::{MaskSource, Sampler};
    let (masks, source) = Sampler::new(3).masks(40, 5).expect("masks");
    assert_eq!(source, MaskSource::Exhaustive);
    assert_eq!((masks.rows(), masks.columns()), (32, 5));
    assert_eq!(masks.row(0), [1; 5]);
    assert_eq!(masks.row(31), [0; 5]);
    let mut rows: Vec<&[u8]> = masks.iter().collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), 32);
    // One more component, one row too few, or more columns than a number has bits: drawn.
    for (rows, columns) in [(40, 6), (31, 5), (100, 64), (100, 1000)] {
        let (masks, source) = Sampler::new(3).masks(rows, columns).expect("masks");
        assert_eq!(source, MaskSource::Random);
        assert_eq!(masks, Sampler::new(3).draw(rows, columns).expect("masks"));
    }
    assert!(Sampler::new(3).masks(40, 0).is_err());
}
