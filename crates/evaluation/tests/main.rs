//! Scores against scikit-learn and scipy, and against answers known on paper.

#[path = "main/faithfulness.rs"]
mod faithfulness;
#[path = "main/scores.rs"]
mod scores;
#[path = "main/separation.rs"]
mod separation;
#[path = "main/table.rs"]
mod table;

use musiclime_core::LabelSet;
use musiclime_evaluation::causes::to_markdown;
use musiclime_evaluation::{
    ClassificationReport, PlantedCause, Proportion, RecoveryCase, is_hit, mcnemar, recoveries,
};
use musiclime_explanation::WeightedComponent;
use serde_json::Value;

fn golden() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/classification.json"
    );
    let text = std::fs::read_to_string(path).expect("the golden file");
    serde_json::from_str(&text).expect("JSON")
}

fn indices(v: &Value) -> Vec<usize> {
    v.as_array()
        .expect("a list")
        .iter()
        .map(|x| x.as_u64().expect("an index") as usize)
        .collect()
}

fn close(a: f64, b: &Value, what: &str) {
    let b = b.as_f64().expect("a number");
    assert!((a - b).abs() < 1e-12, "{what}: {a} and {b}");
}

#[test]
fn reports_are_scikit_learns() {
    let golden = golden();
    let cases = golden["reports"].as_array().expect("cases");
    assert_eq!(cases.len(), 8);
    for case in cases {
        let names = (0..case["classes"].as_u64().expect("a count"))
            .map(|i| format!("c{i}"))
            .collect();
        let labels = LabelSet::new(names).expect("labels");
        let report = ClassificationReport::new(
            &labels,
            &indices(&case["truth"]),
            &indices(&case["predicted"]),
        );
        close(report.accuracy.value, &case["accuracy"], "accuracy");
        for (row, expected) in report
            .classes
            .iter()
            .zip(case["rows"].as_array().expect("rows"))
        {
            close(row.precision, &expected[0], "precision");
            close(row.recall, &expected[1], "recall");
            close(row.f1, &expected[2], "F1");
            close(row.support as f64, &expected[3], "support");
        }
        for (a, key) in [
            (report.macro_average, "macro"),
            (report.weighted_average, "weighted"),
        ] {
            close(a.precision, &case[key][0], key);
            close(a.recall, &case[key][1], key);
            close(a.f1, &case[key][2], key);
        }
        let confusion: Vec<Vec<usize>> = case["confusion"]
            .as_array()
            .expect("rows")
            .iter()
            .map(indices)
            .collect();
        assert_eq!(report.confusion, confusion);
        assert!(report.to_markdown().contains("| macro |"));
    }
}

#[test]
fn mcnemars_test_is_scipys() {
    let golden = golden();
    for case in golden["mcnemar"].as_array().expect("cases") {
        let test = mcnemar(
            &indices(&case["truth"]),
            &indices(&case["first"]),
            &indices(&case["second"]),
        );
        close(test.only_first as f64, &case["only_first"], "only first");
        close(test.only_second as f64, &case["only_second"], "only second");
        let p = case["p"].as_f64().expect("a number");
        // Relative, because p may be 1e-40.
        assert!(
            (test.p_value - p).abs() <= 1e-9 * p,
            "{} and {p}",
            test.p_value
        );
        close(test.chi_square, &case["chi_square"], "chi-square");
        let p = case["chi_square_p"].as_f64().expect("a number");
        assert!(
            (test.chi_square_p_value - p).abs() <= 1e-9 * p,
            "{} and {p}",
            test.chi_square_p_value
        );
    }
}

#[test]
fn wilsons_interval_is_the_published_one() {
    // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (hits, cases, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let p = Proportion::new(hits, cases);
        assert!(
            (p.low - low).abs() < 5e-5 && (p.high - high).abs() < 5e-5,
            "{p:?}"
        );
    }
    assert_eq!(Proportion::new(0, 0).value, 0.0);
}

fn segment(stem: &str, start_s: f64, end_s: f64) -> WeightedComponent {
    WeightedComponent::Audio {
        stem: stem.into(),
        segment: 0,
        start_s,
        end_s,
        detail: Default::default(),
    }
}

#[test]
fn a_hit_is_the_same_stem_long_enough_or_the_same_word() {
    let causes = [
        PlantedCause::Stem {
            stem: "bass".into(),
            start_s: 2.0,
            end_s: 4.0,
        },
        PlantedCause::Word {
            word: "Anchor".into(),
        },
    ];
    assert!(is_hit(&segment("bass", 3.0, 4.0), &causes));
    assert!(is_hit(&segment("bass", 1.0, 2.25), &causes));
    assert!(
        !is_hit(&segment("bass", 1.0, 2.15), &causes),
        "0.15 s is too little"
    );
    assert!(
        is_hit(&segment("bass", 1.0, 2.2), &causes),
        "0.2 s is enough"
    );
    let early = [PlantedCause::Stem {
        stem: "bass".into(),
        start_s: 1.0,
        end_s: 9.0,
    }];
    assert!(
        is_hit(&segment("bass", 0.0, 1.2), &early),
        "1.2 - 1.0 rounds below 0.2"
    );
    assert!(
        !is_hit(&segment("drums", 3.0, 4.0), &causes),
        "another stem"
    );
    let word = |w: &str| WeightedComponent::Lyrics {
        word: w.into(),
        places: vec![[0, 1]],
        unread: false,
    };
    assert!(is_hit(&word("anchor"), &causes));
    assert!(!is_hit(&word("anchors"), &causes));
}

fn case(right: bool, ranked: [bool; 3], naive: [bool; 3]) -> RecoveryCase {
    RecoveryCase {
        song: "s".into(),
        task: "genre".into(),
        modality: "audio",
        label: "opera".into(),
        right,
        ranked: ranked.to_vec(),
        naive: naive.to_vec(),
        components: 10,
        causes: 2,
    }
}

#[test]
fn recovery_counts_hits_and_knows_chance() {
    let cases = [
        case(true, [true, false, false], [false, false, true]),
        case(true, [false, false, true], [false; 3]),
        case(true, [false, false, false], [true, false, false]),
        // A wrong prediction is a miss, however good its reasons look.
        case(false, [true, true, true], [false; 3]),
    ];
    let rows = recoveries(&cases);
    let all = &rows[0];
    assert_eq!(
        (all.top1.hits, all.top3.hits, all.right.hits, all.top1.cases),
        (1, 2, 3, 4)
    );
    assert_eq!((all.naive1.hits, all.naive3.hits), (1, 2));
    assert!((all.chance1 - 0.2).abs() < 1e-12);
    // 1 - C(8, 3) / C(10, 3) = 1 - 56 / 120.
    assert!((all.chance3 - (1.0 - 56.0 / 120.0)).abs() < 1e-12);
    let groups: Vec<&str> = rows.iter().map(|r| r.group.as_str()).collect();
    assert_eq!(
        groups,
        ["all", "genre", "genre by audio", "genre by audio: opera"]
    );
    assert!(to_markdown(&rows).lines().count() == 2 + rows.len());
}
