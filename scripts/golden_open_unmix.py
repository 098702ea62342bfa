"""Tiny random Open-Unmix models and what openunmix computes with them, for crates/model/tests.

Run with openunmix 1.3.0 and PyTorch: python scripts/golden_open_unmix.py

openunmix's own `atan2` adds 1 to the real part of every bin where the mixture is silent, in place, so that its Wiener filter
hears a mixture that is not there. The references are made with torch.atan2 in its place; one output of the published
code is kept to show the difference.
"""

import json
import pathlib

import openunmix.filtering as filtering
import torch
from openunmix.model import OpenUnmix, Separator
from safetensors.torch import save_file

MODELS = pathlib.Path(__file__).resolve().parent.parent / "crates/model/tests/golden"
NFFT, NHOP, WINDOW = 64, 16, 25
published_atan2 = filtering.atan2


def scramble(module, seed):
    """Random weights at which every part of the network matters."""
    generator = torch.Generator().manual_seed(seed)
    state = module.state_dict()
    for name, tensor in sorted(state.items()):
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            value = 0.5 + noise.abs()
        elif name.endswith("weight") and tensor.dim() == 1 or name.endswith("scale"):
            value = 1 + 0.3 * noise
        elif tensor.dim() == 1:
            value = 0.3 * noise
        else:
            value = noise * 1.5 / tensor.shape[-1] ** 0.5
        tensor.copy_(value)
    module.load_state_dict(state)
    return module.eval()


def models(targets, channels, hidden, max_bin, unidirectional, layers, nfft=NFFT):
    return {
        target: scramble(
            OpenUnmix(
                nb_bins=nfft // 2 + 1,
                nb_channels=channels,
                hidden_size=hidden,
                nb_layers=layers,
                max_bin=max_bin,
                unidirectional=unidirectional,
            ),
            100 + i,
        )
        for i, target in enumerate(targets)
    }


def sound(channels, length, seed, silent=True):
    """Noise and tones, with a silent stretch, so that some bins of the mixture are exactly 0."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(length) / 1000
    tones = torch.stack([torch.sin(6.28 * (50 + 70 * c) * time) for c in range(channels)])
    audio = 0.3 * tones + 0.2 * torch.randn((channels, length), generator=generator)
    if silent:
        audio[:, length // 3 : length // 3 + 3 * NFFT] = 0
    return audio.unsqueeze(0)


def write_model(folder, targets, suffix):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*"):
        old.unlink()
    for target, module in targets.items():
        torch.save(module.state_dict(), folder / f"{target}{suffix}.pth")


def separator_golden(name, targets, channels, hidden, max_bin, unidirectional, layers, suffix, nfft=NFFT, nhop=NHOP):
    nets = models(targets, channels, hidden, max_bin, unidirectional, layers, nfft)
    folder = MODELS / name
    write_model(folder, nets, suffix)
    (folder / "separator.json").write_text(
        json.dumps({"sample_rate": 8000, "nfft": nfft, "nhop": nhop, "nb_channels": channels}, indent=2) + "\n"
    )
    out = {}
    generator = torch.Generator().manual_seed(7)
    magnitudes = torch.randn((2, channels, nfft // 2 + 1, 12), generator=generator).abs()
    out["network.in"] = magnitudes.permute(0, 3, 1, 2)
    out["network.out"] = torch.stack([net(magnitudes).permute(0, 3, 1, 2) for net in nets.values()])
    audio = sound(channels, 905, 8)
    # At the edge of silence a second round magnifies rounding: openunmix's own results in single and double precision
    # differ by 5e-5 there. So it is compared on sound without silence.
    dense = sound(channels, 905, 9, silent=False)
    out["audio"], out["audio.dense"] = audio[0], dense[0]
    for niter, residual in ((0, False), (1, False), (2, False), (1, True)):
        separator = Separator(
            nets,
            niter=niter,
            residual=residual,
            sample_rate=8000,
            n_fft=nfft,
            n_hop=nhop,
            nb_channels=channels,
            wiener_win_len=WINDOW,
        ).eval()
        heard = dense if niter == 2 else audio
        out[f"separated.{niter}.{int(residual)}"] = separator.double()(heard.double())[0]
        separator.float()
    save_file({k: v.float().contiguous() for k, v in out.items()}, folder / "expected.safetensors")


def wiener_golden():
    generator = torch.Generator().manual_seed(11)
    frames, bins, sources = 15, 7, 3
    out = {}
    for channels in (1, 2):
        magnitudes = torch.randn((frames, bins, channels, sources), generator=generator, dtype=torch.float64).abs()
        mix = 8 * torch.randn((frames, bins, channels, 2), generator=generator, dtype=torch.float64)
        mix[4:7, 2:5] = 0
        magnitudes[4:7, 2:5] = 0
        out[f"{channels}.magnitudes"], out[f"{channels}.mixture"] = magnitudes.clone(), mix.clone()
        for softmask in (False, True):
            for residual in (False, True):
                for niter in (0, 1, 2):
                    got = filtering.wiener(
                        magnitudes.clone(), mix.clone(), niter, softmask=softmask, residual=residual
                    )
                    out[f"{channels}.{int(softmask)}.{int(residual)}.{niter}"] = got
        filtering.atan2 = published_atan2
        out[f"{channels}.published"] = filtering.wiener(magnitudes.clone(), mix.clone(), 0, residual=True)
        filtering.atan2 = torch.atan2
    path = MODELS / "wiener.safetensors"
    save_file({k: v.float().contiguous() for k, v in out.items()}, path)


def main():
    torch.manual_seed(0)
    filtering.atan2 = torch.atan2
    with torch.no_grad():
        separator_golden(
            "open_unmix_music", ["vocals", "drums", "bass", "other"], 2, 8, 20, False, 3, "-b62c91ce"
        )
        separator_golden("open_unmix_speech", ["noise", "speech"], 1, 8, 33, True, 2, "_f5e0d9f9")
        wiener_golden()


if __name__ == "__main__":
    main()
