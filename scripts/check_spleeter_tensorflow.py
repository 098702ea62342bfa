"""Spleeter in TensorFlow against musiclime, over a checkpoint as its releases have them.

    pip install tensorflow-cpu safetensors
    python scripts/check_spleeter_tensorflow.py --stems 4 work
    python scripts/convert_spleeter.py work/checkpoint work/spleeter.safetensors --stems 4
    cargo run --release -p musiclime-model --example spleeter_masks -- work/spleeter.safetensors work/masks.safetensors

It writes a checkpoint of the published sizes with random weights, under the names that Keras gave Spleeter's layers, and
the masks that TensorFlow's own operations make with them of random magnitudes. The example says how far musiclime's are off.
"""

import argparse
import pathlib

import numpy as np
import tensorflow as tf
from convert_spleeter import LAYERS, config, numbered
from safetensors.numpy import save_file

NORM_EPS = 1e-3


class Weights:
    """Random weights, made when they are first asked for, in Keras's layouts."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.values = {}

    def draw(self, name, shape, scale, offset=0.0):
        value = offset + scale * self.random.standard_normal(shape)
        self.values[name] = tf.Variable(value.astype(np.float32), name=name.replace("/", "_"))
        return self.values[name]

    def convolution(self, layer, shape, outputs, fan_in):
        kernel = self.draw(f"{layer}/kernel", shape, (2.0 / fan_in) ** 0.5)
        return kernel, self.draw(f"{layer}/bias", [outputs], 0.1)

    def norm(self, layer, outputs, x):
        gamma = self.draw(f"{layer}/gamma", [outputs], 0.2, 1.0)
        beta = self.draw(f"{layer}/beta", [outputs], 0.2)
        mean = self.draw(f"{layer}/moving_mean", [outputs], 0.2)
        variance = self.draw(f"{layer}/moving_variance", [outputs], 0.0, 1.0)
        variance.assign(0.5 + np.abs(self.random.standard_normal(outputs)).astype(np.float32))
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, NORM_EPS)


def activation(name, x):
    return {"ELU": tf.nn.elu, "ReLU": tf.nn.relu, "LeakyReLU": lambda x: tf.nn.leaky_relu(x, 0.2)}[name](x)


def logits(weights, settings, stem, x):
    """One U-Net: [windows, frames, bins, channels] to the same."""
    widths = [settings["channels"], *settings["filters"]]
    skips = []
    for i in range(LAYERS):
        layer = numbered("conv2d", stem * (LAYERS + 1) + i)
        kernel, bias = weights.convolution(layer, [5, 5, widths[i], widths[i + 1]], widths[i + 1], 25 * widths[i])
        x = tf.nn.conv2d(x, kernel, 2, "SAME") + bias
        skips.append(x)
        x = weights.norm(numbered("batch_normalization", stem * 2 * LAYERS + i), widths[i + 1], x)
        x = activation(settings["conv_activation"], x)
    x = skips.pop()
    for i in range(LAYERS):
        inputs, outputs = x.shape[-1], 1 if i == LAYERS - 1 else widths[LAYERS - 1 - i]
        layer = numbered("conv2d_transpose", stem * LAYERS + i)
        kernel, bias = weights.convolution(layer, [5, 5, outputs, inputs], outputs, 6 * inputs)
        shape = [x.shape[0], 2 * x.shape[1], 2 * x.shape[2], outputs]
        x = tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME") + bias
        x = activation(settings["deconv_activation"], x)
        x = weights.norm(numbered("batch_normalization", stem * 2 * LAYERS + LAYERS + i), outputs, x)
        if skips:
            x = tf.concat([skips.pop(), x], -1)
    layer = numbered("conv2d", stem * (LAYERS + 1) + LAYERS)
    kernel, bias = weights.convolution(layer, [4, 4, 1, widths[0]], widths[0], 16)
    return tf.nn.conv2d(x, kernel, 1, "SAME", dilations=2) + bias


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--stems", type=int, choices=[2, 4, 5], default=2)
    args = parser.parse_args()
    settings = config(args.stems, 1024, [16, 32, 64, 128, 256, 512])
    weights = Weights(args.stems)
    magnitudes = np.abs(np.random.default_rng(1).standard_normal((1, settings["frames"], settings["bins"], 2)))
    x = tf.constant(magnitudes.astype(np.float32))
    stems = tf.stack([logits(weights, settings, stem, x) for stem in range(args.stems)])
    shares = tf.nn.softmax(stems, 0) if settings["output"] == "softmax" else tf.sigmoid(stems)
    powers = (shares * x) ** settings["separation_exponent"]
    masks = (powers + 1e-10 / args.stems) / (tf.reduce_sum(powers, 0) + 1e-10)

    folder = args.out / "checkpoint"
    folder.mkdir(parents=True, exist_ok=True)
    saver = tf.compat.v1.train.Saver(weights.values, save_relative_paths=True)
    saver.save(None, str(folder / "model"), write_meta_graph=False)
    channels_first = {
        "magnitudes": np.ascontiguousarray(x.numpy().transpose(0, 3, 1, 2)),
        "masks": np.ascontiguousarray(masks.numpy().transpose(0, 1, 4, 2, 3)),
    }
    save_file(channels_first, args.out / "masks.safetensors")
    print(f"{folder}: {len(weights.values)} tensors")


if __name__ == "__main__":
    main()
