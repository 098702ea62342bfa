//! Figures and page of a global explanation.

use musiclime_report::figures::{self, FigureFormat};
use musiclime_report::html::{GlobalTable, render_global};
use musiclime_report::{GlobalClass, GlobalView, GlobalWord, ReportError};

fn class(label: &str, songs: Option<u64>, words: usize) -> GlobalClass {
    GlobalClass {
        label: label.into(),
        songs,
        audio: vec![
            vec![Some(0.5), None, Some(0.1)],
            vec![None, Some(1.25), Some(0.0)],
        ],
        words: (0..words)
            .map(|i| GlobalWord {
                word: format!("word{i}"),
                value: 1.0 / (1.0 + i as f64),
                songs: i as u64 + 1,
            })
            .collect(),
    }
}

fn view(classes: Vec<GlobalClass>) -> GlobalView {
    GlobalView {
        name: "test songs".into(),
        measure: "LIME importance".into(),
        stems: vec!["vocals".into(), "drums".into()],
        segments: 3,
        classes,
    }
}

fn svg(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_class_shows_its_stems_words_and_numbers_of_songs() {
    let view = view(vec![class("polka", Some(7), 20), class("surf", None, 0)]);
    let draw = |i| svg(figures::global_class(&view, i, FigureFormat::Svg).expect("a figure"));
    let polka = draw(0);
    for text in [
        "polka",
        "7 songs",
        "LIME importance",
        "vocals",
        "drums",
        "word11",
        "12 songs",
        "largest 12 of 20",
    ] {
        assert!(polka.contains(text), "{text}");
    }
    assert!(!polka.contains("word12"), "more words than fit");
    let surf = draw(1);
    assert!(surf.contains("drums") && !surf.contains("Words"));
    let png = |i| figures::global_class(&view, i, FigureFormat::Png).expect("a figure");
    assert!(png(0).starts_with(b"\x89PNG"));
    assert_eq!(png(0), png(0));
    assert!(figures::global_class(&view, 2, FigureFormat::Svg).is_err());
}

#[test]
fn the_matrix_shows_the_classes_with_the_most_songs() {
    let classes = (0..40)
        .map(|i| class(&format!("class number {i}"), Some(i), 3))
        .collect();
    let drawn = svg(figures::class_matrix(&view(classes), FigureFormat::Svg).expect("a figure"));
    assert!(drawn.contains("class number 39 (39)") && drawn.contains("class number 16 (16)"));
    assert!(!drawn.contains("class number 15 ("), "25 classes");
    assert!(drawn.contains("the 24 of 40 classes with the most songs"));
    // With so many classes each brings one feature of a kind; with few there is room for all.
    assert!(drawn.contains("drums1") && drawn.contains("word0") && !drawn.contains("vocals0"));
    let few = view(vec![class("one", Some(1), 3), class("two", None, 1)]);
    let few = svg(figures::class_matrix(&few, FigureFormat::Svg).expect("a figure"));
    for feature in ["vocals0", "vocals2", "drums1", "word0", "word2", "one (1)"] {
        assert!(few.contains(feature), "{feature}");
    }
    for classes in [
        vec![],
        vec![GlobalClass {
            audio: vec![],
            ..class("silent", Some(0), 0)
        }],
    ] {
        let drawn =
            svg(figures::class_matrix(&view(classes), FigureFormat::Svg).expect("a figure"));
        assert!(drawn.contains("No song speaks"));
    }
}

#[test]
fn importances_that_do_not_fit_the_stems_are_refused() {
    for audio in [vec![vec![None; 3]], vec![vec![None; 2], vec![None; 2]]] {
        let wrong = GlobalClass {
            audio,
            ..class("odd", None, 1)
        };
        let view = view(vec![class("fine", None, 1), wrong]);
        let error = figures::class_matrix(&view, FigureFormat::Png).expect_err("refused");
        assert!(matches!(error, ReportError::View { .. }));
        assert!(error.to_string().contains("\"odd\""), "{error}");
    }
}

#[test]
fn the_page_is_whole_and_escapes_names() {
    let hostile = "<script>alert(1)</script> & co";
    let view = view(vec![class(hostile, Some(2), 2), class("plain", Some(1), 1)]);
    let table = GlobalTable {
        title: "LIME importance".into(),
        caption: "Values".into(),
        head: vec!["class".into(), "1".into()],
        rows: vec![vec![hostile.into(), "word0 1.000 (1)".into()]],
    };
    let page = render_global(&view, &[table], "audio : lyrics = 1 : 1").expect("a page");
    assert!(!page.contains("<script"), "a name became a tag");
    assert_eq!(page.matches("<svg").count(), 3);
    for text in [
        "&lt;script&gt;",
        "word0 1.000 (1)",
        "audio : lyrics = 1 : 1",
        "test songs",
    ] {
        assert!(page.contains(text), "{text}");
    }
    for outside in ["src=\"http", "href=\"http", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
}
