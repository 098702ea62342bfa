"""Tiny random checkpoints and what transformers computes with them, for crates/model/tests.

Run with transformers 4.57.1: python scripts/golden_models.py
Every weight is drawn from a fixed seed; normalisations are moved away from 1 and 0, and the epsilons of the
fusion models are large enough to change the third digit, so that a forgotten one is seen.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    ASTConfig,
    ASTForAudioClassification,
    ASTModel,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaModel,
)

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/model/tests/golden"
WIDTH = 32
LABELS = ["calm", "tense", "bright", "dark", "plain"]
LYRICS = [
    "Paper boats go down the river\nand the river never minds",
    "la",
    "Don't you wait, don't you wait for me!  (no, no)",
    "Night shift lights, night shift lights -\n\n\tcount the windows one by one",
    "caf\u00e9 na\u00efve \U0001f3b8\U0001f525 ros\u00e9",
    "I said hello HELLO hello\r\nyou said goodbye",
    "silver, silver, the moon is a coin in the well and I am the one who threw it",
]
EDGE_CASES = ["", " ", "\n\n\n", "one", "  leading and trailing  ", "word " * 200, "a" * 300]


def scramble(module, seed):
    """Gives every weight a size at which attention is not flat and normalisation matters."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(module.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm = "norm" in name.lower()
        with torch.no_grad():
            if is_norm and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.2 * noise)
            elif "embeddings" in name or "token" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(noise * 1.5 / parameter[0].numel() ** 0.5)
    return module.eval()


def ast_config(eps):
    return ASTConfig(
        hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=56, patch_size=8,
        frequency_stride=6, time_stride=5, max_length=50, num_mel_bins=24, layer_norm_eps=eps,
        attn_implementation="eager",
    )


def text_sizes(vocab_size, eps):
    return dict(
        vocab_size=vocab_size, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=40, layer_norm_eps=eps, attn_implementation="eager",
    )


def byte_level_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )
    tokenizer.train_from_iterator(LYRICS * 3, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def word_piece_tokenizer():
    # Written down, not trained: the trainer's vocabulary differs from run to run.
    words = sorted({w for line in LYRICS[:4] for w in line.lower().split() if w.isalpha()})
    letters = "abcdefghijklmnopqrstuvwy!'(),-."
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    vocabulary += [f"##{letter}" for letter in letters if letter.isalpha()]
    vocabulary += ["##er", "##ing", *(word for word in words if len(word) > 1)]
    ids = {token: i for i, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


class Fusion(torch.nn.Module):
    """The multimodal classifier of the MusicLIME paper: normalise audio beside text, one linear map."""

    def __init__(self, audio, text):
        super().__init__()
        self.audio_model, self.text_model = audio, text
        self.classifier = torch.nn.ModuleDict(
            {"layer_norm": torch.nn.LayerNorm(2 * WIDTH), "fc": torch.nn.Linear(2 * WIDTH, len(LABELS))}
        )

    def head(self, audio, text):
        return self.classifier["fc"](self.classifier["layer_norm"](torch.cat([audio, text], dim=1)))


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def features(rows, seed):
    return torch.randn((rows, 50, 24), generator=torch.Generator().manual_seed(seed)) * 0.6


def encode(fast, texts, limit):
    batch = fast(texts, padding=True, truncation=True, max_length=limit, return_tensors="pt")
    return batch["input_ids"], batch["attention_mask"]


def record_audio(model, out):
    for rows in (1, 7):
        x = features(rows, rows)
        states = []
        hooks = [model.embeddings.register_forward_hook(lambda m, i, o: states.append(o))]
        for layer in model.encoder.layer:
            hooks.append(
                layer.register_forward_hook(lambda m, i, o: states.append(o[0] if isinstance(o, tuple) else o))
            )
        with torch.no_grad():
            y = model(x)
        for hook in hooks:
            hook.remove()
        out[f"audio.{rows}.features"] = x
        for i, state in enumerate(states):
            out[f"audio.{rows}.layer.{i}"] = state
        out[f"audio.{rows}.hidden"] = y.last_hidden_state
        out[f"audio.{rows}.pooled"] = y.pooler_output


def record_text(model, fast, limit, out):
    for rows, texts in ((1, ["word " * 60]), (7, LYRICS)):
        ids, mask = encode(fast, texts, limit)
        with torch.no_grad():
            y = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        out[f"text.{rows}.ids"] = ids.to(torch.int32)
        out[f"text.{rows}.mask"] = mask.to(torch.int32)
        # A padded position's state is nobody's input; it is left out of the comparison by the mask.
        for i, state in enumerate(y.hidden_states):
            out[f"text.{rows}.layer.{i}"] = state
        out[f"text.{rows}.pooled"] = y.last_hidden_state[:, 0]


def tokens_json(fast, limit, path):
    cases = []
    for text in LYRICS + EDGE_CASES:
        cases.append({"text": text, "ids": fast(text, truncation=True, max_length=limit)["input_ids"]})
    write_json(path, {"limit": limit, "cases": cases})


def save_expected(out, path):
    save_file({k: v.clone().contiguous() for k, v in sorted(out.items())}, path)


def fusion(name, text, tokenizer, pad_token, limit, seed, pth):
    folder = OUT / name
    folder.mkdir(parents=True)
    audio = ASTModel(ast_config(eps=3e-2))
    model = scramble(Fusion(audio, text), seed)
    audio.config.to_json_file(folder / "audio_config.json", use_diff=False)
    text.config.to_json_file(folder / "text_config.json", use_diff=False)
    write_json(
        folder / "preprocessor_config.json",
        {"feature_extractor_type": "ASTFeatureExtractor", "feature_size": 1, "sampling_rate": 16000,
         "num_mel_bins": 24, "max_length": 50, "do_normalize": True, "mean": -4.2677393, "std": 4.5689974,
         "padding_side": "right", "padding_value": 0.0, "return_attention_mask": False},
    )
    write_json(folder / "labels.json", LABELS)
    tokenizer.save(str(folder / "tokenizer.json"))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=pad_token)
    state = model.state_dict()
    if pth:
        state = dict(state)
        # Older transformers saved this buffer too.
        state["text_model.embeddings.position_ids"] = torch.arange(40)[None]
        torch.save({"epoch": 3, "model_state_dict": state}, folder / "pytorch_model.pth")
    else:
        save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors", {"format": "pt"})
    out = {}
    record_audio(audio, out)
    record_text(text, fast, limit, out)
    with torch.no_grad():
        for rows in (1, 7):
            out[f"logits.{rows}"] = model.head(out[f"audio.{rows}.pooled"], out[f"text.{rows}.pooled"])
    save_expected(out, folder / "expected.safetensors")
    tokens_json(fast, limit, folder / "tokens.json")


def plain_audio():
    folder = OUT / "ast_classifier"
    folder.mkdir(parents=True)
    config = ast_config(eps=1e-12)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {v: k for k, v in config.id2label.items()}
    # Saved as bf16; the reference computes with the rounded weights in f32.
    model = scramble(ASTForAudioClassification(config), 3).to(torch.bfloat16)
    state = {k: v.contiguous() for k, v in model.state_dict().items()}
    model = model.float()
    config.architectures = ["ASTForAudioClassification"]
    config.to_json_file(folder / "config.json")
    write_json(
        folder / "preprocessor_config.json",
        {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 22050, "num_mel_bins": 24,
         "max_length": 50, "mean": -5.0, "std": 4.0},
    )
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    out = {}
    record_audio(model.audio_spectrogram_transformer, out)
    with torch.no_grad():
        for rows in (1, 7):
            out[f"logits.{rows}"] = model(features(rows, rows)).logits
    save_expected(out, folder / "expected.safetensors")


def plain_text(tokenizer):
    folder = OUT / "roberta_classifier"
    folder.mkdir(parents=True)
    config = RobertaConfig(**text_sizes(320, 1e-5), type_vocab_size=1)
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {v: k for k, v in config.id2label.items()}
    # Saved as f16; the reference computes with the rounded weights in f32.
    model = scramble(RobertaForSequenceClassification(config), 4).to(torch.float16)
    state = model.state_dict()
    model = model.float()
    torch.save({k: v.clone() for k, v in state.items()}, folder / "pytorch_model.bin")
    config.architectures = ["RobertaForSequenceClassification"]
    config.to_json_file(folder / "config.json")
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "tokenizer_config.json", {"model_max_length": 30, "tokenizer_class": "RobertaTokenizer"})
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>")
    out = {}
    record_text(model.roberta, fast, 30, out)
    with torch.no_grad():
        for rows in (1, 7):
            ids, mask = out[f"text.{rows}.ids"].long(), out[f"text.{rows}.mask"].long()
            out[f"logits.{rows}"] = model(input_ids=ids, attention_mask=mask).logits
    save_expected(out, folder / "expected.safetensors")
    tokens_json(fast, 30, folder / "tokens.json")


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if OUT.exists():
        shutil.rmtree(OUT)
    bpe, word_piece = byte_level_tokenizer(), word_piece_tokenizer()
    roberta = RobertaModel(RobertaConfig(**text_sizes(bpe.get_vocab_size(), 2e-2), type_vocab_size=1, max_length=20))
    # 40 positions less the padding id 1 less 1.
    fusion("fusion_roberta", roberta, bpe, "<pad>", limit=38, seed=1, pth=True)
    bert = BertModel(BertConfig(**text_sizes(word_piece.get_vocab_size(), 2e-2), type_vocab_size=2))
    fusion("fusion_bert", bert, word_piece, "[PAD]", limit=40, seed=2, pth=False)
    plain_audio()
    plain_text(bpe)


if __name__ == "__main__":
    main()
