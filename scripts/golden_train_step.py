"""What PyTorch, transformers and scikit-learn compute for crates/training/tests: losses, class weights, learning-rate
schedules, AdamW with parameter groups, and three training steps of the tiny AST + RoBERTa of golden_models.py.

Run with torch 2.15, transformers 4.57.1, scikit-learn: PYTHONPATH=scripts python scripts/golden_train_step.py
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from golden_models import LABELS, Fusion
from safetensors.torch import load_file, save_file
from sklearn.utils.class_weight import compute_class_weight
from transformers import (
    ASTConfig,
    ASTModel,
    RobertaConfig,
    RobertaModel,
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

CRATES = pathlib.Path(__file__).resolve().parent.parent / "crates"
CHECKPOINT = CRATES / "model/tests/golden/fusion_roberta"
OUT = CRATES / "training/tests/golden"

# Rows of the checkpoint's batch of seven that each step sees: every step is padded, every row is seen.
STEPS = [
    {"rows": [0, 1, 2, 3, 4, 5, 6], "labels": [0, 1, 2, 3, 4, 1, 0]},
    {"rows": [1, 3, 6], "labels": [1, 3, 2]},
    {"rows": [0, 2, 4, 5], "labels": [4, 2, 4, 1]},
]
CLASS_WEIGHTS = [0.5, 2.0, 1.25, 0.75, 3.0]
RATE, DECAY, EPSILON, CLIP = 1e-4, 0.01, 1e-8, 1.0


def write(name, value):
    (OUT / name).write_text(json.dumps(value) + "\n", encoding="utf-8")


def with_gradient(loss, x):
    loss.backward()
    gradient, x.grad = x.grad.tolist(), None
    return {"loss": loss.item(), "gradient": gradient}


def losses():
    generator = torch.Generator().manual_seed(7)
    # The last rows are where a careless formula overflows, or loses a gradient at exactly 0.
    logits = torch.cat([3 * torch.randn((5, 4), generator=generator),
                        torch.tensor([[200.0, -200.0, 0.0, 90.0], [0.0, 0.0, 0.0, 0.0]])])
    labels = torch.tensor([0, 3, 1, 1, 2, 1, 3])
    targets = torch.tensor([[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0],
                            [1, 0, 1, 0]], dtype=torch.float32)
    values = torch.cat([torch.rand((6, 4), generator=generator), torch.tensor([[0.0, 50.0, -50.0, 0.5]])])
    weights = torch.tensor([0.5, 2.0, 1.25, 3.0])
    x = logits.clone().requires_grad_()
    out = {"logits": logits.tolist(), "labels": labels.tolist(), "targets": targets.tolist(),
           "values": values.tolist(), "weights": weights.tolist(), "cross_entropy": [], "binary": [], "regression": []}
    for smoothing in (0.0, 0.1):
        for weight in (None, weights):
            loss = F.cross_entropy(x, labels, weight=weight, label_smoothing=smoothing)
            out["cross_entropy"].append(
                {"weighted": weight is not None, "smoothing": smoothing, **with_gradient(loss, x)})
    for weight in (None, weights):
        loss = F.binary_cross_entropy_with_logits(x, targets, pos_weight=weight)
        out["binary"].append({"weighted": weight is not None, **with_gradient(loss, x)})
    out["regression"].append({"delta": None, **with_gradient(F.mse_loss(x, values), x)})
    for delta in (0.3, 1.0):
        out["regression"].append({"delta": delta, **with_gradient(F.huber_loss(x, values, delta=delta), x)})
    songs = [0, 1, 1, 1, 2, 2, 0, 1, 3, 1]
    balanced = compute_class_weight("balanced", classes=np.arange(4), y=np.array(songs))
    out["balanced"] = {"labels": songs, "weights": balanced.tolist()}
    write("losses.json", out)


def schedules():
    makers = {"constant": lambda o, w, t: get_constant_schedule_with_warmup(o, w),
              "linear": get_linear_schedule_with_warmup, "cosine": get_cosine_schedule_with_warmup}
    out = []
    for name, make in makers.items():
        for warm_up, total in ((0, 10), (4, 17), (1, 5), (6, 6)):
            optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
            schedule = make(optimizer, warm_up, total)
            factors = []
            for _ in range(total + 1):
                factors.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                schedule.step()
            out.append({"shape": name, "warm_up": warm_up, "total": total, "factors": factors})
    write("schedules.json", out)


def adamw():
    """Layer-wise rate decay 0.5 over two layers, rate factor 3 for the head, no decay for vectors, embeddings frozen."""
    generator = torch.Generator().manual_seed(11)
    groups = {"audio_model.embeddings.table.weight": None, "audio_model.encoder.layer.0.dense.weight": (0.25, True),
              "audio_model.encoder.layer.0.dense.bias": (0.25, False),
              "audio_model.encoder.layer.1.dense.weight": (0.5, True),
              "audio_model.encoder.layer.1.dense.bias": (0.5, False),
              "classifier.fc.weight": (3.0, True), "classifier.fc.bias": (3.0, False)}
    rate, decay, steps = 1e-2, 0.05, 12
    start = {k: torch.randn((3,) if k.endswith("bias") else (3, 4), generator=generator) for k in groups}
    weights = {k: torch.nn.Parameter(v.clone()) for k, v in start.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [weights[k]], "lr": rate * rule[0], "weight_decay": decay if rule[1] else 0.0}
         for k, rule in groups.items() if rule], eps=EPSILON)
    # Sizes from far below epsilon to far above 1.
    scale = torch.tensor([1e-12, 1e-8, 1.0, 1e3])
    gradients = []
    for step in range(steps):
        factor = 1.0 if step < 6 else 0.5
        gradients.append({})
        for k in groups:
            g = torch.randn(weights[k].shape, generator=generator)
            g = g * (scale if g.dim() == 2 else scale[:3])
            gradients[-1][k] = g.flatten().tolist()
            weights[k].grad = g if groups[k] else None
        for group, rule in zip(optimizer.param_groups, [r for r in groups.values() if r]):
            group["lr"] = rate * rule[0] * factor
        optimizer.step()
    out = {"rate": rate, "decay": decay, "epsilon": EPSILON, "gradients": gradients, "weights": {}}
    for k, w in weights.items():
        state = optimizer.state.get(w)
        out["weights"][k] = {"shape": list(w.shape), "start": start[k].flatten().tolist(), "end": w.flatten().tolist(),
                             "first": state["exp_avg"].flatten().tolist() if state else None,
                             "second": state["exp_avg_sq"].flatten().tolist() if state else None}
    write("adamw.json", out)


def checkpoint():
    audio = ASTConfig.from_json_file(CHECKPOINT / "audio_config.json")
    text = RobertaConfig.from_json_file(CHECKPOINT / "text_config.json")
    audio._attn_implementation = text._attn_implementation = "eager"
    model = Fusion(ASTModel(audio), RobertaModel(text))
    state = torch.load(CHECKPOINT / "pytorch_model.pth", weights_only=True)["model_state_dict"]
    del state["text_model.embeddings.position_ids"]
    model.load_state_dict(state)
    # Evaluation mode is dropout 0; gradients flow as in training.
    return model.eval()


def train_steps():
    model = checkpoint()
    batch = load_file(CHECKPOINT / "expected.safetensors")
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, eps=EPSILON)
    assert len(CLASS_WEIGHTS) == len(LABELS)
    out = {"rate": RATE, "decay": DECAY, "epsilon": EPSILON, "clip": CLIP, "class_weights": CLASS_WEIGHTS, "steps": []}
    for i, step in enumerate(STEPS):
        rows = step["rows"]
        audio = model.audio_model(batch["audio.7.features"][rows]).pooler_output
        text = model.text_model(input_ids=batch["text.7.ids"][rows].long(),
                                attention_mask=batch["text.7.mask"][rows].long()).last_hidden_state[:, 0]
        loss = F.cross_entropy(model.head(audio, text), torch.tensor(step["labels"]),
                               weight=torch.tensor(CLASS_WEIGHTS))
        optimizer.zero_grad()
        loss.backward()
        gradients = {k: p.grad.clone() for k, p in model.named_parameters() if p.grad is not None}
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        out["steps"].append({**step, "loss": loss.item(), "norm": norm.item(),
                             "gradient_norms": {k: g.norm().item() for k, g in gradients.items()}})
        print(f"step {i}: loss {loss.item():.7f}, norm {norm.item():.7f}")
        if i == 0:
            save_file(gradients, OUT / "train_step/gradients.safetensors")
    trained = {k: p.detach().clone() for k, p in model.named_parameters() if p.grad is not None}
    save_file(trained, OUT / "train_step/weights.safetensors")
    write("train_step/steps.json", out)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    (OUT / "train_step").mkdir(parents=True, exist_ok=True)
    losses()
    schedules()
    adamw()
    train_steps()


if __name__ == "__main__":
    main()
