"""Writes crates/explanation/tests/golden/lime.json: what lime 0.2.0.1 answers on small random neighborhoods.

Usage: python scripts/golden_lime.py   (needs lime, scikit-learn, numpy)
"""

import json
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from lime.lime_base import LimeBase
from sklearn.metrics.pairwise import pairwise_distances

OUT = Path(__file__).resolve().parent.parent / "crates/explanation/tests/golden/lime.json"


def kernel(d, kernel_width):
    return np.sqrt(np.exp(-(d**2) / kernel_width**2))


def bits(data):
    return ["".join(str(int(x)) for x in row) for row in data]


def neighborhoods():
    rng = np.random.RandomState(7)
    for name, n, k, noise in [
        ("small", 40, 6, 0.02),
        ("medium", 120, 14, 0.05),
        ("wide", 18, 31, 0.02),
        ("saturated", 60, 9, 0.0),
    ]:
        data = rng.randint(0, 2, (n, k)).astype(float)
        data[0] = 1
        beta = rng.normal(size=k) * (rng.rand(k) < 0.6)
        z = data @ beta + 0.5 * data[:, 0] * data[:, 1] + noise * rng.normal(size=n)
        if name == "saturated":
            z = 8 + 2 * z
        yield name, data, 1 / (1 + np.exp(-z))
    data = rng.randint(0, 2, (30, 5)).astype(float)
    data[0] = 1
    data[3] = 0
    yield "zero_row", data, rng.rand(30)
    yield "constant", data, np.full(30, 0.5)


def main():
    warnings.simplefilter("error")
    cases = []
    sets = {}
    for name, data, target in neighborhoods():
        sets[name] = {"masks": bits(data), "target": target.tolist()}
        k = data.shape[1]
        for scale, width in [(1, 25), (100, 25), (1, 0.25), (100, 0.25)]:
            distances = pairwise_distances(data, data[:1], metric="cosine").ravel() * scale
            flat = scale == 1 and width == 25
            for selection in ["none", "highest_weights", "forward_selection", "lasso_path", "auto"]:
                if name == "constant" and not (flat and selection == "none"):
                    continue
                # At scale 100 and width 0.25 only row 0 counts: which columns win is rounding.
                if scale == 100 and width == 0.25 and selection != "none":
                    continue
                for features in [None] if selection == "none" else [1, 4, 7, k, k + 5]:
                    # With fewer rows than columns a long forward selection chooses by rounding.
                    if name == "wide" and selection == "forward_selection" and features > 7:
                        continue
                    base = LimeBase(partial(kernel, kernel_width=width), random_state=0)
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        intercept, weights, r2, local = base.explain_instance_with_data(
                            data, target[:, None], distances, 0, features or k, selection
                        )
                    cases.append(
                        {
                            "set": name,
                            "distance_scale": scale,
                            "kernel_width": width,
                            "selection": selection,
                            "features": features,
                            "intercept": float(intercept),
                            "r2": float(r2),
                            "local_prediction": float(local[0]),
                            "weights": [[int(c), float(w)] for c, w in weights],
                        }
                    )
            sets[name].setdefault("kernels", []).append(
                {
                    "distance_scale": scale,
                    "kernel_width": width,
                    "distances": distances.tolist()[:6],
                    "weights": kernel(distances, width).tolist()[:6],
                }
            )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"sets": sets, "cases": cases}, separators=(",", ":")) + "\n")
    print(len(cases), "cases,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
