"""What transformers and PyTorch predict for a whole song, for tests/golden/predict.

Run with torch, torchaudio, transformers 4.57.1 and numpy, after scripts/golden_models.py:
    python scripts/golden_predict.py

The checkpoints are the tiny random ones of crates/model/tests/golden. A WAV file and its lyrics go through HF's
ASTFeatureExtractor, the checkpoint's tokenizer, both encoders and the head.
"""

import json
import pathlib
import wave

import numpy as np
import torch
from transformers import (
    ASTConfig,
    ASTFeatureExtractor,
    ASTModel,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)
from transformers.utils import is_speech_available

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECKPOINTS = ROOT / "crates/model/tests/golden"
OUT = ROOT / "tests/golden/predict"
RATE_HZ = 16_000
LYRICS = "Paper boats go down the river,\nand don't you wait for me!\n\ncaf\u00e9 lights \U0001f3b8\n"


def song():
    """0.7 s of a gliding tone over noise, quiet to loud, as 16-bit samples."""
    t = np.arange(int(0.7 * RATE_HZ)) / RATE_HZ
    rng = np.random.default_rng(11)
    x = 0.5 * t / t[-1] * np.sin(2 * np.pi * (300 * t + 900 * t**2)) + 0.03 * rng.standard_normal(t.size)
    return np.round(x * 32767).astype("<i2")


class Fusion(torch.nn.Module):
    """The multimodal classifier of the MusicLIME paper."""

    def __init__(self, audio, text, classes):
        super().__init__()
        self.audio_model, self.text_model = audio, text
        width = audio.config.hidden_size + text.config.hidden_size
        self.classifier = torch.nn.ModuleDict(
            {"layer_norm": torch.nn.LayerNorm(width), "fc": torch.nn.Linear(width, classes)}
        )

    def forward(self, features, tokens):
        audio = self.audio_model(features).pooler_output
        text = self.text_model(**tokens).last_hidden_state[:, 0]
        joined = torch.cat([audio, text], dim=1)
        return self.classifier["fc"](self.classifier["layer_norm"](joined))


def predict(name, kind, limit, pad_token, samples):
    folder = CHECKPOINTS / name
    config_class, model_class = {"roberta": (RobertaConfig, RobertaModel), "bert": (BertConfig, BertModel)}[kind]
    labels = json.loads((folder / "labels.json").read_text())
    audio = ASTModel(ASTConfig.from_json_file(folder / "audio_config.json"))
    text = model_class(config_class.from_json_file(folder / "text_config.json"))
    model = Fusion(audio, text, len(labels))
    if (folder / "pytorch_model.pth").exists():
        state = torch.load(folder / "pytorch_model.pth", weights_only=True)["model_state_dict"]
    else:
        from safetensors.torch import load_file

        state = load_file(folder / "model.safetensors")
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not [k for k in missing if not k.endswith("position_ids")], missing
    assert all(k.endswith("position_ids") for k in unexpected), unexpected
    model.eval()
    extractor = ASTFeatureExtractor(**json.loads((folder / "preprocessor_config.json").read_text()))
    features = extractor(samples, sampling_rate=RATE_HZ, return_tensors="pt")["input_values"]
    fast = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), pad_token=pad_token)
    out = {}
    for key, lyrics in (("with_lyrics", LYRICS), ("empty_lyrics", "")):
        batch = fast([lyrics], truncation=True, max_length=limit, return_tensors="pt")
        tokens = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        with torch.no_grad():
            logits = model(features, tokens)[0].double()
        out[key] = {"logits": logits.tolist(), "probabilities": torch.softmax(logits, 0).tolist()}
    return features[0].numpy().astype("<f4"), {"labels": labels, **out}


def main():
    assert is_speech_available(), "the torchaudio path is the reference"
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    pcm = song()
    with wave.open(str(OUT / "song.wav"), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE_HZ)
        f.writeframes(pcm.tobytes())
    (OUT / "lyrics.txt").write_bytes(LYRICS.encode())
    samples = pcm.astype(np.float32) / 32768
    expected = {}
    for name, kind, limit, pad in (("fusion_roberta", "roberta", 38, "<pad>"), ("fusion_bert", "bert", 40, "[PAD]")):
        features, expected[name] = predict(name, kind, limit, pad, samples)
    features.tofile(OUT / "features.f32")
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
