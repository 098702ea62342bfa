//! The figures of an evaluation.

use crate::figure::{count, pixels};
use musiclime_report::figures::{
    CalibrationBin, CalibrationView, ConfusionView, FigureFormat, calibration, confusion,
};

fn labels(classes: usize) -> Vec<String> {
    (0..classes).map(|i| format!("class_number_{i}")).collect()
}

fn counts(classes: usize) -> Vec<Vec<usize>> {
    (0..classes)
        .map(|t| {
            (0..classes)
                .map(|p| if t == p { 90 } else { (t + p) % 2 })
                .collect()
        })
        .collect()
}

fn bins() -> Vec<CalibrationBin> {
    (0..10)
        .map(|i| CalibrationBin {
            low: f64::from(i) / 10.0,
            high: f64::from(i + 1) / 10.0,
            songs: i as usize * i as usize,
            confidence: (f64::from(i) + 0.5) / 10.0,
            accuracy: f64::from(i) / 10.0,
        })
        .collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_confusion_matrix_is_drawn_for_any_number_of_classes() {
    for classes in [1, 2, 9, 30, 80, 527] {
        let (labels, counts) = (labels(classes), counts(classes));
        let view = ConfusionView {
            title: "my model",
            subtitle: "500 songs",
            labels: &labels,
            counts: &counts,
        };
        let (width, height, rgb) = pixels(&confusion(&view, FigureFormat::Png).expect("a figure"));
        assert!(
            (1_100..2_800).contains(&width) && (500..2_800).contains(&height),
            "{classes}: {width} x {height}"
        );
        // The deepest blue of the map for a row's whole share, and nothing at the right margin.
        if classes == 1 {
            assert!(count(&rgb, |p| p == [27, 87, 160]) > 1_000);
        }
        let row = width as usize * 3;
        assert!(
            rgb.chunks_exact(row)
                .all(|r| r[row - 60..].iter().all(|&x| x == 255)),
            "{classes}"
        );
    }
    let (labels, counts) = (labels(4), counts(4));
    let view = ConfusionView {
        title: "my model",
        subtitle: "500 songs",
        labels: &labels,
        counts: &counts,
    };
    let svg = text(confusion(&view, FigureFormat::Svg).expect("a figure"));
    for word in [
        "my model",
        "500 songs",
        "class_number_3",
        "\n90\n",
        "predicted class",
    ] {
        assert!(svg.contains(word), "{word} is missing");
    }
}

#[test]
fn a_reliability_diagram_shows_bars_and_songs() {
    let bins = bins();
    let view = CalibrationView {
        title: "my model",
        subtitle: "expected calibration error 0.050",
        bins: &bins,
    };
    let svg = text(calibration(&view, FigureFormat::Svg).expect("a figure"));
    for word in [
        "my model",
        "expected calibration error 0.050",
        "\n81\n",
        "0.2",
    ] {
        assert!(svg.contains(word), "{word} is missing");
    }
    let (_, _, rgb) = pixels(&calibration(&view, FigureFormat::Png).expect("a figure"));
    assert!(count(&rgb, |p| p == [62, 72, 140]) > 5_000);
    assert!(count(&rgb, |p| p == [176, 184, 194]) > 20_000);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let labels = labels(3);
    for counts in [counts(2), vec![vec![1; 3], vec![1; 2], vec![1; 3]]] {
        let view = ConfusionView {
            title: "",
            subtitle: "",
            labels: &labels,
            counts: &counts,
        };
        let error = confusion(&view, FigureFormat::Svg).expect_err("a refusal");
        assert!(error.to_string().contains("expected 3"), "{error}");
    }
    let mut bins = bins();
    bins[3].accuracy = f64::NAN;
    let view = CalibrationView {
        title: "",
        subtitle: "",
        bins: &bins,
    };
    assert!(calibration(&view, FigureFormat::Svg).is_err());
}
