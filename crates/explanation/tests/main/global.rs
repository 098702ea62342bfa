//! Global explanations: against NumPy, and what is refused.

use super::toy::recipe;
use musiclime_explanation::global::{
    ClassSum, ClassSums, Counts, FeatureId, FeatureSum, GlobalTables, Measure, RunSums,
};
use musiclime_explanation::{
    ComponentWeight, ExplanationFile, Intervals, LocalExplanation, ModelInfo, Recipe, RunRecipe,
    SongInfo, WeightedComponent,
};
use serde_json::Value;
use std::path::Path;

/// Three sums and logarithms of at most 4 shares, in another order than NumPy's.
const TOLERANCE: f64 = 1e-12;

fn read(text: &str) -> Result<Counts, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("counts.json");
    std::fs::write(&path, text).expect("a file");
    Counts::read(&path).map_err(|e| e.to_string())
}

fn one(text: &str) -> ClassSums {
    match read(text).expect("counts") {
        Counts::One(sums) => sums,
        Counts::Sets(sets) => panic!("one set, not {}", sets.len()),
    }
}

#[test]
fn importances_are_those_of_numpy() {
    let golden: Value =
        serde_json::from_str(include_str!("../golden/global.json")).expect("the golden file");
    let Counts::Sets(sets) = read(&golden["counts"].to_string()).expect("counts") else {
        panic!("three sets");
    };
    assert_eq!(sets.len(), 3);
    let mut compared = 0;
    for (name, sums) in &sets {
        let got = GlobalTables::new(sums).to_value();
        let want = golden["tables"][name].as_object().expect("classes");
        assert_eq!(got.as_object().expect("classes").len(), want.len());
        for (class, features) in want {
            let features = features.as_object().expect("features");
            assert_eq!(
                got[class].as_object().expect("features").len(),
                features.len()
            );
            for (feature, values) in features {
                for (key, value) in values.as_object().expect("values") {
                    let got = got[class][feature][key].as_f64().expect("a number");
                    let want = value.as_f64().expect("a number");
                    assert!(
                        (got - want).abs() <= TOLERANCE,
                        "{name} {class} {feature} {key}: {got} is not {want}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 195);
}

#[test]
fn homogeneity_on_paper() {
    // `everywhere` has shares 1/2 and 1/2, so 1 bit; the others belong to one class, 0 bits.
    let sums = one(
        r#"{"a": {"everywhere": {"weight": 4, "count": 2}, "vocals0": {"weight": 9, "count": 3}},
            "b": {"everywhere": {"weight": 4, "count": 8}, "ship": {"weight": 1, "count": 1}}}"#,
    );
    let tables = GlobalTables::new(&sums);
    let of = |class: usize, feature: usize| {
        let f = &tables.classes[class].features[feature];
        (f.lime, f.average, f.homogeneity, f.count)
    };
    assert_eq!(of(0, 0), (2.0, 2.0, 0.0, 2));
    assert_eq!(of(0, 1), (3.0, 3.0, 3.0, 3));
    assert_eq!(of(1, 0), (2.0, 0.5, 0.0, 8));
    assert_eq!(of(1, 1), (1.0, 1.0, 1.0, 1));
    let share = tables.classes[0].audio_share().expect("a weight");
    assert!((share - 9.0 / 13.0).abs() < 1e-15);
    let ranked = tables.classes[0].ranked(Measure::Homogeneity);
    assert_eq!(ranked[0].id.to_string(), "vocals0");
}

#[test]
fn equal_entropies_leave_lime_importance_as_it_is() {
    for (classes, weight) in [(1, 0.3), (2, 0.3), (3, 0.1), (7, 1e-9)] {
        let features = |factor: f64| {
            let sum = |w: f64| FeatureSum {
                weight: w * factor,
                count: 2,
            };
            vec![
                (FeatureId::parse("bass1"), sum(weight)),
                (FeatureId::parse("ship"), sum(weight * 17.3)),
                (FeatureId::parse("sea"), sum(weight * 0.07)),
            ]
        };
        // Every feature has the same shares, but these round in different ways.
        let classes = (0..classes)
            .map(|c| ClassSum {
                label: c.to_string(),
                songs: None,
                features: features(1.0 + f64::from(c) / 3.0),
            })
            .collect();
        for class in GlobalTables::new(&ClassSums { classes }).classes {
            for f in class.features {
                assert!(f.homogeneity.is_finite());
                assert_eq!(f.homogeneity, f.lime, "{}", f.id);
            }
        }
    }
}

#[test]
fn names_tell_audio_from_words() {
    for name in ["vocals0", "other12"] {
        assert!(FeatureId::parse(name).is_audio(), "{name}");
        assert_eq!(FeatureId::parse(name).to_string(), name);
    }
    for name in [
        "other",
        "vocals07",
        "drums-1",
        "bass10000",
        "bassoon",
        "",
        "+1",
        "drums+1",
    ] {
        assert!(!FeatureId::parse(name).is_audio(), "{name}");
        assert_eq!(FeatureId::parse(name).to_string(), name);
    }
    assert_eq!(
        FeatureId::Word("vocals0".into()).to_string(),
        "word:vocals0"
    );
}

#[test]
fn counts_that_make_no_sense_are_refused_by_name() {
    for (text, named) in [
        ("[]", "a list"),
        ("{}", "an empty object"),
        ("{", "format"),
        (r#"{"a": 3}"#, "class \"a\""),
        (r#"{"a": {"x": 3}}"#, "feature \"x\""),
        (r#"{"a": {"x": {"weight": -1, "count": 1}}}"#, "-1"),
        (
            r#"{"a": {"x": {"weight": null, "count": 1}}}"#,
            "\"weight\"",
        ),
        (r#"{"a": {"x": {"weight": 1, "count": 0}}}"#, "\"count\""),
        (r#"{"a": {"x": {"weight": 1, "count": 1.5}}}"#, "\"count\""),
        (r#"{"a": {"x": {"weight": 1}}}"#, "\"count\""),
        (
            r#"{"s": {"c": {"x": {"weight": 1}}}}"#,
            "set \"s\", class \"c\"",
        ),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(named), "{text}: {error}");
        assert!(error.contains("counts.json"), "{error}");
    }
    assert!(matches!(
        read(r#"{"s": {"empty": {}, "c": {"x": {"weight": 1, "count": 1}}}}"#),
        Ok(Counts::Sets(_))
    ));
}

fn audio(stem: &str, segment: usize, weight: f64) -> ComponentWeight {
    ComponentWeight {
        feature: format!("{stem}{segment}"),
        component: WeightedComponent::Audio {
            stem: stem.into(),
            segment,
            start_s: 0.0,
            end_s: 1.0,
            detail: Default::default(),
        },
        weight,
        interval: None,
    }
}

fn word(word: &str, weight: f64, unread: bool) -> ComponentWeight {
    ComponentWeight {
        feature: word.into(),
        component: WeightedComponent::Lyrics {
            word: word.into(),
            places: vec![[0, 1]],
            unread,
        },
        weight,
        interval: None,
    }
}

fn run(name: &str, probabilities: [f64; 2], weights: [Vec<ComponentWeight>; 2]) -> ExplanationFile {
    let labels = ["yes", "no"];
    let explained = weights
        .into_iter()
        .enumerate()
        .map(|(index, weights)| LocalExplanation {
            label: labels[index].into(),
            index,
            probability: probabilities[index],
            intercept: 0.0,
            r2: 1.0,
            local_prediction: probabilities[index],
            intervals: Intervals::Hc3,
            weights,
        });
    ExplanationFile::new(
        SongInfo {
            name: name.into(),
            start_s: 0.0,
            duration_s: 1.0,
            sample_rate_hz: 1_000,
            stems: "given".into(),
            has_lyrics: true,
            notes: vec![],
        },
        ModelInfo {
            name: "toy".into(),
            task: "genre".into(),
            weights_sha256: "00".into(),
            version: "1".into(),
        },
        labels.map(String::from).to_vec(),
        probabilities.to_vec(),
        RunRecipe {
            recipe: recipe(),
            separator: "none".into(),
            batch_size: 16,
            precision: "f32".into(),
            device: "cpu".into(),
            version: "1".into(),
        },
        explained.collect(),
    )
}

#[test]
fn runs_add_up_over_the_predicted_class() {
    let mut sums = RunSums::default();
    let weights = || {
        vec![
            word("sea", 0.5, false),
            audio("drums", 1, 0.25),
            audio("bass", 0, -3.0),
            word("far", 9.0, true),
        ]
    };
    let other = || vec![word("never", 1.0, false)];
    let songs = [
        run("a", [0.7, 0.3], [weights(), other()]),
        run("b", [0.6, 0.4], [weights(), other()]),
        run("c", [0.1, 0.9], [other(), vec![audio("bass", 0, 2.0)]]),
    ];
    for song in &songs {
        sums.add(Path::new(&song.song.name), song).expect("added");
    }
    assert_eq!(sums.songs(), 3);
    let sums = sums.finish();
    assert_eq!(
        sums.to_value().to_string(),
        r#"{"yes":{"drums1":{"weight":0.5,"count":2},"sea":{"weight":1.0,"count":2}},"no":{"bass0":{"weight":2.0,"count":1}}}"#
    );
    assert_eq!(sums.classes[0].songs, Some(2));
    let again = one(&sums.to_value().to_string());
    assert_eq!(
        GlobalTables::new(&again).to_value(),
        GlobalTables::new(&sums).to_value()
    );
}

#[test]
fn runs_that_do_not_go_together_are_refused_by_name() {
    let song = |name: &str| run(name, [0.7, 0.3], [vec![word("sea", 0.5, false)], vec![]]);
    let refuse = |file: &ExplanationFile, named: &[&str]| {
        let mut sums = RunSums::default();
        sums.add(Path::new("first.json"), &song("a"))
            .expect("added");
        let error = sums
            .add(Path::new("second.json"), file)
            .expect_err("refused")
            .to_string();
        for name in named {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert_eq!(sums.songs(), 1);
    };
    let changed = |change: &dyn Fn(&mut ExplanationFile)| {
        let mut file = song("b");
        change(&mut file);
        file
    };
    refuse(&song("a"), &["second.json", "\"a\"", "first.json"]);
    refuse(
        &changed(&|f| f.model.weights_sha256 = "11".into()),
        &[
            "model",
            "weights 00",
            "weights 11",
            "first.json",
            "second.json",
        ],
    );
    refuse(
        &changed(&|f| f.labels[1] = "nay".into()),
        &["labels", "nay"],
    );
    let recipe_changed = |change: &dyn Fn(&mut Recipe)| changed(&|f| change(&mut f.recipe.recipe));
    refuse(&recipe_changed(&|r| r.segments = 5), &["segments", "5"]);
    refuse(
        &recipe_changed(&|r| r.kernel_width = 1.5),
        &["kernel width", "1.5"],
    );
    refuse(
        &changed(&|f| f.recipe.separator = "hpss".into()),
        &["separator", "hpss"],
    );
    refuse(
        &changed(&|f| {
            f.explained.remove(0);
        }),
        &["explained labels", "yes", "no"],
    );
    refuse(&changed(&|f| f.probabilities.clear()), &["probabilities"]);
    let mut sums = RunSums::default();
    sums.add(Path::new("first.json"), &song("a"))
        .expect("added");
    sums.add(Path::new("b"), &recipe_changed(&|r| r.samples = 7))
        .expect("samples may differ");
}
