"""Writes crates/explanation/tests/golden/global.json: global importances of made-up counts, computed with NumPy.

Usage: python scripts/golden_global.py
       python scripts/golden_global.py COUNTS.json RESULT.json

With two files, compares `musiclime aggregate --from-counts COUNTS.json --json` (saved as RESULT.json) with the same
computation, and prints the largest difference of each set and its share of audio in the positive weight.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "crates/explanation/tests/golden/global.json"
MEASURES = ["lime", "average", "homogeneity"]


def aggregate(classes):
    """The three importances, one matrix of classes x features at a time; absent features are NaN."""
    names = sorted({f for c in classes.values() for f in c})
    column = {f: i for i, f in enumerate(names)}
    weight = np.zeros((len(classes), len(names)))
    count = np.full((len(classes), len(names)), np.nan)
    for row, features in enumerate(classes.values()):
        for name, v in features.items():
            weight[row, column[name]] = v["weight"]
            count[row, column[name]] = v["count"]
    lime = np.sqrt(weight)
    total = lime.sum(axis=0)
    used = total > 0
    share = lime[:, used] / total[used]
    entropy = -np.sum(share * np.log2(share, where=share > 0, out=np.zeros_like(share)), axis=0)
    scale = np.ones(len(names))
    if entropy.size and np.ptp(entropy) > 1e-12:
        scale[used] = 1 - (entropy - entropy.min()) / np.ptp(entropy)
    tables = {"lime": lime, "average": weight / count, "homogeneity": scale * lime}
    return {
        label: {
            name: {m: float(tables[m][row, column[name]]) for m in MEASURES} | features[name] for name in features
        }
        for row, (label, features) in enumerate(classes.items())
    }


def made_up():
    rng = np.random.RandomState(11)
    features = [f"{s}{i}" for i in range(3) for s in ("vocals", "drums", "bass", "other")]
    features += ["harbour", "anchor", "lantern", "other", "drums07", "ship"]
    mixed = {}
    for label in ("shanty", "polka", "surf"):
        chosen = rng.permutation(len(features))[: rng.randint(8, len(features) + 1)]
        mixed[label] = {
            features[i]: {"weight": float(rng.gamma(1.0, 0.7)), "count": int(rng.randint(1, 30))} for i in chosen
        }
    mixed["silence"] = {}
    mixed["polka"]["ship"] = {"weight": 0.0, "count": 3}
    alike = {
        label: {f: {"weight": w, "count": n} for f, w, n in (("bass0", 0.3, 2), ("harbour", 1.7, 5))}
        for label in ("one", "two", "three")
    }
    alone = {"only": {"vocals0": {"weight": 0.25, "count": 4}, "ship": {"weight": 4.0, "count": 1}}}
    return {"mixed": mixed, "all_entropies_equal": alike, "one_class": alone}


def compare(counts, result):
    print("| set | features | audio | lyrics | largest difference |\n| --- | --- | --- | --- | --- |")
    for name, classes in counts.items():
        want = aggregate(classes)
        assert {c: set(f) for c, f in want.items()} == {c: set(f) for c, f in result[name].items()}, name
        rows = [(v, result[name][c][f]) for c, fs in want.items() for f, v in fs.items()]
        worst = max(abs(v[m] - got[m]) for v, got in rows for m in (*MEASURES, "weight", "count"))
        audio = sum(
            v["weight"]
            for fs in classes.values()
            for f, v in fs.items()
            if re.fullmatch(r"(vocals|drums|bass|other)(0|[1-9]\d*)", f)
        )
        total = sum(v["weight"] for fs in classes.values() for v in fs.values())
        print(f"| {name} | {len(rows)} | {audio / total:.1%} | {1 - audio / total:.1%} | {worst:.1e} |")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        compare(*(json.loads(Path(p).read_text()) for p in sys.argv[1:]))
    else:
        counts = made_up()
        golden = {"counts": counts, "tables": {name: aggregate(c) for name, c in counts.items()}}
        OUT.write_text(json.dumps(golden, indent=1) + "\n")
        print(OUT.stat().st_size, "bytes")
