#!/usr/bin/env python3
"""Records the losses of ten steps of the workloads in PyTorch.

    python3 bench/src/test/python/workloads.py          # writes the fixture
    python3 bench/src/test/python/workloads.py --check  # compares with it, writes nothing

Needs PyTorch (CPU) and nothing else; the models are those of bench/src/main/python/peer.py. Only losses are
stored, in bench/src/main/resources/org/adjoint/bench/workloads.txt. What goes in, both sides compute: word n
under a seed is that of the generator Philox-4x32-10 (Salmon et al., 2011) as org.adjoint.kernels.Philox numbers
words, and u = (word >>> 8) / 2^24 is exact in float32.

    workload <name>
    parameter <shape> <scale>   parameter k, in the order of these lines: scale * (2 u - 1) in row-major order,
                                seed k; `=v` means that every element is v. Scales are powers of two.
    input <kind> <shape>        operand j of step s, seed 1000 * (j + 1) + s: `uniform` is u, `signed` is 2 u - 1,
                                `below:n` is (word >>> 8) modulo n, `rare` is 1 where u < 0.1, else 0
    loss64, loss32              the loss before each of ten updates, or of each of ten forward passes

Shapes are PyTorch's: a linear weight is [out, in]. A workload joins by a line in WORKLOADS here and one in
TrajectoryModels.
"""

import argparse
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../main/python"))
import peer  # noqa: E402

TARGET = os.path.normpath(os.path.join(HERE, "../../main/resources/org/adjoint/bench/workloads.txt"))
STEPS = 10
MASK = 0xFFFFFFFF

# ---------------------------------------------------------------- numbers both sides can compute


def product(a, b):
    """High and low word of a product of 32-bit words, in halves: torch's int64 has a sign."""
    low, high = a * (b & 0xFFFF), a * (b >> 16)
    total = low + ((high & 0xFFFF) << 16)
    return (high >> 16) + (total >> 32), total & MASK


def words(seed, count):
    number = torch.arange((count + 3) // 4, dtype=torch.int64)
    c = [number & MASK, number >> 32, torch.zeros_like(number), torch.zeros_like(number)]
    k0, k1 = seed & MASK, seed >> 32
    for _ in range(10):
        high0, low0 = product(c[0], 0xD2511F53)
        high1, low1 = product(c[2], 0xCD9E8D57)
        c = [high1 ^ c[1] ^ k0, low1, high0 ^ c[3] ^ k1, low0]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return torch.stack(c, 1).flatten()[:count]


def uniform(seed, count):
    return (words(seed, count) >> 8).double() / 2**24


def count_of(shape):
    count = 1
    for edge in shape:
        count *= edge
    return count


def operand(kind, shape, seed, dtype):
    count = count_of(shape)
    if kind.startswith("below:"):
        return ((words(seed, count) >> 8) % int(kind[6:])).reshape(shape)
    u = uniform(seed, count)
    values = {"uniform": u, "signed": 2 * u - 1, "rare": (u < 0.1).double()}[kind]
    return values.to(dtype).reshape(shape)


# ---------------------------------------------------------------- workloads


class Trained:
    """A model and what a step does: `loss(model, *operands)`, backward, update."""

    def __init__(self, model, loss, optimizer):
        self.model, self.loss, self.optimizer = model, loss, optimizer

    def start(self):
        self.optimizer = self.optimizer(self.model)

    def step(self, *operands):
        self.optimizer.zero_grad()
        loss = self.loss(self.model, *operands)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class TrainedGan:
    """Generator and discriminator of peer.gan, whose noise is an operand."""

    def __init__(self):
        self.generator = nn.Sequential(
            nn.Linear(100, 256), nn.LeakyReLU(0.2), nn.Linear(256, 512), nn.LeakyReLU(0.2),
            nn.Linear(512, 784), nn.Tanh())
        self.critic = nn.Sequential(
            nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
        self.model = nn.ModuleList((self.generator, self.critic))

    def start(self):
        self.of_generator, self.of_critic = peer.adam(self.generator), peer.adam(self.critic)

    def step(self, x, noise):
        entropy = F.binary_cross_entropy_with_logits
        real, fake = torch.ones(len(x), 1, dtype=x.dtype), torch.zeros(len(x), 1, dtype=x.dtype)
        drawn = self.generator(noise)
        self.of_critic.zero_grad()
        judged = entropy(self.critic(x), real) + entropy(self.critic(drawn.detach()), fake)
        judged.backward()
        self.of_critic.step()
        self.of_generator.zero_grad()
        fooled = entropy(self.critic(drawn), real)
        fooled.backward()
        self.of_generator.step()
        return judged.item() + fooled.item()


class Observed:
    """A model that is not trained: a step is a forward pass in evaluation mode, and its cross-entropy."""

    def __init__(self, model):
        self.model = model

    def start(self):
        pass

    def step(self, x, label):
        self.model.eval()
        with torch.no_grad():
            return peer.classify(self.model, x, label).item()


def negative_sampling(m, centre, context):
    """Column 0 of `context` is the true neighbour, the others are negatives."""
    scores = (m[1](context) @ m[0](centre).unsqueeze(2)).squeeze(2)
    return -(F.logsigmoid(scores[:, 0]) + F.logsigmoid(-scores[:, 1:]).sum(1)).mean()


def word2vec():
    pair = nn.ModuleList((nn.Embedding(10000, 100), nn.Embedding(10000, 100)))
    return Trained(pair, negative_sampling, lambda pair: torch.optim.SGD(pair.parameters(), lr=0.025))


def vae_loss(m, x, noise):
    h = F.relu(m.hidden(x))
    mean, log_var = m.mean(h), m.log_var(h)
    y = m.out(F.relu(m.back(mean + torch.exp(0.5 * log_var) * noise)))
    likelihood = F.binary_cross_entropy_with_logits(y, x, reduction="sum")
    return likelihood - 0.5 * (1 + log_var - mean.square() - log_var.exp()).sum()


def dqn_loss(pair, state, action, reward, following, done):
    with torch.no_grad():
        wanted = reward + 0.99 * (1 - done) * pair[1](following).max(1).values
    return F.huber_loss(pair[0](state).gather(1, action).squeeze(1), wanted)


def dqn():
    pair = nn.ModuleList((peer.mlp_model(4, 128, 128, 2), peer.mlp_model(4, 128, 128, 2)))
    return Trained(pair, dqn_loss, lambda pair: peer.adam(pair[0]))


def resnet20():
    model = []
    training, peer.training = peer.training, lambda m, *rest: model.append(m)
    peer.resnet20()
    peer.training = training
    # At the workload's own rate, 0.01, roundings grow a thousandfold in ten steps, in PyTorch as well.
    slowly = lambda m: torch.optim.SGD(m.parameters(), lr=0.001, momentum=0.9)
    return Trained(model[0], peer.classify, slowly)


def classifier(model):
    return lambda: Trained(model(), peer.classify, peer.sgd)


def reconstruction(m, x):
    return F.binary_cross_entropy_with_logits(m(x), x)


LABELS, LABEL = ("below:10", (8,)), ("below:10", (1,))
TEXT = ("below:96", (2, 12))

WORKLOADS = [
    ("mlp", classifier(lambda: peer.mlp_model(784, 512, 256, 10)), [("uniform", (8, 784)), LABELS]),
    ("mlp_fat", classifier(lambda: peer.mlp_model(784, 2048, 2048, 10)), [("uniform", (8, 784)), LABELS]),
    ("lenet5", classifier(peer.lenet5_model), [("uniform", (8, 1, 28, 28)), LABELS]),
    ("resnet20", resnet20, [("uniform", (16, 3, 32, 32)), ("below:10", (16,))]),
    ("gpt", lambda: Trained(peer.Gpt(), peer.every_step, peer.adam), [TEXT, TEXT]),
    ("char_rnn", lambda: Trained(peer.CharModel(nn.RNN), peer.every_step, peer.adam), [TEXT, TEXT]),
    ("char_gru", lambda: Trained(peer.CharModel(nn.GRU), peer.every_step, peer.adam), [TEXT, TEXT]),
    ("char_lstm", lambda: Trained(peer.CharModel(nn.LSTM), peer.every_step, peer.adam), [TEXT, TEXT]),
    ("autoencoder", lambda: Trained(peer.mlp_model(784, 32, 784), reconstruction, peer.adam), [("uniform", (8, 784))]),
    ("vae", lambda: Trained(peer.Vae(), vae_loss, peer.adam), [("uniform", (8, 784)), ("signed", (8, 20))]),
    ("gan", TrainedGan, [("signed", (8, 784)), ("signed", (8, 100))]),
    ("dqn", dqn, [("signed", (16, 4)), ("below:2", (16, 1)), ("uniform", (16,)), ("signed", (16, 4)), ("rare", (16,))]),
    ("seq2seq", lambda: Trained(
        peer.Seq2Seq(), lambda m, x, y, t: F.cross_entropy(m(x, y).flatten(0, 1), t.flatten()), peer.adam),
        [("below:30", (4, 12)), ("below:42", (4, 10)), ("below:42", (4, 10))]),
    # Few of the 10,000 words, so that the steps meet the same ones again.
    ("word2vec", word2vec, [("below:60", (8,)), ("below:60", (8, 6))]),
    ("infer_mlp_b1", lambda: Observed(peer.mlp_model(784, 512, 256, 10)), [("uniform", (1, 784)), LABEL]),
    ("infer_lenet_b1", lambda: Observed(peer.lenet5_model()), [("uniform", (1, 1, 28, 28)), LABEL]),
]

NORMS = (nn.BatchNorm2d, nn.LayerNorm)


def scale_of(model, name):
    """A power of two near the usual initial width, or a constant for norms."""
    path, kind = name.rpartition(".")[::2]
    layer = model.get_submodule(path)
    if isinstance(layer, NORMS):
        return "=1.0" if kind == "weight" else "=0.0"
    if isinstance(layer, nn.Embedding):
        return 1.0
    shape = layer.get_parameter(kind).shape
    if len(shape) == 1:
        return 2.0**-5
    fan_in, scale = count_of(shape[1:]), 1.0
    while scale > 1.5 / fan_in**0.5:
        scale /= 2
    return scale


def fill(model):
    """Writes the recipe's numbers into the model; answers the lines that describe them."""
    lines = []
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            scale = scale_of(model, name)
            if isinstance(scale, str):
                p.fill_(float(scale[1:]))
            else:
                p.copy_((scale * (2 * uniform(k, p.numel()) - 1)).reshape(p.shape))
            lines.append(f"parameter {'x'.join(map(str, p.shape))} {scale}")
    return lines


def run(build, inputs, dtype):
    trained = build()
    trained.model.to(dtype)
    lines = fill(trained.model)
    trained.start()
    trained.model.train()
    losses = [
        trained.step(*(operand(kind, shape, 1000 * (j + 1) + s, dtype) for j, (kind, shape) in enumerate(inputs)))
        for s in range(STEPS)]
    return lines, losses


def record():
    yield "# Losses of ten training steps in PyTorch; the recipe is in bench/src/test/python/workloads.py."
    for name, build, inputs in WORKLOADS:
        parameters, exact = run(build, inputs, torch.float64)
        _, single = run(build, inputs, torch.float32)
        yield f"workload {name}"
        yield from parameters
        for kind, shape in inputs:
            yield f"input {kind} {'x'.join(map(str, shape))}"
        yield f"loss64 {' '.join(repr(v) for v in exact)}"
        yield f"loss32 {' '.join(repr(v) for v in single)}"


def main():
    parser = argparse.ArgumentParser(description="Record the losses of PyTorch's training steps.")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    content = "".join(line + "\n" for line in record())
    if check:
        with open(TARGET, encoding="utf-8") as file:
            same = file.read() == content
        print("the same" if same else "the fixture differs")
        sys.exit(0 if same else 1)
    os.makedirs(os.path.dirname(TARGET), exist_ok=True)
    with open(TARGET, "w", encoding="utf-8") as file:
        file.write(content)
    print(f"{len(WORKLOADS)} workloads, {len(content)} bytes, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
