//! The page's structure: self-contained, escaped, bounded, whole.

use crate::synthetic::{Plan, view};
use musiclime_core::LabelSet;
use musiclime_report::html::{MAX_BYTES, render};
use musiclime_report::{MixKind, ReportView};
use std::collections::BTreeSet;

fn page(view: &ReportView) -> String {
    render(view).expect("a page")
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// What every page must keep to, whatever it shows.
fn assert_sound(page: &str) {
    assert!(page.len() <= MAX_BYTES, "{} bytes", page.len());
    for scheme in ["http:", "https:", "@import", "url("] {
        assert!(
            !page.contains(scheme),
            "the page must not need the network: {scheme}"
        );
    }
    let starts: Vec<&str> = values(page, "src")
        .into_iter()
        .chain(values(page, "href"))
        .collect();
    assert!(
        starts.iter().all(|s| s.starts_with("data:")),
        "only data URIs"
    );
    let ids = values(page, "id");
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "ids must be unique"
    );
    for reference in values(page, "aria-labelledby")
        .into_iter()
        .chain(values(page, "aria-controls"))
    {
        assert!(
            ids.contains(&reference),
            "no element has the id {reference}"
        );
    }
    assert!(page.starts_with("<!doctype html>") && page.contains("<html lang=\"en\">"));
    assert_eq!(page.matches("<h1").count(), 1);
    let style_and_text: String = page
        .split("base64,")
        .map(|s| s.split_once('"').map_or(s, |p| p.1))
        .collect();
    for number in ["NaN", "inf%", "undefined;"] {
        assert!(!style_and_text.contains(number), "{number} on the page");
    }
    for tag in [
        "section", "button", "table", "details", "span", "div", "figure", "svg", "audio",
    ] {
        let (open, close) = (
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(open, close, "<{tag}> must be closed");
    }
}

#[test]
fn the_usual_page_says_it_in_one_sentence() {
    let page = page(&view(&Plan::default()));
    assert_sound(&page);
    assert!(page.contains(
        "The model hears <strong>shanty</strong> (93 %), mostly because of <strong>other</strong> at 3.1–5.1 s \
         and the words <strong>‘anchor’</strong>, <strong>‘harbour’</strong> and <strong>‘haul’</strong>."
    ));
    assert!(page.contains("What to distrust") && page.contains("The stem ‘bass’ is silent"));
    assert!(
        page.find("What to distrust") < page.find("What the model hears"),
        "distrust comes first"
    );
    assert_eq!(page.matches("class=\"cell ").count(), 40);
    assert_eq!(page.matches("<audio ").count(), 7);
    assert!(page.contains("other, 3.1–4.1 s: +0.190 (interval +0.168 to +0.212)"));
    assert!(page.contains("title=\"+0.142 (interval +0.124 to +0.160)\">anchor</span>"));
    assert!(page.contains("weighted ridge, alpha 1"));
    assert!(!page.contains("role=\"tab\""), "one label needs no tabs");
}

#[test]
fn every_cell_has_a_player_and_times_within_it() {
    let view = view(&Plan {
        stems: 3,
        segments: 7,
        ..Plan::default()
    });
    let page = page(&view);
    let ids = values(&page, "id");
    assert_eq!(values(&page, "data-play").len(), 21);
    assert!(
        values(&page, "data-play")
            .iter()
            .all(|player| ids.contains(player))
    );
    let ends: Vec<f64> = values(&page, "data-to")
        .iter()
        .map(|s| s.parse().expect("seconds"))
        .collect();
    assert!(ends.iter().all(|&s| s > 0.0 && s <= view.duration_s + 1e-3));
}

#[test]
fn many_labels_have_tabs_and_their_own_reasons() {
    let page = page(&view(&Plan {
        explained: 3,
        ..Plan::default()
    }));
    assert_sound(&page);
    assert_eq!(page.matches("role=\"tab\"").count(), 3);
    assert!(page.contains("id=\"play-reasons-2\"") && page.contains("id=\"play-without-1\""));
    assert_eq!(page.matches("class=\"cell ").count(), 120);
}

#[test]
fn more_labels_than_a_page_shows_are_counted() {
    let mut view = view(&Plan {
        duration_s: 1.0,
        ..Plan::default()
    });
    view.explained = vec![view.explained[0].clone(); 15];
    let page = page(&view);
    assert_sound(&page);
    assert_eq!(page.matches("role=\"tab\"").count(), 12);
    assert!(page.contains("first 12 of 15 explained labels"));
}

#[test]
fn text_is_escaped_everywhere() {
    let attack = "<script>alert(1)</script>\" onload=\"x";
    let mut view = view(&Plan {
        lyrics: Some(format!("sing {attack} sing")),
        ..Plan::default()
    });
    view.song_name = attack.into();
    view.model_name = attack.into();
    view.task = attack.into();
    view.explained[0].label = attack.into();
    let mut names = view.labels.names().to_vec();
    names[0] = attack.into();
    view.labels = LabelSet::new(names).expect("distinct");
    view.recipe.push((attack.into(), attack.into()));
    view.notes.push(attack.into());
    view.distrust.push(attack.into());
    view.mixes[0].title = attack.into();
    view.mixes[0].caption = attack.into();
    let page = page(&view);
    assert_eq!(
        page.matches("<script>").count(),
        1,
        "only the page's own script"
    );
    assert!(!page.contains("\" onload=\""));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn emoji_and_other_scripts_stay_as_they_are() {
    let mut view = view(&Plan {
        lyrics: Some("море 🎵 歌 sea 👩‍🚀\n".into()),
        ..Plan::default()
    });
    view.song_name = "🎸 歌".into();
    let page = page(&view);
    assert_sound(&page);
    assert!(
        page.contains("🎸 歌")
            && page.contains(" 🎵 ")
            && page.contains("👩‍🚀")
            && page.contains(">море</span>")
    );
}

#[test]
fn without_lyrics_there_is_sound_alone() {
    for lyrics in [None, Some(String::new()), Some(" \n".to_owned())] {
        let page = page(&view(&Plan {
            lyrics,
            ..Plan::default()
        }));
        assert_sound(&page);
        assert!(!page.contains("class=\"lyrics\"") && page.contains("class=\"heatmap\""));
        assert!(page.contains("mostly because of <strong>other</strong> at 3.1–5.1 s."));
        assert!(!page.contains("Share of all weight"));
    }
}

#[test]
fn without_stems_there_are_words_alone() {
    let page = page(&view(&Plan {
        stems: 0,
        ..Plan::default()
    }));
    assert_sound(&page);
    assert!(page.contains("class=\"lyrics\"") && !page.contains("class=\"heatmap\""));
    assert!(page.contains("mostly because of the words <strong>‘anchor’</strong>"));
    assert_eq!(page.matches("<audio ").count(), 3);
}

#[test]
fn sixty_segments_of_eight_stems_fit() {
    let page = page(&view(&Plan {
        stems: 8,
        segments: 60,
        duration_s: 60.0,
        rate_hz: 8000,
        ..Plan::default()
    }));
    assert_sound(&page);
    assert_eq!(page.matches("class=\"cell ").count(), 480);
}

#[test]
fn two_hours_stay_below_the_limit_and_say_what_was_given_up() {
    let mut view = view(&Plan {
        stems: 2,
        duration_s: 7200.0,
        rate_hz: 1000,
        ..Plan::default()
    });
    assert_eq!(view.mixes.len(), 5);
    let shortened = page(&view);
    assert_sound(&shortened);
    assert!(shortened.contains("The players of single stems are left out."));
    assert!(shortened.contains("Each player stops after "));
    assert_eq!(shortened.matches("<audio ").count(), 3);
    assert!(
        shortened.len() > 15_000_000,
        "the room is used: {} bytes",
        shortened.len()
    );
    // One player of the five fits whole, without a word about it.
    view.mixes.truncate(1);
    view.mixes[0].waveform = view.mixes[0].waveform.slice(0, 2_000_000);
    let whole = page(&view);
    assert_sound(&whole);
    assert!(!whole.contains("left out") && !whole.contains("stops after"));
}

#[test]
fn the_rate_is_given_up_before_the_stems() {
    let view = view(&Plan {
        stems: 4,
        duration_s: 60.0,
        rate_hz: 22_050,
        ..Plan::default()
    });
    let page = page(&view);
    assert_sound(&page);
    assert!(page.contains("sound is at 16.0 kHz") && !page.contains("left out"));
    assert_eq!(page.matches("<audio ").count(), 7);
}

#[test]
fn five_megabytes_of_lyrics_are_cut_and_counted() {
    let lyrics = "anchor harbour café ".repeat(240_000);
    let page = page(&view(&Plan {
        lyrics: Some(lyrics),
        ..Plan::default()
    }));
    assert_sound(&page);
    assert!(page.contains("more bytes of lyrics that this page leaves out"));
}

#[test]
fn unread_words_are_grey_and_have_no_weight() {
    let mut view = view(&Plan {
        lyrics: Some("anchor harbour anchor last".into()),
        ..Plan::default()
    });
    view.lyrics_read_bytes = Some(14);
    for word in &mut view.explained[0].words {
        word.unread = word.word == "last";
    }
    let page = page(&view);
    assert_sound(&page);
    assert!(
        page.contains("<span class=\"unread\"> anchor last</span>"),
        "past the limit nothing is marked"
    );
    assert_eq!(page.matches("class=\"w for\"").count(), 2);
}

#[test]
fn numbers_that_are_none_are_dashes() {
    let mut view = view(&Plan::default());
    view.explained[0].audio[0][0].value = f64::NAN;
    view.explained[0].audio[1][1].interval = Some(musiclime_report::Interval {
        low: f64::NAN,
        high: f64::INFINITY,
    });
    view.explained[0].words[0].weight.value = f64::INFINITY;
    view.explained[0].r2 = f64::NAN;
    view.probabilities[3] = f64::NAN;
    let page = page(&view);
    assert_sound(&page);
    assert!(page.contains("<dt>local fit, R²</dt><dd>–</dd>"));
}

#[test]
fn zero_weights_and_silence_give_a_page() {
    let mut view = view(&Plan::default());
    for weight in view.explained[0].audio.iter_mut().flatten() {
        weight.value = 0.0;
    }
    view.explained[0].words.clear();
    let silent = musiclime_core::Waveform::mono(vec![0.0; 1000], 16_000).expect("silence");
    view.stems = musiclime_core::Stems::new(
        ["vocals", "drums", "bass", "other"]
            .map(|n| (n.to_owned(), silent.clone()))
            .to_vec(),
    )
    .ok();
    let page = page(&view);
    assert_sound(&page);
    assert!(page.contains("nothing in the song speaks for <strong>shanty</strong> on its own."));
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    let view = view(&Plan {
        explained: 2,
        ..Plan::default()
    });
    assert!(page(&view) == page(&view.clone()));
}

#[test]
fn parts_that_do_not_fit_are_named() {
    let good = view(&Plan::default());
    let fails = |change: &dyn Fn(&mut ReportView), named: &str| {
        let mut view = good.clone();
        change(&mut view);
        let message = render(&view).expect_err("a misfit").to_string();
        assert!(message.contains(named), "{message}");
    };
    fails(
        &|v| v.probabilities.truncate(2),
        "probabilities: expected 7 (one a label), got 2",
    );
    fails(
        &|v| v.explained.clear(),
        "explained labels: expected at least 1",
    );
    fails(
        &|v| v.explained[0].audio.truncate(3),
        "audio weights of \"shanty\": expected 4 rows",
    );
    fails(
        &|v| v.segments.truncate(9),
        "expected 9 columns (one a segment), got 10",
    );
    fails(&|v| v.segments[0].end_s = f64::NAN, "segment: expected");
    fails(
        &|v| v.explained[0].words[0].places[0].end = 99_999,
        "place of the word \"haul\"",
    );
    fails(
        &|v| v.mixes[0].kind = MixKind::Stem { stem: 4 },
        "an index into 4 stems, got 4",
    );
}
