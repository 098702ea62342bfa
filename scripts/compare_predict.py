"""Compares `musiclime predict` with PyTorch on a recording and its lyrics.

Makes a random MusicLIME-style checkpoint (AST with the usual 128 mel bins and 1,024 frames, RoBERTa with a tokenizer
that ships with the tests), imports it, lets both predict, and prints the largest difference of the logits.

Usage: python scripts/compare_predict.py MUSICLIME_BINARY AUDIO LYRICS
Needs torch, transformers 4.57.1, librosa, soxr. At 16 kHz both paths of HF's feature extractor (torchaudio, numpy) agree.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import librosa
import torch
from golden_predict import CHECKPOINTS, Fusion
from transformers import ASTConfig, ASTFeatureExtractor, ASTModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

binary, audio_path, lyrics_path = sys.argv[1:]
torch.manual_seed(3)
tokenizer = CHECKPOINTS / "fusion_roberta/tokenizer.json"
vocabulary = len(json.loads(tokenizer.read_text())["model"]["vocab"]) + 16
audio = ASTConfig(hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192, initializer_range=0.1)
text = RobertaConfig(
    vocab_size=vocabulary, hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128,
    max_position_embeddings=514, pad_token_id=1, type_vocab_size=1, layer_norm_eps=1e-5, initializer_range=0.1,
)
model = Fusion(ASTModel(audio), RobertaModel(text, add_pooling_layer=False), 9).eval()
extractor = ASTFeatureExtractor()

with tempfile.TemporaryDirectory() as folder:
    source, imported = Path(folder) / "checkpoint", Path(folder) / "model"
    source.mkdir()
    torch.save({"model_state_dict": model.state_dict()}, source / "pytorch_model.pth")
    (source / "audio_config.json").write_text(audio.to_json_string(use_diff=False))
    (source / "text_config.json").write_text(text.to_json_string(use_diff=False))
    extractor.save_pretrained(source)
    shutil.copy(tokenizer, source / "tokenizer.json")
    (source / "labels.json").write_text(json.dumps([f"class{i}" for i in range(9)]))
    subprocess.run([binary, "import", source, "--out", imported], check=True, stdout=subprocess.DEVNULL)
    answer = subprocess.run(
        [binary, "predict", "--model", imported, "--audio", audio_path, "--lyrics", lyrics_path, "--device", "cpu", "--json"],
        check=True, stdout=subprocess.PIPE,
    )
    ours = torch.tensor(json.loads(answer.stdout)["logits"])

samples, _ = librosa.load(audio_path, sr=16_000, mono=True, res_type="soxr_hq")
features = extractor(samples, sampling_rate=16_000, return_tensors="pt")["input_values"]
fast = PreTrainedTokenizerFast(tokenizer_file=str(tokenizer), pad_token="<pad>")
words = Path(lyrics_path).read_bytes().decode()
batch = fast([words], truncation=True, max_length=512, return_tensors="pt")
with torch.no_grad():
    theirs = model(features, {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]})[0]
print(f"{audio_path}: logits {theirs.min():.3f} to {theirs.max():.3f}, largest difference {(ours - theirs).abs().max():.2e}")
