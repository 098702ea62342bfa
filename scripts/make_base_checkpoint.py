"""Writes a MusicLIME-style checkpoint of the papers' sizes with random weights: AST-base and RoBERTa-base.

What it predicts means nothing; it is for measuring the memory and the seconds of a training step.

Usage: PYTHONPATH=scripts python scripts/make_base_checkpoint.py DIR
Needs torch and transformers 4.57.1. The tokenizer is a small one of the tests; the embedding table has RoBERTa's 50,265 rows.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from golden_predict import CHECKPOINTS, Fusion
from transformers import ASTConfig, ASTFeatureExtractor, ASTModel, RobertaConfig, RobertaModel

out = Path(sys.argv[1])
out.mkdir(parents=True)
torch.manual_seed(1)
audio = ASTConfig()
text = RobertaConfig(vocab_size=50_265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
model = Fusion(ASTModel(audio), RobertaModel(text, add_pooling_layer=False), 9)
torch.save({"model_state_dict": model.state_dict()}, out / "pytorch_model.pth")
(out / "audio_config.json").write_text(audio.to_json_string(use_diff=False))
(out / "text_config.json").write_text(text.to_json_string(use_diff=False))
ASTFeatureExtractor().save_pretrained(out)
shutil.copy(CHECKPOINTS / "fusion_roberta/tokenizer.json", out / "tokenizer.json")
(out / "labels.json").write_text(json.dumps([f"class{i}" for i in range(9)]))
print(f"{sum(p.numel() for p in model.parameters()):,} weights in {out}")
