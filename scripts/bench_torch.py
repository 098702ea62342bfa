"""What the encoder passes of an explanation take in PyTorch, with a model directory's own weights.

Loads the weights into transformers' AST and RoBERTa (every key must fit), encodes random inputs of the song's sizes, and
prints the seconds: the neural part alone, without mixing, feature extraction, tokenizing or fitting, so less than what
`musiclime bench` measures.

    PYTHONPATH=scripts python scripts/bench_torch.py --threads 2
    PYTHONPATH=scripts python scripts/bench_torch.py --model my-model --device cuda --dtype f16 --batch 64
    musiclime bench --model my-model --device gpu --precision f16
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import time

import torch
from golden_predict import ROOT, Fusion
from safetensors.torch import load_file
from transformers import ASTConfig, ASTModel, RobertaConfig, RobertaModel

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "weights/genre", help="of AST and RoBERTa, joined")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=DTYPES, default="f32", help="f16 and bf16 by autocast")
    parser.add_argument("--perturbations", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=90, help="tokens of a perturbed text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = json.loads((args.model / "config.json").read_text())
    audio = config["audio"]["encoder"]
    model = Fusion(
        ASTModel(ASTConfig(**audio)),
        RobertaModel(RobertaConfig(**config["lyrics"]["encoder"]), add_pooling_layer=False),
        len(config["labels"]),
    )
    model.load_state_dict(load_file(args.model / "model.safetensors"), strict=True)
    model = model.eval().to(args.device)
    features = torch.randn(args.perturbations, audio["max_length"], audio["num_mel_bins"])
    ids = torch.randint(5, 250, (args.perturbations, args.tokens))

    def encode():
        for i in range(0, args.perturbations, args.batch):
            rows = slice(i, i + args.batch)
            model(features[rows].to(args.device), {"input_ids": ids[rows].to(args.device)})
        if args.device != "cpu":
            torch.cuda.synchronize()

    half = args.dtype != "f32"
    kind = args.device.split(":")[0]
    with torch.no_grad(), torch.autocast(kind, DTYPES[args.dtype]) if half else contextlib.nullcontext():
        seconds = []
        for _ in range(args.rounds + 1):
            start = time.perf_counter()
            encode()
            seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[1:])
    rounds = ", ".join(f"{s:.2f}" for s in seconds[1:])
    print(f"PyTorch {torch.__version__} on {args.device} in {args.dtype}, {args.threads} threads, {args.batch} a batch")
    print(f"first round {seconds[0]:.2f} s, then {rounds} s")
    print(f"median {median:.2f} s: {args.perturbations / median:.0f} perturbations a second")


if __name__ == "__main__":
    main()
