#!/usr/bin/env python3
"""Records what PyTorch computes, in float64, for losses with every reduction and option: values and gradients.

    python3 layers/src/test/python/losses.py          # writes layers/src/test/resources/org/adjoint/layers/losses.txt
    python3 layers/src/test/python/losses.py --check  # compares with it, writes nothing

The numbers that go in are those of trajectories.py, which lies beside this script:

    prediction        2 * signed(100, i), or 0.05 + 0.9 * unit(100, i) if the line says `unit`
    target signs      1 where signed(150, i) >= 0, else -1
    target unit       unit(150, i)
    target signed     signed(150, i)
    target rows       unit(150, i), each row divided by its sum
    target labels     hash(150, i) unsigned modulo the columns, one a row; 1 is the label that is left out
    weights           0.5 + unit(160, i), one a column
    what is differentiated: sum(y * signed(200, i))

Per loss, in the text format of trajectories.py:

    loss <name> <prediction> <target> <reduction>
    y v ...
    gradient v ...

The penalty of a critic's slope (Gulrajani et al., 2017) has lines `penalty`, its value, and `gradient`, those of its
parameters one behind the other: nn.Linear(4, 5), tanh and nn.Linear(5, 1), parameter k of which is signed(k, i), between
the real examples signed(100, i) and the fake ones signed(101, i), six of four numbers, with shares unit(102, i).
"""

import argparse
import os
import sys

import torch
from torch import nn
from trajectories import TARGET, hashed, signed, text, unit

ROWS, COLUMNS = 6, 4
COUNT = ROWS * COLUMNS

PREDICTIONS = {"signed": 2 * signed(100, COUNT), "unit": 0.05 + 0.9 * unit(100, COUNT)}
SHARES = unit(150, COUNT).reshape(ROWS, COLUMNS)
TARGETS = {
    "signs": torch.where(signed(150, COUNT) >= 0, 1.0, -1.0).double().reshape(ROWS, COLUMNS),
    "unit": SHARES,
    "signed": signed(150, COUNT).reshape(ROWS, COLUMNS),
    "rows": SHARES / SHARES.sum(1, keepdim=True),
    "labels": hashed(150, ROWS) % COLUMNS,
}
WEIGHTS = 0.5 + unit(160, COLUMNS)

LOSSES = [
    # name, prediction, target, module of a reduction
    ("l1", "signed", "signed", lambda r: nn.L1Loss(reduction=r)),
    ("mse", "signed", "signed", lambda r: nn.MSELoss(reduction=r)),
    ("huber", "signed", "signed", lambda r: nn.HuberLoss(reduction=r, delta=0.7)),
    ("smooth-l1", "signed", "signed", lambda r: nn.SmoothL1Loss(reduction=r, beta=0.3)),
    ("kl", "signed", "unit", lambda r: nn.KLDivLoss(reduction=r)),
    ("kl-log", "signed", "signed", lambda r: nn.KLDivLoss(reduction=r, log_target=True)),
    ("bce", "unit", "unit", lambda r: nn.BCELoss(reduction=r)),
    ("bce-weighted", "unit", "unit", lambda r: nn.BCELoss(WEIGHTS, reduction=r)),
    ("bce-logits", "signed", "unit", lambda r: nn.BCEWithLogitsLoss(reduction=r)),
    ("bce-logits-weighted", "signed", "unit", lambda r: nn.BCEWithLogitsLoss(WEIGHTS, reduction=r)),
    ("bce-logits-positive", "signed", "unit", lambda r: nn.BCEWithLogitsLoss(pos_weight=WEIGHTS, reduction=r)),
    ("soft-margin", "signed", "signs", lambda r: nn.SoftMarginLoss(reduction=r)),
    ("hinge-embedding", "signed", "signs", lambda r: nn.HingeEmbeddingLoss(0.8, reduction=r)),
    ("poisson", "signed", "unit", lambda r: nn.PoissonNLLLoss(reduction=r)),
    ("poisson-rate", "unit", "unit", lambda r: nn.PoissonNLLLoss(log_input=False, reduction=r)),
    ("cross-entropy", "signed", "labels", lambda r: nn.CrossEntropyLoss(reduction=r)),
    ("cross-entropy-weights", "signed", "labels", lambda r: nn.CrossEntropyLoss(WEIGHTS, reduction=r)),
    ("cross-entropy-smooth", "signed", "labels", lambda r: nn.CrossEntropyLoss(label_smoothing=0.1, reduction=r)),
    ("cross-entropy-ignore", "signed", "labels", lambda r: nn.CrossEntropyLoss(ignore_index=1, reduction=r)),
    ("cross-entropy-all", "signed", "labels", lambda r: nn.CrossEntropyLoss(WEIGHTS, ignore_index=1, label_smoothing=0.1, reduction=r)),
    ("cross-entropy", "signed", "rows", lambda r: nn.CrossEntropyLoss(reduction=r)),
    ("cross-entropy-weights", "signed", "rows", lambda r: nn.CrossEntropyLoss(WEIGHTS, reduction=r)),
    ("cross-entropy-smooth", "signed", "rows", lambda r: nn.CrossEntropyLoss(WEIGHTS, label_smoothing=0.1, reduction=r)),
    ("nll", "signed", "labels", lambda r: nn.NLLLoss(reduction=r)),
    ("nll-all", "signed", "labels", lambda r: nn.NLLLoss(WEIGHTS, ignore_index=1, reduction=r)),
]


def lines():
    yield "# Losses in PyTorch, float64; see layers/src/test/python/losses.py."
    for name, prediction, target, build in LOSSES:
        for reduction in ("none", "mean", "sum", "batchmean")[: 4 if name.startswith("kl") else 3]:
            x = PREDICTIONS[prediction].reshape(ROWS, COLUMNS).clone().requires_grad_()
            y = build(reduction)(x, TARGETS[target])
            (y * signed(200, y.numel()).reshape(y.shape)).sum().backward()
            yield f"loss {name} {prediction} {target} {reduction}"
            yield f"y {text(y.detach().flatten())}"
            yield f"gradient {text(x.grad.flatten())}"


def penalty():
    """Written with autograd.grad, as in the paper's own code."""
    critic = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    with torch.no_grad():
        for k, p in enumerate(critic.parameters()):
            p.copy_(signed(k, p.numel()).reshape(p.shape))
    real, fake = (signed(seed, COUNT).reshape(ROWS, COLUMNS) for seed in (100, 101))
    share = unit(102, ROWS).reshape(ROWS, 1)
    between = (share * real + (1 - share) * fake).requires_grad_()
    slope, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    loss = (slope.norm(dim=1) - 1).square().mean()
    loss.backward()
    yield f"penalty {text([loss.detach()])}"
    # The last bias has no part in the slope.
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in critic.parameters()]
    yield f"gradient {text(torch.cat([g.flatten() for g in gradients]))}"


def main():
    parser = argparse.ArgumentParser(description="Record PyTorch's losses.")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    content = "".join(line + "\n" for line in (*lines(), "loss gradient-penalty", *penalty()))
    path = os.path.normpath(os.path.join(TARGET, "losses.txt"))
    if check:
        with open(path, encoding="utf-8") as file:
            same = file.read() == content
        print(f"losses.txt: {'the same' if same else 'differs'}")
        sys.exit(0 if same else 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    print(f"losses.txt: {content.count('loss ')} losses, {len(content)} bytes, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
