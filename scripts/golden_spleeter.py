"""Tiny random Spleeter models and what PyTorch computes with them, for crates/model/tests.

Run with PyTorch: PYTHONPATH=scripts python scripts/golden_spleeter.py

With --check WEIGHTS SONG the same code writes the real model's masks of the song's first window, to compare with
`musiclime`'s: see crates/model/examples/spleeter_masks.rs.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/model/tests/golden/spleeter"
NORM_EPS = 1e-3
ACTIVATIONS = {"ReLU": F.relu, "LeakyReLU": lambda x: F.leaky_relu(x, 0.2), "ELU": F.elu}


def network_logits(weights, stem, settings, x):
    """One U-Net in plain PyTorch: [windows, channels, frames, bins] to the same."""
    get = lambda key: weights[f"{stem}.{key}"].to(x.dtype)

    def norm(key, x):
        parts = [get(f"{key}.{p}") for p in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *parts, training=False, eps=NORM_EPS)

    down, up = ACTIVATIONS[settings["conv_activation"]], ACTIVATIONS[settings["deconv_activation"]]
    skips = []
    for i in range(6):
        x = F.conv2d(F.pad(x, (1, 2, 1, 2)), get(f"down.{i}.conv.weight"), get(f"down.{i}.conv.bias"), stride=2)
        skips.append(x)
        x = down(norm(f"down.{i}.norm", x))
    x = skips.pop()
    for i in range(6):
        x = F.conv_transpose2d(x, get(f"up.{i}.conv.weight"), get(f"up.{i}.conv.bias"), stride=2)[:, :, 1:-2, 1:-2]
        x = norm(f"up.{i}.norm", up(x))
        if skips:
            x = torch.cat([skips.pop(), x], 1)
    return F.conv2d(x, get("last.conv.weight"), get("last.conv.bias"), dilation=2, padding=3)


def estimates(weights, settings, magnitudes):
    logits = torch.stack([network_logits(weights, stem, settings, magnitudes) for stem in settings["stems"]])
    masks = torch.softmax(logits, 0) if settings["output"] == "softmax" else torch.sigmoid(logits)
    return masks * magnitudes


def ratio_masks(settings, estimates):
    """[stems, windows, channels, frames, heard] to the same with all bins."""
    power = estimates ** settings["separation_exponent"]
    masks = (power + 1e-10 / len(power)) / (power.sum(0) + 1e-10)
    above = settings["fft_size"] // 2 + 1 - settings["bins"]
    row = masks.mean(-1, keepdim=True)
    row = row if settings["mask_extension"] == "average" else torch.zeros_like(row)
    return torch.cat([masks, row.expand(*row.shape[:-1], above)], -1)


def separated(weights, settings, audio):
    """A song no longer than one window: [channels, samples] to [stems, channels, samples]."""
    size, hop, length = settings["fft_size"], settings["hop_samples"], audio.shape[-1]
    frames = 1 + -(-length // hop)
    padded = F.pad(audio, (0, (frames - 1) * hop - length))
    window = torch.hann_window(size, dtype=audio.dtype)
    spectra = torch.stft(padded, size, hop, window=window, pad_mode="constant", return_complex=True)
    magnitudes = spectra.abs().transpose(1, 2)[None, :, :, : settings["bins"]]
    magnitudes = F.pad(magnitudes, (0, 0, 0, settings["frames"] - frames))
    masks = ratio_masks(settings, estimates(weights, settings, magnitudes))[:, 0, :, :frames].transpose(2, 3)
    return torch.stack([torch.istft(m * spectra, size, hop, window=window, length=padded.shape[-1]) for m in masks])[
        ..., :length
    ]


def random_weights(settings, seed):
    generator = torch.Generator().manual_seed(seed)
    filters, channels = settings["filters"], settings["channels"]
    draw = lambda *shape: torch.randn(shape, generator=generator)
    weights = {}

    def convolution(key, shape, out, fan_in):
        weights[f"{key}.weight"] = draw(*shape) * 1.5 / fan_in**0.5
        weights[f"{key}.bias"] = 0.2 * draw(out)

    def norm(key, out):
        weights[f"{key}.weight"] = 1 + 0.3 * draw(out)
        weights[f"{key}.bias"] = 0.3 * draw(out)
        weights[f"{key}.running_mean"] = 0.3 * draw(out)
        weights[f"{key}.running_var"] = 0.5 + draw(out).abs()

    for stem in settings["stems"]:
        widths = [channels, *filters]
        for i in range(6):
            convolution(f"{stem}.down.{i}.conv", (widths[i + 1], widths[i], 5, 5), widths[i + 1], 25 * widths[i])
            norm(f"{stem}.down.{i}.norm", widths[i + 1])
            inputs = filters[5] if i == 0 else 2 * filters[5 - i]
            outputs = 1 if i == 5 else filters[4 - i]
            convolution(f"{stem}.up.{i}.conv", (inputs, outputs, 5, 5), outputs, 6 * inputs)
            norm(f"{stem}.up.{i}.norm", outputs)
        convolution(f"{stem}.last.conv", (channels, 1, 4, 4), channels, 16)
    return weights


def golden(name, stems, channels, conv, deconv, output, extension, seed):
    settings = {
        "stems": stems,
        "sample_rate_hz": 8000,
        "fft_size": 160,
        "hop_samples": 40,
        "frames": 64,
        "bins": 64,
        "channels": channels,
        "filters": [2, 3, 3, 4, 4, 5],
        "conv_activation": conv,
        "deconv_activation": deconv,
        "output": output,
        "mask_extension": extension,
        "separation_exponent": 2.0,
    }
    weights = random_weights(settings, seed)
    metadata = {"format": "pt", "kind": "spleeter", "config": json.dumps(settings)}
    save_file(weights, OUT / f"{name}.safetensors", metadata=metadata)
    generator = torch.Generator().manual_seed(seed + 1)
    magnitudes = torch.randn((1, channels, 64, 64), generator=generator, dtype=torch.float64).abs()
    audio = 0.3 * torch.randn((channels, 2005), generator=generator, dtype=torch.float64)
    audio[:, 800:1400] = 0
    got = estimates(weights, settings, magnitudes)
    tensors = {
        "magnitudes": magnitudes,
        "estimates": got,
        "audio": audio,
        "separated": separated(weights, settings, audio),
    }
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, OUT / f"{name}.expected.safetensors")


def check(weights_file, song, out):
    """The real model's masks of the first window of a song, [stems, channels, frames, heard], as float32."""
    import soundfile

    with safe_open(weights_file, "pt") as opened:
        settings = json.loads(opened.metadata()["config"])
    weights = load_file(weights_file)
    audio = torch.from_numpy(soundfile.read(song, dtype="float32", always_2d=True)[0].T)
    window = torch.hann_window(settings["fft_size"])
    spectra = torch.stft(
        audio, settings["fft_size"], settings["hop_samples"], window=window, pad_mode="constant", return_complex=True
    )
    magnitudes = spectra.abs().transpose(1, 2)[None, :, : settings["frames"], : settings["bins"]].contiguous()
    got = estimates(weights, settings, magnitudes)
    masks = ratio_masks(settings, got)[:, 0, ..., : settings["bins"]]
    save_file({"magnitudes": magnitudes, "masks": masks.contiguous()}, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", nargs=3, metavar=("WEIGHTS", "SONG", "OUT"))
    args = parser.parse_args()
    with torch.no_grad():
        if args.check:
            check(*args.check)
            return
        OUT.mkdir(parents=True, exist_ok=True)
        golden("two", ["vocals", "accompaniment"], 2, "LeakyReLU", "ReLU", "sigmoid", "zeros", 1)
        golden("five", ["vocals", "piano", "other"], 1, "ELU", "ELU", "softmax", "average", 3)


if __name__ == "__main__":
    main()
