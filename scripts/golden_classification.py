"""Golden files of crates/evaluation: scikit-learn's reports and scipy's binomial test.

Usage: python scripts/golden_classification.py   (needs numpy, scikit-learn, scipy)
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import classification_report, confusion_matrix

OUT = Path(__file__).parent.parent / "crates/evaluation/tests/golden/classification.json"
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
    return {
        "truth": [int(x) for x in truth],
        "first": [int(x) for x in first],
        "second": [int(x) for x in second],
        "only_first": only_first,
        "only_second": only_second,
        "p": float(p),
    }


cases = []
for classes, songs in [(2, 20), (3, 50), (5, 40), (9, 200)]:
    truth = rng.integers(0, classes, songs)
    predicted = np.where(rng.random(songs) < 0.6, truth, rng.integers(0, classes, songs))
    cases.append(case(truth, predicted, classes))
# A class that never occurs, and one that is never predicted.
cases.append(case([0, 0, 1, 1, 1], [0, 3, 1, 1, 0], 4))
cases.append(case([0, 1, 2], [1, 2, 0], 3))

tests = []
for songs, p, q in [(30, 0.5, 0.6), (100, 0.5, 0.8), (400, 0.55, 0.6), (2500, 0.4, 0.6), (5, 1.0, 1.0)]:
    truth = rng.integers(0, 4, songs)
    first = np.where(rng.random(songs) < p, truth, (truth + 1) % 4)
    second = np.where(rng.random(songs) < q, truth, (truth + 2) % 4)
    tests.append(mcnemar(truth, first, second))

OUT.write_text(json.dumps({"reports": cases, "mcnemar": tests}))
