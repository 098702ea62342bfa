//! The paper's table.

use musiclime_core::LabelSet;
use musiclime_evaluation::{ModelTable, PredictedSong, Predictions, PublishedTable};

fn predictions(right: usize, songs: usize) -> Predictions {
    Predictions {
        labels: LabelSet::new(vec!["a".into(), "b".into()]).expect("labels"),
        songs: (0..songs)
            .map(|i| PredictedSong {
                id: i.to_string(),
                truth: 0,
                probabilities: if i < right {
                    vec![0.75, 0.25]
                } else {
                    vec![0.25, 0.75]
                },
            })
            .collect(),
    }
}

#[test]
fn published_numbers_stand_beside_ours() {
    let published = PublishedTable::music4all().expect("the data file");
    assert_eq!((published.rows.len(), published.test_songs), (6, 6550));
    let both = published.row("genre", "both").expect("a row");
    assert_eq!((both.accuracy, both.macro_f1), (0.5734, 0.58));
    assert!(published.row("genre", "smell").is_none());

    let (best, worse) = (predictions(40, 40), predictions(20, 40));
    let mut table = ModelTable::new(&published, "a, toy", 40);
    let scores = worse.scores(1).expect("scores");
    let test = best.compare(&worse).0;
    table.push(&published, "genre", "lyrics", &scores, Some(test));
    let scores = best.scores(1).expect("scores");
    table.push(&published, "genre", "both", &scores, None);

    let markdown = table.to_markdown();
    assert!(markdown.starts_with("The data differ: "), "{markdown}");
    assert!(
        markdown.contains("| genre | lyrics | 45.15 % | 0.45 | 50.00 % ("),
        "{markdown}"
    );
    // 20 songs that only the better model gets right: 2 / 2^20.
    assert!(markdown.contains("| 1.9e-6 |"), "{markdown}");
    let csv = table.to_csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].starts_with("genre,lyrics,0.4515,0.45,40,0.5,"),
        "{csv}"
    );
    assert!(lines[1].contains(",20,0,"), "{csv}");
    assert!(
        lines[2].ends_with("\"") && lines[2].contains("(40 test songs)"),
        "{csv}"
    );
    let json = serde_json::to_value(&table).expect("JSON");
    assert_eq!(json["rows"][0]["published_accuracy"], 0.4515);
    assert!(json["rows"][1]["both_against_this"].is_null());
}
