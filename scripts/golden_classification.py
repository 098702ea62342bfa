"""Golden files of crates/evaluation: scikit-learn's reports and scipy's tests.

Usage: python scripts/golden_classification.py   (needs numpy, scikit-learn, scipy)
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import binomtest, bootstrap, chi2, pearsonr
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    classification_report,
    confusion_matrix,
    f1_score,
    log_loss,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)

GOLDEN = Path(__file__).parent.parent / "crates/evaluation/tests/golden"
rng = np.random.default_rng(7)


def case(truth, predicted, classes):
    names = [f"c{i}" for i in range(classes)]
    report = classification_report(
        truth, predicted, labels=range(classes), target_names=names, output_dict=True, zero_division=0
    )
    return {
        "classes": classes,
        "truth": [int(x) for x in truth],
        "predicted": [int(x) for x in predicted],
        "accuracy": float(np.mean(np.array(truth) == np.array(predicted))),
        "rows": [[report[n][k] for k in ("precision", "recall", "f1-score", "support")] for n in names],
        "macro": [report["macro avg"][k] for k in ("precision", "recall", "f1-score")],
        "weighted": [report["weighted avg"][k] for k in ("precision", "recall", "f1-score")],
        "confusion": confusion_matrix(truth, predicted, labels=range(classes)).tolist(),
    }


def mcnemar(truth, first, second):
    a, b, t = np.array(first), np.array(second), np.array(truth)
    only_first = int(np.sum((a == t) & (b != t)))
    only_second = int(np.sum((a != t) & (b == t)))
    n = only_first + only_second
    p = 1.0 if n == 0 else binomtest(min(only_first, only_second), n).pvalue
    # The formula of statsmodels.stats.contingency_tables.mcnemar(exact=False, correction=True).
    chi_square = 0.0 if n == 0 else (abs(only_first - only_second) - 1) ** 2 / n
    return {
        "truth": [int(x) for x in truth],
        "first": [int(x) for x in first],
        "second": [int(x) for x in second],
        "only_first": only_first,
        "only_second": only_second,
        "p": float(p),
        "chi_square": float(chi_square),
        "chi_square_p": float(chi2.sf(chi_square, 1)),
    }


cases = []
for classes, songs in [(2, 20), (3, 50), (5, 40), (9, 200)]:
    truth = rng.integers(0, classes, songs)
    predicted = np.where(rng.random(songs) < 0.6, truth, rng.integers(0, classes, songs))
    cases.append(case(truth, predicted, classes))
# A class that never occurs, and one that is never predicted.
cases.append(case([0, 0, 1, 1, 1], [0, 3, 1, 1, 0], 4))
cases.append(case([0, 1, 2], [1, 2, 0], 3))
# One class alone, all right and all wrong.
cases.append(case([0, 0, 0], [0, 0, 0], 1))
cases.append(case([0, 0, 0], [1, 1, 1], 2))

tests = []
for songs, p, q in [(30, 0.5, 0.6), (100, 0.5, 0.8), (400, 0.55, 0.6), (2500, 0.4, 0.6), (5, 1.0, 1.0)]:
    truth = rng.integers(0, 4, songs)
    first = np.where(rng.random(songs) < p, truth, (truth + 1) % 4)
    second = np.where(rng.random(songs) < q, truth, (truth + 2) % 4)
    tests.append(mcnemar(truth, first, second))

(GOLDEN / "classification.json").write_text(json.dumps({"reports": cases, "mcnemar": tests}))


def calibration(truth, probabilities, bins=10):
    truth, p = np.array(truth), np.array(probabilities)
    classes = p.shape[1]
    first, confidence = p.argmax(1), p.max(1)
    right = (first == truth).astype(int)
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=bins, strategy="uniform")
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    counts = np.bincount(np.searchsorted(inner, confidence), minlength=bins)
    used = counts[counts > 0]
    one_hot = np.eye(classes)[truth]
    # scikit-learn halves the binary score by default; ours is the sum over the classes for any number of them.
    brier = brier_score_loss(one_hot, p, scale_by_half=False)
    return {
        "truth": truth.tolist(),
        "probabilities": p.tolist(),
        "bins": bins,
        "counts": counts.tolist(),
        "accuracy": accuracy.tolist(),
        "confidence": mean_confidence.tolist(),
        "expected_calibration_error": float(np.sum(used * np.abs(accuracy - mean_confidence)) / len(truth)),
        "brier": float(brier),
        "log_loss": float(log_loss(truth, p, labels=range(classes))),
    }


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


calibrations = []
for classes, songs, scale in [(3, 40, 1.0), (9, 120, 3.0), (2, 30, 6.0)]:
    truth = rng.integers(0, classes, songs)
    logits = rng.normal(size=(songs, classes)) * scale + np.eye(classes)[truth] * scale
    calibrations.append(calibration(truth, softmax(logits)))
# Probabilities on the edges of bins, ties, certainty that is wrong.
calibrations.append(
    calibration([0, 1, 0, 1, 0], [[0.5, 0.5], [0.5, 0.5], [0.6, 0.4], [1.0, 0.0], [0.7, 0.3]])
)
calibrations.append(calibration([0, 1], [[0.5, 0.5], [0.25, 0.75]], bins=4))
(GOLDEN / "calibration.json").write_text(json.dumps(calibrations))


def tagging(truth, probabilities, threshold=0.5):
    t, p = np.array(truth), np.array(probabilities)
    said = (p >= threshold).astype(int)
    rows = []
    for tag in range(t.shape[1]):
        y, s = t[:, tag], p[:, tag]
        rows.append(
            {
                "support": int(y.sum()),
                "precision": float(precision_score(y, said[:, tag], zero_division=0)),
                "recall": float(recall_score(y, said[:, tag], zero_division=0)),
                "f1": float(f1_score(y, said[:, tag], zero_division=0)),
                "roc_auc": float(roc_auc_score(y, s)) if 0 < y.sum() < len(y) else None,
                "average_precision": float(average_precision_score(y, s)) if y.sum() > 0 else None,
            }
        )
    aucs = [r["roc_auc"] for r in rows if r["roc_auc"] is not None]
    precisions = [r["average_precision"] for r in rows if r["average_precision"] is not None]
    return {
        "truth": t.tolist(),
        "probabilities": p.tolist(),
        "threshold": threshold,
        "tags": rows,
        "micro_f1": float(f1_score(t, said, average="micro", zero_division=0)),
        "macro_f1": float(f1_score(t, said, average="macro", zero_division=0)),
        "macro_roc_auc": float(np.mean(aucs)) if aucs else None,
        "macro_average_precision": float(np.mean(precisions)) if precisions else None,
    }


taggings = []
for tags, songs, step in [(5, 60, 0), (4, 50, 0.1)]:
    t = (rng.random((songs, tags)) < 0.3).astype(int)
    p = np.clip(0.35 * t + 0.65 * rng.random((songs, tags)), 0, 1)
    # Coarse scores tie often.
    taggings.append(tagging(t, np.round(p / step) * step if step else p))
# A tag that no song has, one that every song has, one that is never given.
t = np.array([[0, 1, 1], [0, 1, 0], [0, 1, 1], [0, 1, 0]])
taggings.append(tagging(t, [[0.1, 0.9, 0.2], [0.6, 0.4, 0.3], [0.5, 0.5, 0.1], [0.2, 0.7, 0.2]]))


def regression(truth, predicted):
    t, p = np.array(truth, float), np.array(predicted, float)
    varies = np.ptp(t) > 0 and np.ptp(p) > 0
    return {
        "truth": t.tolist(),
        "predicted": p.tolist(),
        "mae": float(mean_absolute_error(t, p)),
        "rmse": float(root_mean_squared_error(t, p)),
        "r2": float(r2_score(t, p)),
        "pearson": float(pearsonr(t, p).statistic) if varies else None,
    }


t = rng.random(40)
regressions = [
    regression(t, 0.7 * t + 0.2 * rng.random(40)),
    regression(t, 1 - t),
    regression([0.5, 0.5, 0.5], [0.4, 0.5, 0.6]),
    regression([0.1, 0.5, 0.9], [0.5, 0.5, 0.5]),
]
(GOLDEN / "other_outputs.json").write_text(json.dumps({"tagging": taggings, "regression": regressions}))

# Random draws differ, so the ends of intervals agree within the noise of resampling.
intervals = []
for songs, share in [(100, 0.6), (500, 0.95), (60, 0.3)]:
    truth = rng.integers(0, 3, songs)
    predicted = np.where(rng.random(songs) < share, truth, (truth + 1) % 3)

    def macro_f1(t, p):
        return f1_score(t, p, labels=range(3), average="macro", zero_division=0)

    def ends(statistic):
        drawn = bootstrap(
            (truth, predicted),
            statistic,
            paired=True,
            vectorized=False,
            method="percentile",
            n_resamples=4000,
            rng=np.random.default_rng(1),
        ).confidence_interval
        return [float(drawn.low), float(drawn.high)]

    intervals.append(
        {
            "truth": truth.tolist(),
            "predicted": predicted.tolist(),
            "accuracy": ends(lambda t, p: float(np.mean(t == p))),
            "macro_f1": ends(macro_f1),
        }
    )
values = np.sort(rng.random(37))
shares = [0.0, 0.025, 0.1, 0.5, 0.975, 1.0]
(GOLDEN / "bootstrap.json").write_text(
    json.dumps(
        {
            "intervals": intervals,
            "percentiles": {
                "values": values.tolist(),
                "shares": shares,
                "expected": [float(np.percentile(values, 100 * s)) for s in shares],
            },
        }
    )
)
