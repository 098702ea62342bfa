"""Golden files of crates/evaluation: museval's BSS Eval version 4 and torchmetrics' SI-SDR.

Usage: python scripts/golden_separation.py   (needs numpy, scipy, torch, torchmetrics; museval 0.4.1 unpacked, of which
only metrics.py is read, so that its command line's requirements need not be installed)

The signals are not stored: both sides draw them from one linear congruential generator, and every sample is a
multiple of a small power of 2, so that single and double precision hold the same numbers.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio

OUT = Path(__file__).parent.parent / "crates/evaluation/tests/golden/separation.json"


def museval_metrics():
    for folder in sys.path:
        path = Path(folder) / "museval/metrics.py"
        if path.is_file():
            spec = importlib.util.spec_from_file_location("museval_metrics", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    sys.exit("museval is not installed; try: pip install --no-deps museval")


def noise(seed, count):
    state, out = seed, np.empty(count)
    for t in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[t] = ((state >> 16) - 32768) / 32768
    return out


def delayed(x, by):
    return np.concatenate([np.zeros(by), x[: len(x) - by]])


def signals(case):
    """References and estimates, [source, sample, channel]."""
    sources, channels, samples = case["sources"], case["channels"], case["samples"]
    references = np.zeros((sources, samples, channels))
    for j in range(sources):
        for c in range(channels):
            x = noise(1 + 100 * j + (0 if case["kind"] == "dual_mono" else c), samples)
            if case["kind"] == "coloured":
                x = sum(delayed(x, k) for k in range(8)) / 8
            references[j, :, c] = x
    for source, start, end in case["silent"]:
        references[source, start:end] = 0
    estimates = np.zeros_like(references)
    for j in range(sources):
        other = references[(j + 1) % sources]
        for c in range(channels):
            # A gain, an echo, a neighbour's other channel, and something of its own.
            estimates[j, :, c] = (
                references[j, :, c] * 0.8125
                + delayed(references[j, :, c], 2) * 0.25
                + delayed(other[:, channels - 1 - c], 3 + j) * (0.125 if sources > 1 else 0.0)
                + noise(7000 + 10 * j + c, samples) * 0.0625
            )
    return references, estimates


def case(kind, sources, channels, samples, window, hop, silent=()):
    return {
        "kind": kind,
        "sources": sources,
        "channels": channels,
        "samples": samples,
        "window": window,
        "hop": hop,
        "silent": [list(s) for s in silent],
    }


def si_sdr(reference, estimate):
    return float(
        scale_invariant_signal_distortion_ratio(
            torch.from_numpy(np.ascontiguousarray(estimate).reshape(-1)),
            torch.from_numpy(np.ascontiguousarray(reference).reshape(-1)),
        )
    )


def finished(case, metrics):
    references, estimates = signals(case)
    window = case["window"] or np.inf
    hop = case["hop"] or np.inf
    sdr, isr, sir, sar, _ = metrics.bss_eval(references, estimates, window=window, hop=hop)
    frames = list(metrics.Framing(window, hop, case["samples"]))
    number = lambda x: None if np.isnan(x) else float(x)
    case["scores"] = [
        [
            {
                "SDR": number(sdr[j, t]),
                "ISR": number(isr[j, t]),
                # Of one source there is only rounding noise to be had.
                "SIR": number(sir[j, t]) if case["sources"] > 1 else None,
                "SAR": number(sar[j, t]),
                "SI-SDR": None if np.isnan(sdr[j, t]) else si_sdr(references[j, frame], estimates[j, frame]),
            }
            for t, frame in enumerate(frames)
        ]
        for j in range(case["sources"])
    ]
    return case


def main():
    metrics = museval_metrics()
    cases = [
        case("white", 2, 1, 13000, 4000, 4000),
        case("white", 2, 1, 9000, None, None),
        case("white", 2, 2, 20000, 6000, 4000, [(1, 3500, 10500)]),
        case("white", 4, 1, 16000, 4000, 4000, [(0, 0, 4100), (2, 12000, 16000)]),
        case("white", 4, 2, 24000, 8000, 8000, [(3, 8000, 16000)]),
        case("coloured", 2, 2, 16000, 8000, 8000),
        case("dual_mono", 2, 2, 16000, 8000, 8000),
        case("white", 1, 2, 9000, 4000, 4000),
        case("white", 2, 1, 700, 4000, 4000),
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([finished(c, metrics) for c in cases], indent=1) + "\n")


if __name__ == "__main__":
    main()
