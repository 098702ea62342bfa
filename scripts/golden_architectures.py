"""Tiny random CNN-RNN and BiGRU models with every fusion, and what PyTorch computes with them, for crates/model/tests.

Run with torch 2: python scripts/golden_architectures.py
The modules are PyTorch's own (Conv2d, GroupNorm, GRU, packed sequences), written down here a second time. The
files' keys are those of these modules' state dicts, and the script loads its own files back strictly.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/model/tests/golden_architectures"
CHANNELS, STRIDES, POOLS, GROUPS = [4, 8], [(2, 1), (1, 2)], [(3, 2), (2, 4)], 2
FRAMES, MEL, AUDIO_WIDTH = 50, 24, 12
VOCABULARY, EMBEDDING, STATE, PAD = 320, 10, 7, 1
FUSED, HEADS, LAYERS = 8, 2, 2
LABELS = ["calm", "tense", "bright", "dark", "plain"]
LENGTHS = {1: [9], 7: [9, 2, 5, 12, 3, 12, 7]}
# Large enough to change the third digit, so that a forgotten one is seen.
EPS = 3e-2


class CnnRnn(nn.Module):
    def __init__(self):
        super().__init__()
        inputs = [1, *CHANNELS[:-1]]
        self.blocks = nn.ModuleList(
            nn.ModuleDict({"conv": nn.Conv2d(i, o, 3, stride=s, padding=1), "norm": nn.GroupNorm(GROUPS, o, eps=EPS)})
            for i, o, s in zip(inputs, CHANNELS, STRIDES)
        )
        mel = MEL
        for stride, pool in zip(STRIDES, POOLS):
            mel = -(-mel // stride[1]) // pool[1]
        self.gru = nn.GRU(CHANNELS[-1] * mel, AUDIO_WIDTH, num_layers=2, batch_first=True)

    def forward(self, x):
        x = x[:, None]
        for block, pool in zip(self.blocks, POOLS):
            x = torch.max_pool2d(torch.relu(block["norm"](block["conv"](x))), pool)
        convolved = x.permute(0, 2, 1, 3).flatten(2)
        states, last = self.gru(convolved)
        return convolved, states, last[-1]


class BiGru(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.gru = nn.GRU(EMBEDDING, STATE, num_layers=2, batch_first=True, bidirectional=True)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        states, last = self.gru(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=ids.shape[1])
        return states, torch.cat([last[-2], last[-1]], dim=1)


class Concatenation(nn.Module):
    def __init__(self, audio, lyrics):
        super().__init__()
        self.layer_norm = nn.LayerNorm(audio + lyrics)
        self.fc = nn.Linear(audio + lyrics, len(LABELS))

    def forward(self, audio, lyrics, padding):
        return self.fc(self.layer_norm(torch.cat([audio[1], lyrics[1]], dim=1)))


class Gating(nn.Module):
    def __init__(self, audio, lyrics):
        super().__init__()
        self.audio = nn.Linear(audio, FUSED, bias=False)
        self.lyrics = nn.Linear(lyrics, FUSED, bias=False)
        self.gate = nn.Linear(audio + lyrics, FUSED, bias=False)
        self.fc = nn.Linear(FUSED, len(LABELS))

    def forward(self, audio, lyrics, padding):
        a, w = audio[1], lyrics[1]
        z = torch.sigmoid(self.gate(torch.cat([a, w], dim=1)))
        return self.fc(z * torch.tanh(self.audio(a)) + (1 - z) * torch.tanh(self.lyrics(w)))


class Crossing(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.ModuleDict({k: nn.Linear(FUSED, FUSED) for k in ("query", "key", "value")})
        self.output = nn.Linear(FUSED, FUSED)
        self.layer_norm = nn.LayerNorm(FUSED, eps=EPS)

    def forward(self, x, memory, padding):
        # PyTorch's own attention with its stacked weights, rather than ours written down again.
        parts = [self.attention[k] for k in ("query", "key", "value")]
        attended, _ = nn.functional.multi_head_attention_forward(
            x.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1), FUSED, HEADS,
            torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts]), None, None, False, 0.0,
            self.output.weight, self.output.bias, training=False, key_padding_mask=padding, need_weights=False,
        )
        return self.layer_norm(x + attended.transpose(0, 1))


class CrossAttention(nn.Module):
    def __init__(self, audio, lyrics):
        super().__init__()
        self.audio, self.lyrics = nn.Linear(audio, FUSED), nn.Linear(lyrics, FUSED)
        self.layers = nn.ModuleList(
            nn.ModuleDict({"audio_to_lyrics": Crossing(), "lyrics_to_audio": Crossing()}) for _ in range(LAYERS)
        )
        self.layer_norm = nn.LayerNorm(2 * FUSED, eps=EPS)
        self.fc = nn.Linear(2 * FUSED, len(LABELS))

    def forward(self, audio, lyrics, padding):
        a, w = self.audio(audio[0]), self.lyrics(lyrics[0])
        for layer in self.layers:
            a, w = layer["audio_to_lyrics"](a, w, padding), layer["lyrics_to_audio"](w, a, None)
        real = (~padding)[..., None].float()
        pooled = [a.mean(dim=1), (w * real).sum(dim=1) / real.sum(dim=1)]
        return self.fc(self.layer_norm(torch.cat(pooled, dim=1)))


class Model(nn.Module):
    def __init__(self, fusion):
        super().__init__()
        self.audio_model, self.text_model = CnnRnn(), BiGru()
        self.classifier = fusion(AUDIO_WIDTH, 2 * STATE)


def scramble(module, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(module.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        with torch.no_grad():
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif "bias" in name:
                parameter.copy_(0.3 * noise)
            elif "embedding" in name:
                parameter.copy_(noise)
            else:
                parameter.copy_(noise * 1.5 / parameter[0].numel() ** 0.5)
    return module.eval()


FUSIONS = {
    "concatenation": (Concatenation, None),
    "gating": (Gating, {"kind": "gating", "hidden_size": FUSED}),
    "cross_attention": (
        CrossAttention,
        {"kind": "cross_attention", "hidden_size": FUSED, "num_attention_heads": HEADS, "num_layers": LAYERS,
         "layer_norm_eps": EPS},
    ),
}


def config(fusion, output):
    value = {
        "schema": 1, "name": "golden", "task": "golden", "labels": LABELS,
        "audio": {
            "kind": "cnn_rnn",
            "encoder": {
                "channels": CHANNELS, "strides": STRIDES, "pools": POOLS, "norm_groups": GROUPS, "norm_eps": EPS,
                "hidden_size": AUDIO_WIDTH, "num_layers": 2, "initializer_range": 0.05, "max_length": FRAMES,
                "num_mel_bins": MEL,
            },
            "extractor": {
                "sampling_rate": 16000, "num_mel_bins": MEL, "max_length": FRAMES, "do_normalize": True,
                "mean": -4.2677393, "std": 4.5689974,
            },
            "pooling": "first",
        },
        "lyrics": {
            "kind": "bi_gru",
            "encoder": {
                "vocab_size": VOCABULARY, "embedding_size": EMBEDDING, "hidden_size": STATE, "num_layers": 2,
                "pad_token_id": PAD, "initializer_range": 0.5,
            },
            "max_tokens": 38, "preparation": "none",
        },
        "head": "fusion",
    }
    if fusion:
        value["fusion"] = fusion
    if output:
        value["output"] = output
    return value


def record(model, rows, out):
    generator = torch.Generator().manual_seed(rows)
    features = torch.randn((rows, FRAMES, MEL), generator=generator) * 0.6
    lengths = torch.tensor(LENGTHS[rows])
    steps = int(lengths.max())
    ids = torch.randint(2, VOCABULARY, (rows, steps), generator=generator)
    real = torch.arange(steps)[None] < lengths[:, None]
    ids = ids.masked_fill(~real, PAD)
    with torch.no_grad():
        convolved, tokens, pooled = model.audio_model(features)
        words, last = model.text_model(ids, lengths)
        logits = model.classifier((tokens, pooled), (words, last), ~real)
    out[f"audio.{rows}.features"] = features
    out[f"audio.{rows}.convolved"] = convolved
    out[f"audio.{rows}.tokens"] = tokens
    out[f"audio.{rows}.pooled"] = pooled
    out[f"text.{rows}.ids"] = ids.to(torch.int32)
    out[f"text.{rows}.mask"] = real.to(torch.int32)
    out[f"text.{rows}.tokens"] = words
    out[f"text.{rows}.pooled"] = last
    out[f"logits.{rows}"] = logits


def main():
    torch.set_num_threads(1)
    if OUT.exists():
        shutil.rmtree(OUT)
    outputs = {"concatenation": None, "gating": "sigmoid", "cross_attention": "regression"}
    for seed, (name, (fusion, fields)) in enumerate(FUSIONS.items(), start=1):
        folder = OUT / name
        folder.mkdir(parents=True)
        model = scramble(Model(fusion), seed)
        text = json.dumps(config(fields, outputs[name]), indent=2)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")
        state = {k: v.contiguous() for k, v in model.state_dict().items()}
        save_file(state, folder / "model.safetensors", {"format": "pt"})
        Model(fusion).load_state_dict(load_file(folder / "model.safetensors"), strict=True)
        out = {}
        for rows in LENGTHS:
            record(model, rows, out)
        save_file({k: v.clone().contiguous() for k, v in sorted(out.items())}, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
