#!/usr/bin/env python3
"""Records what PyTorch computes in ten training steps of whole models and in twenty steps of each optimizer.

    python3 layers/src/test/python/trajectories.py          # writes the fixtures below
    python3 layers/src/test/python/trajectories.py --check  # compares with them, writes nothing

Needs PyTorch (CPU) and nothing else. The fixtures, under layers/src/test/resources/org/adjoint/layers/,
are plain text: `#` starts a comment, the first word of a line names it, numbers are separated by blanks
and are shortest decimals, so that Double.parseDouble gives back the exact bits.

The numbers that go in are not stored; both sides compute them from a 32-bit hash:

    hash(seed, i):  h = seed * 0x9E3779B9 + i          (all arithmetic modulo 2^32)
                    h ^= h >>> 16;  h *= 0x85EBCA6B
                    h ^= h >>> 13;  h *= 0xC2B2AE35
                    h ^= h >>> 16
    unit(seed, i)   = (hash(seed, i) >>> 8) / 2^24              in [0, 1), exact in float32
    signed(seed, i) = 2 * unit(seed, i) - 1                     in [-1, 1), exact in float32

The constants of the two multiplications are those of the MurmurHash3 finaliser (Appleby, 2011).

models.txt, per model:
    model <name>
    optimizer <kind> <name>=<value> ...
    input <shape>            batch of step s (from 0): x[i] = unit(100 + s, i) in row-major order
    tokens <n>               the batch is int32 instead: hash(100 + s, i) unsigned modulo n, and so has a label for
                             each of its elements, of which the model answers one row of logits each
    classes <n>              labels of step s: hash(200 + s, i) unsigned modulo n (no line: target = input)
    parameter <name> <shape> <scale>
                             parameter k (from 0, in the order of these lines): scale * signed(k, i) in
                             row-major order of PyTorch's shape (a linear weight is [out, in], a
                             convolution's [out, in, height, width]); scales are powers of two, so the
                             float32 and the float64 run start from the same numbers. A scale written as
                             `=v` means that every element is v.
    loss64 / loss32          the loss before each of the ten updates
    final64 <name> <sum> <sum of squares>   each parameter (and batch-norm buffer) after the ten updates
    evaluation64 <loss>      loss on the batch of step 0 in evaluation mode after the ten updates

optimizers.txt, per optimizer: parameters p of length 5 follow the gradient
    g[i] = a[i] * (p[i] - b[i]),   a[i] = 0.5 + unit(300, i),   b[i] = signed(301, i),   p0[i] = 2 * signed(302, i)
and the lines `step64 <n> p...` and `step32 <n> p...` hold p after n updates. After ten updates the learning
rate is halved. The first three elements are one parameter, the other two another. Beside PyTorch's settings a line
may have

    group_lr, group_weight_decay         the second parameter is in a group of its own
    clip_norm, clip_value                what gradients are clipped to before each step
    clip_weights                         what parameters are clipped to after each step
    ema, swa                             the numbers are the exponential (decay) or the equal average of p after the steps

tables.txt, per optimizer: the steps of a table of 9 rows of 3, weight[i] = signed(302, i), whose gradient is that of
sum(0.5 * y * y) for the rows y of the words hash(310 + s, i) unsigned modulo 9, four a step s (from 0).

lbfgs.txt and schedules.txt say in their first lines what they hold; `momenta` are those of a schedule that cycles them.
"""

import argparse
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../resources/org/adjoint/layers")
STEPS = 10


# ---------------------------------------------------------------- numbers both sides can compute


def hashed(seed, count):
    h = (seed * 0x9E3779B9 + torch.arange(count, dtype=torch.int64)) & 0xFFFFFFFF
    h ^= h >> 16
    h = multiply(h, 0x85EBCA6B)
    h ^= h >> 13
    h = multiply(h, 0xC2B2AE35)
    return h ^ (h >> 16)


def multiply(h, factor):
    """h * factor modulo 2^32; in halves, because torch's int64 has a sign."""
    low, high = h & 0xFFFF, h >> 16
    return (low * factor + (((high * factor) & 0xFFFF) << 16)) & 0xFFFFFFFF


def unit(seed, count):
    return (hashed(seed, count) >> 8).double() / 2**24


def signed(seed, count):
    return 2 * unit(seed, count) - 1


def product(shape):
    count = 1
    for edge in shape:
        count *= edge
    return count


def text(values):
    """Shortest decimals that read back to the same double."""
    return " ".join(repr(float(v)) for v in values)


def name_shape(shape):
    return "x".join(str(edge) for edge in shape) or "scalar"


# ---------------------------------------------------------------- models


def mlp():
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def autoencoder():
    return nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 784))


def conv_norm():
    """Strided convolutions without bias, batch norm, average pooling over what is left."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.AvgPool2d(4), nn.Flatten(), nn.Linear(8, 10))


class Residual(nn.Module):
    def __init__(self, fan_in, fan_out, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU(),
            nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False), nn.BatchNorm2d(fan_out))
        self.shortcut = nn.Identity() if stride == 1 and fan_in == fan_out else nn.Sequential(
            nn.Conv2d(fan_in, fan_out, 1, stride, bias=False), nn.BatchNorm2d(fan_out))

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def resnet():
    """The residual network of the workloads with one block a stage."""
    return nn.Sequential(
        nn.Conv2d(2, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Residual(16, 16, 1), nn.ReLU(), Residual(16, 32, 2), nn.ReLU(), Residual(32, 64, 2), nn.ReLU(),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), nn.Linear(64, 10))


class Gpt(nn.Module):
    """The language model of the workloads, smaller."""

    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(11, 8), nn.Embedding(6, 8)
        for i in range(2):
            block = nn.TransformerEncoderLayer(
                8, 2, 32, 0, activation=lambda x: F.gelu(x, approximate="tanh"), batch_first=True, norm_first=True)
            self.add_module(f"block{i}", block)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 11)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight
        later = torch.full((6, 6), float("-inf"), dtype=x.dtype).triu(1)
        for block in (self.block0, self.block1):
            x = block(x, src_mask=later)
        return self.head(self.norm(x)).flatten(0, 1)


SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
averages = torch.optim.swa_utils

MODELS = [
    # name, model, input shape, classes, optimizer, its settings
    ("mlp", mlp, (4, 784), 10, SGD, {"lr": 0.05, "momentum": 0.9}),
    ("lenet5", lenet5, (3, 1, 28, 28), 10, SGD, {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.001}),
    ("lenet5-adamw", lenet5, (3, 1, 28, 28), 10, ADAMW, {"lr": 0.002, "weight_decay": 0.1}),
    ("autoencoder", autoencoder, (4, 784), 0, ADAM, {"lr": 0.002}),
    ("conv-norm", conv_norm, (5, 2, 8, 8), 10, SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("resnet", resnet, (4, 2, 8, 8), 10, SGD, {"lr": 0.002, "momentum": 0.9}),
    ("gpt", Gpt, (3, 6), 11, ADAM, {"lr": 0.005}),
]


def scale_of(name, parameter, norms):
    """A power of two near the usual initial width, or a constant for batch norm."""
    layer, kind = name.rsplit(".", 1)
    if layer in norms:
        return "=1.0" if kind == "weight" else "=0.0"
    if kind == "bias":
        return 2.0**-5
    fan_in = product(parameter.shape[1:])
    power = 0
    while 2.0 ** (power - 1) * (fan_in / 3) ** 0.5 >= 0.75:
        power -= 1
    return 2.0**power


def start(model):
    """Writes the recipe's numbers into the model; answers the lines that describe them."""
    norms = {name for name, m in model.named_modules() if isinstance(m, (nn.BatchNorm2d, nn.LayerNorm))}
    lines = []
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            scale = scale_of(name, p, norms)
            if isinstance(scale, str):
                p.fill_(float(scale[1:]))
            else:
                p.copy_((scale * signed(k, p.numel())).reshape(p.shape))
            lines.append(f"parameter {name} {name_shape(p.shape)} {scale}")
    return lines


def batch(step, shape, classes, dtype):
    if dtype == torch.int64:
        count = product(shape)
        return (hashed(100 + step, count) % classes).reshape(shape), hashed(200 + step, count) % classes
    x = unit(100 + step, product(shape)).reshape(shape).to(dtype)
    return x, (hashed(200 + step, shape[0]) % classes if classes else None)


def loss_of(model, x, labels):
    y = model(x)
    return F.binary_cross_entropy_with_logits(y, x) if labels is None else F.cross_entropy(y, labels)


def train(build, shape, classes, kind, settings, dtype):
    model = build().to(dtype)
    given = torch.int64 if build is Gpt else dtype
    lines = start(model)
    optimizer = kind(model.parameters(), **settings)
    losses = []
    model.train()
    for step in range(STEPS):
        loss = loss_of(model, *batch(step, shape, classes, given))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, lines, losses


def record_models():
    yield "# Ten training steps of whole models in PyTorch; the recipe is in layers/src/test/python/trajectories.py."
    for name, build, shape, classes, kind, settings in MODELS:
        model, parameters, losses = train(build, shape, classes, kind, settings, torch.float64)
        _, _, singles = train(build, shape, classes, kind, settings, torch.float32)
        yield f"model {name}"
        yield f"optimizer {kind.__name__.lower()} " + " ".join(f"{k}={v}" for k, v in settings.items())
        yield f"input {name_shape(shape)}"
        if build is Gpt:
            yield f"tokens {classes}"
        if classes:
            yield f"classes {classes}"
        yield from parameters
        yield f"loss64 {text(losses)}"
        yield f"loss32 {text(singles)}"
        for key, value in model.state_dict().items():
            if value.dtype == torch.float64:
                yield f"final64 {key} {text((value.sum(), value.square().sum()))}"
        model.eval()
        with torch.no_grad():
            given = torch.int64 if build is Gpt else torch.float64
            yield f"evaluation64 {text([loss_of(model, *batch(0, shape, classes, given))])}"


# ---------------------------------------------------------------- optimizers



class Lion(torch.optim.Optimizer):
    """Chen et al., 2023, algorithm 2, which PyTorch does not have."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad) + group["weight_decay"] * p
                m.copy_(beta2 * m + (1 - beta2) * p.grad)
                p.sub_(group["lr"] * update)


class DecoupledSGD(torch.optim.SGD):
    """Loshchilov and Hutter, 2019, algorithm 1, which PyTorch does not have."""

    def __init__(self, params, decoupled_weight_decay, **settings):
        super().__init__(params, **settings)
        self.decay = decoupled_weight_decay

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * self.decay)
        super().step()


DecoupledSGD.__name__ = "SGD"
ADAGRAD, ADADELTA, RMSPROP = torch.optim.Adagrad, torch.optim.Adadelta, torch.optim.RMSprop
NADAM, RADAM = torch.optim.NAdam, torch.optim.RAdam

OPTIMIZERS = [
    ("sgd", SGD, {"lr": 0.1}),
    ("sgd-decay", SGD, {"lr": 0.1, "weight_decay": 0.05}),
    ("sgd-momentum", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("sgd-momentum-decay", SGD, {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.05}),
    ("sgd-nesterov", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("sgd-nesterov-decay", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("adam", ADAM, {"lr": 0.05}),
    ("adam-decay", ADAM, {"lr": 0.05, "weight_decay": 0.05}),
    ("adam-betas", ADAM, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4}),
    ("adamw", ADAMW, {"lr": 0.05}),
    ("adamw-decay", ADAMW, {"lr": 0.05, "weight_decay": 0.2}),
    ("sgd-dampening", SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.05}),
    ("adam-amsgrad", ADAM, {"lr": 0.2, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.05}),
    ("adamw-amsgrad", ADAMW, {"lr": 0.2, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.1}),
    ("adagrad", ADAGRAD, {"lr": 0.5}),
    ("adagrad-all", ADAGRAD, {"lr": 0.5, "lr_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 1e-3, "weight_decay": 0.05}),
    ("adadelta", ADADELTA, {"lr": 1.0}),
    ("adadelta-all", ADADELTA, {"lr": 2.0, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.05}),
    ("rmsprop", RMSPROP, {"lr": 0.05}),
    ("rmsprop-momentum", RMSPROP, {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "momentum": 0.8}),
    ("rmsprop-centered", RMSPROP, {"lr": 0.05, "centered": True, "weight_decay": 0.05}),
    ("rmsprop-all", RMSPROP, {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "momentum": 0.8, "centered": True, "weight_decay": 0.05}),
    ("nadam", NADAM, {"lr": 0.05}),
    ("nadam-decay", NADAM, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "momentum_decay": 0.05, "weight_decay": 0.05}),
    ("nadam-decoupled", NADAM, {"lr": 0.05, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("radam", RADAM, {"lr": 0.05}),
    ("radam-decay", RADAM, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.05}),
    ("radam-decoupled", RADAM, {"lr": 0.05, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("lion", Lion, {"lr": 0.02}),
    ("lion-decay", Lion, {"lr": 0.05, "betas": (0.7, 0.9), "weight_decay": 0.3}),
    ("sgd-decoupled", DecoupledSGD, {"lr": 0.1, "decoupled_weight_decay": 0.3, "momentum": 0.8}),
    ("sgd-climbing", SGD, {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.05, "maximize": True}),
    ("adam-climbing", ADAM, {"lr": 0.05, "weight_decay": 0.05, "maximize": True}),
    ("adamw-climbing", ADAMW, {"lr": 0.05, "maximize": True}),
    ("adagrad-climbing", ADAGRAD, {"lr": 0.5, "weight_decay": 0.05, "maximize": True}),
    ("adadelta-climbing", ADADELTA, {"lr": 1.0, "weight_decay": 0.05, "maximize": True}),
    ("rmsprop-climbing", RMSPROP, {"lr": 0.02, "momentum": 0.5, "centered": True, "weight_decay": 0.05, "maximize": True}),
    ("nadam-climbing", NADAM, {"lr": 0.05, "weight_decay": 0.05, "maximize": True}),
    ("radam-climbing", RADAM, {"lr": 0.05, "weight_decay": 0.05, "maximize": True}),
    ("sgd-groups", SGD, {"lr": 0.1, "momentum": 0.9, "group_lr": 0.02, "group_weight_decay": 0.1}),
    ("adamw-groups", ADAMW, {"lr": 0.05, "weight_decay": 0.2, "group_lr": 0.1, "group_weight_decay": 0.0}),
    ("sgd-clip-norm", SGD, {"lr": 0.1, "momentum": 0.9, "clip_norm": 0.5}),
    ("adam-clip-norm", ADAM, {"lr": 0.05, "clip_norm": 0.25}),
    ("sgd-clip-value", SGD, {"lr": 0.1, "momentum": 0.9, "clip_value": 0.3}),
    ("rmsprop-clip-weights", RMSPROP, {"lr": 0.05, "clip_weights": 0.4}),
    ("sgd-ema", SGD, {"lr": 0.1, "momentum": 0.9, "ema": 0.9}),
    ("adam-ema", ADAM, {"lr": 0.05, "ema": 0.75}),
    ("sgd-swa", SGD, {"lr": 0.1, "momentum": 0.9, "swa": True}),
    ("adam-swa", ADAM, {"lr": 0.05, "swa": True}),
]

EXTRAS = ("group_lr", "group_weight_decay", "clip_norm", "clip_value", "clip_weights", "ema", "swa")


def settings_text(settings):
    flat = {}
    for key, value in settings.items():
        if key == "betas":
            flat["beta1"], flat["beta2"] = value
        else:
            flat[key] = value
    return " ".join(f"{k}={v}" for k, v in flat.items())


def follow(kind, settings, dtype):
    a, b = (0.5 + unit(300, 5)).to(dtype), signed(301, 5).to(dtype)
    pair = nn.ParameterList((2 * signed(302, 5)).to(dtype).split((3, 2)))
    extra = {k: settings[k] for k in EXTRAS if k in settings}
    plain = {k: v for k, v in settings.items() if k not in EXTRAS}
    groups = list(pair)
    if "group_lr" in extra:
        groups = [{"params": [pair[0]]}, {"params": [pair[1]], "lr": extra["group_lr"], "weight_decay": extra["group_weight_decay"]}]
    average = None
    if "ema" in extra:
        average = averages.AveragedModel(pair, multi_avg_fn=averages.get_ema_multi_avg_fn(extra["ema"]))
    elif "swa" in extra:
        average = averages.AveragedModel(pair)
    # NAdam keeps a product in the default type, whatever the type of the parameters.
    torch.set_default_dtype(dtype)
    optimizer = kind(groups, **plain)
    for step in range(1, 21):
        for p, g in zip(pair, (a * (torch.cat(list(pair)).detach() - b)).split((3, 2))):
            p.grad = g.clone()
        if "clip_norm" in extra:
            nn.utils.clip_grad_norm_(pair, extra["clip_norm"])
        if "clip_value" in extra:
            nn.utils.clip_grad_value_(pair, extra["clip_value"])
        optimizer.step()
        if "clip_weights" in extra:
            for p in pair:
                p.data.clamp_(-extra["clip_weights"], extra["clip_weights"])
        if average is not None:
            average.update_parameters(pair)
        if step == 10:
            for group in optimizer.param_groups:
                group["lr"] /= 2
        shown = pair if average is None else average.module
        yield f"{step} {text(torch.cat(list(shown)).detach())}"
    torch.set_default_dtype(torch.float32)


def record_optimizers():
    yield "# Twenty steps of each optimizer in PyTorch; the recipe is in layers/src/test/python/trajectories.py."
    yield "# Settings that a line does not name have PyTorch's defaults: betas 0.9 0.999, eps 1e-8; AdamW decay 0.01."
    for name, kind, settings in OPTIMIZERS:
        yield f"optimizer {name} {kind.__name__.lower()} {settings_text(settings)}"
        for line in follow(kind, settings, torch.float64):
            yield f"step64 {line}"
        for line in follow(kind, settings, torch.float32):
            yield f"step32 {line}"


# ---------------------------------------------------------------- tables

TABLES = [
    ("sgd-rows", SGD, {"lr": 0.1}),
    # PyTorch adds epsilon to another root than in Adam; this one is too small to tell.
    ("adam-rows", torch.optim.SparseAdam, {"lr": 0.05, "eps": 1e-14}),
    ("adagrad-rows", ADAGRAD, {"lr": 0.1}),
]


def record_tables():
    yield "# Twenty steps in the rows of a table in PyTorch, float64; the recipe is in layers/src/test/python/trajectories.py."
    for name, kind, settings in TABLES:
        table = nn.Embedding(9, 3, sparse=True, dtype=torch.float64)
        table.weight.data.copy_(signed(302, 27).reshape(9, 3))
        optimizer = kind(table.parameters(), **settings)
        yield f"optimizer {name} {kind.__name__.lower()} {settings_text(settings)}"
        for step in range(20):
            optimizer.zero_grad()
            table(hashed(310 + step, 4) % 9).square().mul(0.5).sum().backward()
            optimizer.step()
            if step % 5 == 4:
                yield f"step64 {step // 5 + 1} {text(table.weight.detach().flatten())}"


# ---------------------------------------------------------------- L-BFGS


def rosenbrock(p):
    return (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


LBFGS = [
    ("lbfgs-wolfe", {"lr": 1.0, "max_iter": 3, "line_search_fn": "strong_wolfe"}),
    ("lbfgs-short", {"lr": 1.0, "max_iter": 4, "history_size": 2, "line_search_fn": "strong_wolfe"}),
    ("lbfgs-far", {"lr": 1e-3, "max_iter": 2, "line_search_fn": "strong_wolfe"}),
    ("lbfgs-long", {"lr": 40.0, "max_iter": 2, "line_search_fn": "strong_wolfe"}),
    ("lbfgs-fixed", {"lr": 0.002, "max_iter": 2}),
]


def record_lbfgs():
    yield "# Twenty steps of L-BFGS in PyTorch, float64, on Rosenbrock's function of five numbers that start at 2 * signed(302, i)."
    for name, settings in LBFGS:
        p = nn.Parameter(2 * signed(302, 5))
        optimizer = torch.optim.LBFGS([p], **settings)

        def closure():
            optimizer.zero_grad()
            loss = rosenbrock(p)
            loss.backward()
            return loss

        yield f"optimizer {name} lbfgs {settings_text(settings)}"
        for step in range(1, 21):
            loss = optimizer.step(closure)
            yield f"loss64 {step} {text([loss])}"
            yield f"step64 {step} {text(p.detach())}"


# ---------------------------------------------------------------- schedules

BASE = 0.5
schedules = torch.optim.lr_scheduler

SCHEDULES = [
    ("step", lambda o: schedules.StepLR(o, 7, 0.3)),
    ("multi-step", lambda o: schedules.MultiStepLR(o, [5, 12, 40], 0.2)),
    ("exponential", lambda o: schedules.ExponentialLR(o, 0.93)),
    ("constant", lambda o: schedules.ConstantLR(o, 0.25, 6)),
    ("linear", lambda o: schedules.LinearLR(o, 0.1, 1.0, 8)),
    ("linear-down", lambda o: schedules.LinearLR(o, 1.0, 0.2, 30)),
    ("polynomial", lambda o: schedules.PolynomialLR(o, 30, 1.7)),
    ("cosine", lambda o: schedules.CosineAnnealingLR(o, 20, 0.05)),
    ("cosine-restarts", lambda o: schedules.CosineAnnealingWarmRestarts(o, 9, 1, 0.05)),
    ("cosine-longer-restarts", lambda o: schedules.CosineAnnealingWarmRestarts(o, 6, 2)),
    ("one-cycle", lambda o: schedules.OneCycleLR(o, BASE, total_steps=51)),
    ("one-cycle-straight", lambda o: schedules.OneCycleLR(
        o, BASE, total_steps=51, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=50, base_momentum=0.7, max_momentum=0.9)),
    ("cyclic", lambda o: schedules.CyclicLR(o, BASE, 4 * BASE, 6, 9)),
    ("cyclic-halved", lambda o: schedules.CyclicLR(o, BASE, 4 * BASE, 7, mode="triangular2")),
    ("cyclic-exponential", lambda o: schedules.CyclicLR(o, BASE, 4 * BASE, 7, mode="exp_range", gamma=0.95, base_momentum=0.6)),
    ("chained", lambda o: schedules.ChainedScheduler([schedules.ConstantLR(o, 0.1, 4), schedules.ExponentialLR(o, 0.9)])),
    ("sequential", lambda o: schedules.SequentialLR(
        o, [schedules.LinearLR(o, 0.1, 1.0, 5), schedules.CosineAnnealingLR(o, 45), ], [5])),
]

PLATEAUS = [
    ("plateau", {"factor": 0.5, "patience": 3}),
    ("plateau-cool", {"factor": 0.3, "patience": 1, "threshold": 0.05, "threshold_mode": "abs", "cooldown": 4, "min_lr": 0.01}),
    ("plateau-max", {"factor": 0.6, "patience": 2, "mode": "max", "threshold": 0.02}),
]


def measure(step):
    """What a plateau is measured by: a noisy fall."""
    return 1 / (1 + 0.2 * step) + 0.2 * unit(400, 50)[step].item()


def record_schedules():
    yield "# Fifty learning rates of each schedule in PyTorch, the first before any step; the base rate is 0.5."
    for name, build in SCHEDULES:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=BASE, momentum=0.9)
        schedule = build(optimizer)
        rates, momenta = [], []
        for _ in range(50):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            schedule.step()
        yield f"schedule {name}"
        yield f"rates {text(rates)}"
        if len(set(momenta)) > 1:
            yield f"momenta {text(momenta)}"
    yield "# A plateau's measure of step s is 1 / (1 + 0.2 s) + 0.2 unit(400, s), negated for plateau-max; rates are those after it."
    for name, settings in PLATEAUS:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=BASE)
        schedule = schedules.ReduceLROnPlateau(optimizer, **settings)
        rates = []
        for step in range(50):
            schedule.step(-measure(step) if name == "plateau-max" else measure(step))
            rates.append(optimizer.param_groups[0]["lr"])
        yield f"schedule {name}"
        yield f"rates {text(rates)}"


# ---------------------------------------------------------------- files


FILES = (
    ("models.txt", record_models()),
    ("optimizers.txt", record_optimizers()),
    ("tables.txt", record_tables()),
    ("lbfgs.txt", record_lbfgs()),
    ("schedules.txt", record_schedules()),
)


def main():
    parser = argparse.ArgumentParser(description="Record PyTorch's trajectories.")
    parser.add_argument("--check", action="store_true", help="compare with the files, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    for name, lines in FILES:
        content = "".join(line + "\n" for line in lines)
        path = os.path.normpath(os.path.join(TARGET, name))
        if check:
            with open(path, encoding="utf-8") as file:
                same = file.read() == content
            print(f"{name}: {'the same' if same else 'differs'}")
            if not same:
                sys.exit(1)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
            print(f"{name}: {len(content)} bytes, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
