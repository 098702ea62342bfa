"""What the encoder passes of `musiclime explain` take in PyTorch, with the demo model's own weights.

Loads weights/genre into transformers' AST and RoBERTa (every key must fit), encodes 1,000 random inputs of the song's
sizes, and prints the seconds: the neural part alone, without mixing, feature extraction, tokenizing or fitting.

Usage: python scripts/bench_torch.py [THREADS] [TOKENS]
"""

import json
import sys
import time

import torch
from golden_predict import ROOT, Fusion
from safetensors.torch import load_file
from transformers import ASTConfig, ASTModel, RobertaConfig, RobertaModel

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
tokens = int(sys.argv[2]) if len(sys.argv) > 2 else 90
torch.set_num_threads(threads)
config = json.loads((ROOT / "weights/genre/config.json").read_text())
audio = ASTModel(ASTConfig(**config["audio"]["encoder"]))
text = RobertaModel(RobertaConfig(**config["lyrics"]["encoder"]), add_pooling_layer=False)
model = Fusion(audio, text, len(config["labels"])).eval()
model.load_state_dict(load_file(ROOT / "weights/genre/model.safetensors"), strict=True)

features = torch.randn(1000, 1024, 128)
ids = torch.randint(5, 1000, (1000, tokens))
with torch.no_grad():
    model(features[:32], {"input_ids": ids[:32]})
    start = time.perf_counter()
    for i in range(0, 1000, 32):
        model(features[i : i + 32], {"input_ids": ids[i : i + 32]})
print(f"PyTorch {torch.__version__}, {threads} threads: 1,000 perturbations in {time.perf_counter() - start:.2f} s")
