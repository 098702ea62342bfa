//! The published rules, case by case, against another evaluator (`scripts/golden_curation.py`).

use musiclime_dataset::curation::{
    AudioSetClasses, Classes, EmotionGrid, Music4AllRules, Placement, Subgenres,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    alternatives: Vec<GoldenAlternative>,
    emotions: Vec<GoldenEmotion>,
}

#[derive(Deserialize)]
struct GoldenAlternative {
    class: usize,
    alternative: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    genres: Vec<String>,
    unplaced: bool,
    holds: bool,
    class: Option<String>,
}

#[derive(Deserialize)]
struct GoldenEmotion {
    valence: f64,
    energy: f64,
    emotion: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/curation.json")).expect("the golden file")
}

#[test]
fn every_rule_holds_and_fails_where_the_published_one_does() {
    let rules = Music4AllRules::published();
    let golden = golden();
    let mut alternatives = 0;
    for GoldenAlternative {
        class,
        alternative,
        cases,
    } in &golden.alternatives
    {
        let rule = &rules.rules()[*class];
        let way_in = &rule.alternatives[*alternative];
        let name = format!("{} {alternative}", rule.class);
        assert!(cases.iter().any(|c| c.holds), "{name} has no positive case");
        assert!(
            cases.iter().any(|c| !c.holds),
            "{name} has no negative case"
        );
        for case in cases {
            let genres: Vec<&str> = case.genres.iter().map(String::as_str).collect();
            assert_eq!(
                way_in.holds(&genres, case.unplaced),
                case.holds,
                "{name}: {genres:?}"
            );
            let class = rules.class_of(&genres, Classes::Twelve);
            assert_eq!(class, case.class.as_deref(), "{name}: {genres:?}");
        }
        alternatives += 1;
    }
    let all: usize = rules.rules().iter().map(|r| r.alternatives.len()).sum();
    assert_eq!(alternatives, all);
    assert_eq!(rules.rules().len(), 12);
}

#[test]
fn nine_classes_merge_the_twelve() {
    let rules = Music4AllRules::published();
    assert_eq!(rules.names(Classes::Twelve).len(), 12);
    assert_eq!(
        rules.names(Classes::Nine),
        [
            "pop",
            "rock",
            "alternative rock",
            "rhythm music",
            "electronic",
            "hip hop",
            "folk",
            "heavy music",
            "punk"
        ]
    );
    for (genre, twelve, nine) in [
        ("soul", "rhythm and blues", "rhythm music"),
        ("jazz", "blue note", "rhythm music"),
        ("ska", "jamaican", "rhythm music"),
        ("doom metal", "metal", "heavy music"),
        ("screamo", "hardcore", "heavy music"),
        (" Techno ", "electronic", "electronic"),
    ] {
        assert_eq!(rules.class_of(&[genre], Classes::Twelve), Some(twelve));
        assert_eq!(rules.class_of(&[genre], Classes::Nine), Some(nine));
    }
    assert_eq!(rules.class_of(&["opera"], Classes::Nine), None);
    assert_eq!(rules.class_of::<&str>(&[], Classes::Nine), None);
}

#[test]
fn the_grid_is_cut_where_it_was_published() {
    let grid = EmotionGrid::published();
    let golden = golden().emotions;
    assert_eq!(golden.len(), 121);
    for GoldenEmotion {
        valence,
        energy,
        emotion,
    } in golden
    {
        assert_eq!(
            grid.emotion(valence, energy),
            Some(emotion.as_str()),
            "{valence} {energy}"
        );
    }
    // Both cuts belong to the middle.
    assert_eq!(grid.emotion(0.35, 0.65), Some("Neutral"));
    assert_eq!(grid.emotion(0.349_999, 0.650_001), Some("Angry"));
    for (valence, energy) in [(f64::NAN, 0.5), (0.5, 1.1), (-0.1, 0.5)] {
        assert_eq!(grid.emotion(valence, energy), None);
    }
    assert_eq!(grid.names().len(), 9);
}

#[test]
fn audioset_labels_are_merged_and_metal_is_not_rock() {
    let classes = AudioSetClasses::published();
    for (labels, wanted) in [
        (vec!["Music", "Country"], Placement::Class("folk")),
        (vec!["Folk music"], Placement::Class("folk")),
        (vec!["electronic music"], Placement::Class("electronic")),
        (vec!["Jazz"], Placement::Class("rhythm music")),
        (
            vec!["Reggae", "Rhythm and blues"],
            Placement::Class("rhythm music"),
        ),
        (vec!["Pop music"], Placement::Class("pop")),
        (vec!["Hip hop music"], Placement::Class("hip hop")),
        (vec!["Rock music"], Placement::Class("rock/altrock/punk")),
        (
            vec!["Rock music", "Heavy metal"],
            Placement::Class("heavy music"),
        ),
        (
            vec!["Pop music", "Jazz"],
            Placement::Ambiguous(vec!["pop", "rhythm music"]),
        ),
        (vec!["Speech"], Placement::None),
        (vec![], Placement::None),
    ] {
        assert_eq!(classes.place(&labels), wanted, "{labels:?}");
    }
    assert_eq!(classes.names().len(), 7);
}

#[test]
fn subgenres_are_listed_by_class() {
    let list = Subgenres::published();
    for (subgenre, class) in [
        ("Trap", Some("hip hop")),
        ("german black metal", Some("heavy music")),
        ("new orleans jazz", Some("rhythm music")),
        // In two classes of the list; the first has it.
        ("c86", Some("alternative rock")),
        // Listed as belonging to none.
        ("opera", None),
        ("no such genre", None),
    ] {
        assert_eq!(list.class_of(subgenre), class, "{subgenre}");
    }
    assert_eq!(list.first_class(&["opera", "trap"]), Some("hip hop"));
}
