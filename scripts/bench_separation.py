"""Real-time factors of the Python separators, next to `musiclime separate`, on one machine.

    PYTHONPATH=scripts python scripts/bench_separation.py --spleeter spleeter-2stems.safetensors --umx umx-random --seconds 30
    time musiclime separate bench.wav --separator spleeter --weights spleeter-2stems.safetensors --no-cache --out stems
    time musiclime separate bench.wav --separator open-unmix --weights umx-random --no-cache --out stems

The sound is noise, written to bench.wav; speed does not depend on it. --umx is a folder of umxhq's files; where it does
not exist, random weights of umxhq's sizes (or umxl's, with --hidden 1024) are written there, since speed does not
depend on them either.
"""

import argparse
import json
import pathlib
import time

import golden_spleeter
import soundfile
import torch
from openunmix.model import OpenUnmix, Separator
from safetensors import safe_open
from safetensors.torch import load_file

RATE = 44100
TARGETS = ["vocals", "drums", "bass", "other"]


def timed(name, seconds, run):
    started = time.perf_counter()
    run()
    taken = time.perf_counter() - started
    print(f"{name}: {taken:.1f} s for {seconds} s of stereo, real-time factor {taken / seconds:.3f}", flush=True)


def spleeter(weights_file, audio):
    """The real network over segments of 512 frames as Spleeter takes them, side by side, in plain PyTorch."""
    with safe_open(weights_file, "pt") as opened:
        settings = json.loads(opened.metadata()["config"])
    weights = load_file(weights_file)
    size, hop = settings["fft_size"], settings["hop_samples"]
    window = torch.hann_window(size)

    def run():
        spectra = torch.stft(audio, size, hop, window=window, pad_mode="constant", return_complex=True)
        magnitudes = spectra.abs().transpose(1, 2)[:, :, : settings["bins"]]
        masks = []
        for segment in magnitudes.split(settings["frames"], 1):
            frames = segment.shape[1]
            segment = torch.nn.functional.pad(segment, (0, 0, 0, settings["frames"] - frames))
            estimates = golden_spleeter.estimates(weights, settings, segment[None])
            masks.append(golden_spleeter.ratio_masks(settings, estimates)[:, 0, :, :frames])
        for mask in torch.cat(masks, 2).transpose(2, 3):
            torch.istft(mask * spectra, size, hop, window=window, length=audio.shape[-1])

    return run


def open_unmix(folder, hidden, audio):
    folder = pathlib.Path(folder)
    targets = {}
    for target in TARGETS:
        found = sorted(folder.glob(f"{target}*.pth"))
        state = torch.load(found[0], weights_only=True) if found else None
        hidden = state["fc1.weight"].shape[0] if state else hidden
        targets[target] = OpenUnmix(nb_bins=2049, nb_channels=2, hidden_size=hidden, max_bin=1487).eval()
        if state:
            targets[target].load_state_dict(state, strict=False)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            torch.save(targets[target].state_dict(), folder / f"{target}.pth")
    separator = Separator(targets, niter=1, n_fft=4096, n_hop=1024, nb_channels=2).eval()
    return lambda: separator(audio[None])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spleeter", help="the file that convert_spleeter.py writes")
    parser.add_argument("--umx", help="a folder of Open-Unmix weights")
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--write-only", action="store_true", help="write bench.wav and random weights, measure nothing")
    args = parser.parse_args()
    torch.manual_seed(0)
    audio = 0.1 * torch.randn(2, RATE * args.seconds)
    soundfile.write("bench.wav", audio.T.numpy(), RATE, subtype="PCM_16")
    with torch.no_grad():
        runs = {}
        if args.spleeter:
            runs["spleeter in PyTorch"] = spleeter(args.spleeter, audio)
        if args.umx:
            runs["openunmix"] = open_unmix(args.umx, args.hidden, audio)
        for name, run in runs.items():
            if not args.write_only:
                timed(name, args.seconds, run)


if __name__ == "__main__":
    main()
