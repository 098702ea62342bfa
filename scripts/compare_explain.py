"""Explains the built-in song in Python with the very masks that `musiclime explain` drew, and compares numbers and seconds.

The Python side does what the peers do for every perturbation: adds up the stem segments that are on, removes the words that
are off, runs HF's ASTFeatureExtractor and the tokenizer, encodes batches with transformers, and fits lime.lime_base. Both
sides load the model's weights before the clock starts; reading and resampling the stems counts on both sides.

Usage: PYTHONPATH=scripts python scripts/compare_explain.py MUSICLIME_BINARY [THREADS] [BATCH]
Needs torch, torchaudio, transformers 4.57.1, librosa, soxr, soundfile, lime.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
import sklearn.metrics
import torch
from golden_predict import ROOT, Fusion
from lime.lime_base import LimeBase
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors
from transformers import ASTConfig, ASTFeatureExtractor, ASTModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

binary = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
batch = int(sys.argv[3]) if len(sys.argv) > 3 else 32
torch.set_num_threads(threads)
SONG = ROOT / "datasets/songbook/s2026-000030"
STEMS = ["vocals", "drums", "bass", "other"]
DEMO = ROOT / "weights/genre"

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder) / "why"
    subprocess.run([binary, "explain", "--device", "cpu", "--out", out], check=True, capture_output=True)
    ours = json.loads((out / "explanation.json").read_text())
    ours_s = json.loads((out / "run.json").read_text())
    run = load_file(out / "neighborhood.safetensors")
masks, probabilities = run["masks"], run["probabilities"]
recipe, explained = ours["recipe"], ours["explained"][0]
segments = recipe["segments"]

config = json.loads((DEMO / "config.json").read_text())
model = Fusion(
    ASTModel(ASTConfig(**config["audio"]["encoder"])),
    RobertaModel(RobertaConfig(**config["lyrics"]["encoder"]), add_pooling_layer=False),
    len(config["labels"]),
).eval()
model.load_state_dict(load_tensors(DEMO / "model.safetensors"), strict=True)
extractor = ASTFeatureExtractor(**config["audio"]["extractor"])
tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(DEMO / "tokenizer.json"), pad_token="<pad>")
rate, limit = config["audio"]["extractor"]["sampling_rate"], config["lyrics"]["max_tokens"]

start = time.perf_counter()
stems = [librosa.load(SONG / f"stems/{name}.flac", sr=rate, mono=True, res_type="soxr_hq")[0] for name in STEMS]
text = (SONG / "lyrics.txt").read_bytes().decode()
words: dict[str, list[tuple[int, int]]] = {}
for match in re.finditer(r"\w+", text):
    words.setdefault(match.group().lower(), []).append(match.span())
length = len(stems[0])
edges = [i * (length // segments) for i in range(segments)] + [length]
split = segments * len(stems)
assert masks.shape[1] == split + len(words), (masks.shape, split, len(words))
spans = list(words.values())
took = dict.fromkeys(["mix", "extract", "tokenize", "encode"], 0.0)
theirs = []
with torch.no_grad():
    for first in range(0, len(masks), batch):
        rows = masks[first : first + batch]
        t = [time.perf_counter()]
        waves, texts = [], []
        for row in rows:
            wave = np.zeros(length, np.float32)
            for segment in range(segments):
                a, b = edges[segment], edges[segment + 1]
                for s, stem in enumerate(stems):
                    if row[segment * len(stems) + s]:
                        wave[a:b] += stem[a:b]
            waves.append(wave)
            gone = sorted(p for w, places in enumerate(spans) if not row[split + w] for p in places)
            kept, at = [], 0
            for a, b in gone:
                kept.append(text[at:a])
                at = b
            texts.append("".join(kept) + text[at:])
        t.append(time.perf_counter())
        features = extractor(waves, sampling_rate=rate, return_tensors="pt")["input_values"]
        t.append(time.perf_counter())
        tokens = tokenizer(texts, truncation=True, max_length=limit, padding=True, return_tensors="pt")
        t.append(time.perf_counter())
        logits = model(features, {k: tokens[k] for k in ("input_ids", "attention_mask")})
        theirs.append(torch.softmax(logits.double(), 1).numpy())
        t.append(time.perf_counter())
        for name, seconds in zip(took, np.diff(t)):
            took[name] += seconds
theirs = np.concatenate(theirs)

width, scale = recipe["kernel_width"], recipe["distance_scale"]
data = masks.astype(float)
distances = sklearn.metrics.pairwise_distances(data, data[:1], metric="cosine").ravel() * scale
base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / width**2)))
intercept, weights, score, _ = base.explain_instance_with_data(
    data, theirs, distances, explained["index"], data.shape[1], feature_selection="none"
)
seconds = time.perf_counter() - start

mine = {w["feature"]: w["weight"] for w in explained["weights"]}
names = [f"{s}{i}" for i in range(segments) for s in STEMS] + list(words)
gap = max(abs(mine[names[i]] - w) for i, w in weights)
print(f"{len(masks)} perturbations, {data.shape[1]} components, PyTorch {torch.__version__}, {threads} threads, batches of {batch}")
print("musiclime run.json:", json.dumps(ours_s))
print(f"Python: {seconds:.2f} s in all; " + ", ".join(f"{k} {v:.2f}" for k, v in took.items()))
print(f"largest difference: probabilities {np.abs(theirs - probabilities).max():.1e}, weights {gap:.1e}, "
      f"intercept {abs(intercept - explained['intercept']):.1e}, R2 {abs(score - explained['r2']):.1e}")
