//! The figures: whole, drawn, the same on every run.

use crate::synthetic::{Plan, view};
use musiclime_report::ReportView;
use musiclime_report::figures::{
    BalanceView, ClassBar, FigureFormat, balance, explanation, probabilities,
};

fn svg(view: &ReportView) -> String {
    String::from_utf8(explanation(view, 0, FigureFormat::Svg).expect("an SVG")).expect("UTF-8")
}

/// Width, height and RGB bytes.
pub fn pixels(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .expect("a PNG");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut rgb).expect("pixels");
    (info.width, info.height, rgb)
}

pub fn count(rgb: &[u8], is: impl Fn([u8; 3]) -> bool) -> usize {
    rgb.chunks_exact(3)
        .filter(|p| is([p[0], p[1], p[2]]))
        .count()
}

fn drawn(view: &ReportView) -> (u32, u32, Vec<u8>) {
    pixels(&explanation(view, 0, FigureFormat::Png).expect("a PNG"))
}

#[test]
fn the_png_shows_deep_red_blue_and_ink_on_white() {
    let (width, height, rgb) = drawn(&view(&Plan::default()));
    assert_eq!(width, 2560);
    assert!((900..1600).contains(&height), "{height}");
    // The strongest cell, its neighbours' blue, the bars, the letters.
    assert!(count(&rgb, |p| p == [178, 32, 40]) > 10_000);
    assert!(count(&rgb, |p| p == [46, 108, 178]) > 1_000);
    assert!(count(&rgb, |p| p == [28, 32, 38]) > 3_000);
    assert!(count(&rgb, |p| p == [255, 255, 255]) > rgb.len() / 3 / 4);
    // The margins stay empty.
    assert!(
        rgb.chunks_exact(3 * 2560)
            .all(|row| row[..60].iter().all(|&x| x == 255))
    );
    assert!(
        rgb.chunks_exact(3 * 2560)
            .all(|row| row[row.len() - 30..].iter().all(|&x| x == 255))
    );
}

#[test]
fn figures_are_the_same_bytes_on_every_run() {
    let view = view(&Plan::default());
    for format in FigureFormat::ALL {
        let twice = [(); 2].map(|()| explanation(&view, 0, format).expect("a figure"));
        assert!(twice[0] == twice[1]);
        let twice = [(); 2].map(|()| probabilities(&view, format).expect("a figure"));
        assert!(twice[0] == twice[1]);
    }
}

#[test]
fn the_svg_carries_its_text() {
    let svg = svg(&view(&Plan::default()));
    for text in [
        "Why “shanty”? (93 %)",
        "Stem × time",
        "vocals",
        "other",
        "anchor",
        "darling",
        "largest 12 of",
        "time in the song (s)",
    ] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert!(!svg.contains("NaN") && !svg.contains("href"));
    let shown = String::from_utf8(
        probabilities(&view(&Plan::default()), FigureFormat::Svg).expect("an SVG"),
    )
    .expect("UTF-8");
    assert!(
        shown.contains("What the model hears: genre")
            && shown.contains("&lt; 1 %")
            && shown.contains("march")
    );
}

#[test]
fn one_modality_stands_alone() {
    let sound = svg(&view(&Plan {
        lyrics: None,
        ..Plan::default()
    }));
    assert!(sound.contains("Stem × time") && !sound.contains("largest 12 of"));
    assert!(!sound.contains("harbour"));
    let words = svg(&view(&Plan {
        stems: 0,
        ..Plan::default()
    }));
    assert!(!words.contains("Stem × time") && words.contains("harbour"));
    let mut neither = view(&Plan {
        stems: 0,
        lyrics: None,
        ..Plan::default()
    });
    neither.mixes.clear();
    assert!(svg(&neither).contains("Neither audio nor words are explained."));
}

#[test]
fn glyphs_that_the_font_lacks_print_as_boxes() {
    let mut with = view(&Plan::default());
    let mut without = with.clone();
    with.song_name = "🎵🎵🎵 漢字".into();
    without.song_name = "\u{200b}".into();
    with.explained[0].words[0].word = "👩‍🚀\u{0}\u{1b}".into();
    let ink = |view: &ReportView| count(&drawn(view).2, |p| p != [255, 255, 255]);
    assert!(ink(&with) > ink(&without) + 200, "boxes must be seen");
    assert!(
        !svg(&with).contains('\u{0}') && !svg(&with).contains('\u{1b}'),
        "an SVG takes no control characters"
    );
}

#[test]
fn crowded_figures_keep_their_margins() {
    let mut crowded = view(&Plan {
        stems: 8,
        segments: 60,
        duration_s: 180.0,
        rate_hz: 2000,
        ..Plan::default()
    });
    crowded.song_name = "A song whose name does not end ".repeat(20);
    crowded.explained[0].label = "a label that does not end either ".repeat(9);
    for word in &mut crowded.explained[0].words {
        word.word = word.word.repeat(30);
    }
    let (width, _, rgb) = drawn(&crowded);
    let row_bytes = 3 * width as usize;
    assert!(
        rgb.chunks_exact(row_bytes)
            .all(|row| row[..60].iter().all(|&x| x == 255)),
        "left margin"
    );
    assert!(
        rgb.chunks_exact(row_bytes)
            .all(|row| row[row_bytes - 30..].iter().all(|&x| x == 255)),
        "right margin"
    );
    assert!(svg(&crowded).contains('…'));
}

#[test]
fn numbers_that_are_none_draw_nothing() {
    let mut view = view(&Plan::default());
    view.explained[0].audio[0][0].value = f64::NAN;
    view.explained[0].words[0].weight.value = f64::NEG_INFINITY;
    view.explained[0].words[1].weight.interval = Some(musiclime_report::Interval {
        low: f64::NAN,
        high: f64::INFINITY,
    });
    view.explained[0].r2 = f64::NAN;
    view.probabilities[0] = f64::NAN;
    assert!(!svg(&view).contains("NaN"));
    assert!(probabilities(&view, FigureFormat::Png).is_ok());
}

#[test]
fn an_index_past_the_labels_is_an_error() {
    let message = explanation(&view(&Plan::default()), 1, FigureFormat::Svg)
        .expect_err("no such label")
        .to_string();
    assert!(
        message.contains("expected an index below 1, got 1"),
        "{message}"
    );
}

#[test]
fn the_balance_has_a_bar_a_class_as_long_as_its_songs() {
    let bar = |class: &str, songs| ClassBar {
        class: class.to_owned(),
        songs,
    };
    let view = BalanceView {
        task: "genre".to_owned(),
        name: "songs/split.jsonl".to_owned(),
        classes: vec![bar("rock", [80, 10, 10, 0]), bar("jazz", [40, 5, 5, 0])],
        unlabelled: 7,
    };
    let (width, _, rgb) = pixels(&balance(&view, FigureFormat::Png).expect("a PNG"));
    assert_eq!(width, 1800);
    // The longest run of train's colour in a row of each bar: 80 songs are twice as long as 40, but for the number.
    let accent = |p: &[u8]| p == [62, 72, 140];
    let runs: Vec<usize> = rgb
        .chunks_exact(3 * 1800)
        .map(|row| row.chunks_exact(3).filter(|p| accent(p)).count())
        .filter(|&n| n > 100)
        .collect();
    let (most, least) = (
        runs.iter().max().expect("bars"),
        runs.iter().min().expect("bars"),
    );
    assert!(*most > 700 && *least * 2 > *most - 150, "{most} {least}");
    let svg = String::from_utf8(balance(&view, FigureFormat::Svg).expect("an SVG")).expect("UTF-8");
    for text in [
        "Songs by genre",
        "150 songs in 2 classes",
        "7 without a genre",
        "rock",
        "train 120",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    let none = BalanceView {
        classes: Vec::new(),
        ..view
    };
    assert!(balance(&none, FigureFormat::Png).is_err());
}
