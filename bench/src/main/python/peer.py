#!/usr/bin/env python3
"""The PyTorch side of Adjoint's workloads.

A speed is stated only beside a peer that ran on the same machine, in the same minutes, with as many threads.
This script is that peer. Run it next to the Java side and divide:

    ./adjoint bench --workload mlp,lenet5 --threads 2 --seconds 3 --json ours.jsonl
    python3 bench/src/main/python/peer.py --workload mlp,lenet5 --threads 2 --seconds 3 --json peer.jsonl

Set-up, once: `python3 -m venv peer-env && peer-env/bin/pip install torch numpy` (Python 3.10 or later; the CPU
build of PyTorch is enough). Some container images set OPENBLAS_*, OMP_* or MKL_* variables, and one such
variable can halve or double the peer's speed. Start the script without them:

    env -u OPENBLAS_CORETYPE -u OPENBLAS_NUM_THREADS -u OMP_NUM_THREADS -u MKL_NUM_THREADS \\
        peer-env/bin/python bench/src/main/python/peer.py --workload all --threads 2

On an NVIDIA GPU (a PyTorch for CUDA, and --device cuda on both sides) the whole step is captured into a CUDA
graph and replayed, with PyTorch's fused optimizers, cuDNN's search for the fastest algorithms, and no tf32;
each step begins with the copies of its batch into the graph's operands. Ten steps are queued and awaited
together: the time of a step is a tenth.

What is measured. A step is zero_grad + forward + backward + optimizer update, float32, eager mode, on
random inputs that are drawn once: eight batches in rotation, so that no batch stays in the first-level
cache by accident. Parameters start from PyTorch's own defaults. A warm-up of at least one second and at
least ten steps comes first; then every step is timed by itself for --seconds, and the line states the
median, the fastest and the number of timed steps. Inference workloads run one forward pass a step in
evaluation mode under torch.inference_mode().

`sgemm` multiplies two square float32 matrices into a third that already exists (torch.mm with out=) and
states GFLOP/s of the median run, counting 2 n^3 operations; `bgemm` does it with bfloat16 matrices.

Output: one JSON object a line,
    {"workload": "mlp", "device": "cpu", "threads": 2, "median_ms": 2.06, "min_ms": 1.98, "n": 1423}
    {"workload": "sgemm", "size": 1024, "threads": 2, "gflops": 200.1}
on standard output and, with --json FILE, in FILE too.
"""

import argparse
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCHES = 8
QUEUED = 10
"""Batches in rotation; steps that a GPU is given before it is waited for. Both sides use the same numbers."""


def on_gpu():
    return torch.get_default_device().type == "cuda"


# ---------------------------------------------------------------- how a step is put together


def rotation(draw):
    """Eight batches, each a tuple of tensors drawn by `draw()`, and a function that walks round them."""
    batches = [draw() for _ in range(BATCHES)]
    position = 0

    def following():
        nonlocal position
        batch = batches[position]
        position = (position + 1) % BATCHES
        return batch

    return following


def steps(work, draw):
    """Steps that do `work(*batch)`: eager, or on a GPU replays of a graph that was captured once."""
    following = rotation(draw)
    if not on_gpu():
        return lambda: work(*following())
    operands = [t.clone() for t in following()]
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            work(*operands)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work(*operands)

    def step():
        for operand, value in zip(operands, following()):
            operand.copy_(value)
        graph.replay()

    return step


def training(model, optimizer, draw, loss):
    """A training step: `loss(model, *batch)` is a scalar."""
    model.train()

    def work(*batch):
        optimizer.zero_grad()
        loss(model, *batch).backward()
        optimizer.step()

    return steps(work, draw)


def inference(model, draw):
    """A forward pass with nothing recorded."""
    model.eval()

    def work(*batch):
        # Graphs and inference mode do not go together; nothing else is left to save in one.
        with torch.no_grad() if on_gpu() else torch.inference_mode():
            model(*batch)

    return steps(work, draw)


def sgd(model, rate=0.01, momentum=0.9):
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum, fused=on_gpu() or None)


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, fused=on_gpu() or None, capturable=on_gpu())


def classify(model, x, labels):
    return F.cross_entropy(model(x), labels)


# ---------------------------------------------------------------- fully connected and convolutional


def mlp_model(*sizes):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def lenet5_model():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def mlp():
    model = mlp_model(784, 512, 256, 10)
    return training(model, sgd(model), lambda: (torch.rand(128, 784), torch.randint(10, (128,))), classify)


def mlp_fat():
    model = mlp_model(784, 2048, 2048, 10)
    return training(model, sgd(model), lambda: (torch.rand(128, 784), torch.randint(10, (128,))), classify)


def lenet5():
    model = lenet5_model()
    draw = lambda: (torch.rand(128, 1, 28, 28), torch.randint(10, (128,)))
    return training(model, sgd(model), draw, classify)


def infer_mlp_b1():
    return inference(mlp_model(784, 512, 256, 10), lambda: (torch.rand(1, 784),))


def infer_lenet_b1():
    return inference(lenet5_model(), lambda: (torch.rand(1, 1, 28, 28),))


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, fan_in, fan_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(fan_out)
        self.conv2 = nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(fan_out)
        self.shortcut = nn.Identity()
        if stride != 1 or fan_in != fan_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(fan_in, fan_out, 1, stride, bias=False), nn.BatchNorm2d(fan_out))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def resnet20():
    blocks = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    width = 16
    for out, stride in ((16, 1), (32, 2), (64, 2)):
        for i in range(3):
            blocks.append(Residual(width, out, stride if i == 0 else 1))
            width = out
    model = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    draw = lambda: (torch.rand(64, 3, 32, 32), torch.randint(10, (64,)))
    return training(model, sgd(model), draw, classify)


# ---------------------------------------------------------------- sequences


class CharModel(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding = nn.Embedding(96, 64)
        self.recurrent = cell(64, 256, num_layers=2, batch_first=True)
        self.head = nn.Linear(256, 96)

    def forward(self, tokens):
        return self.head(self.recurrent(self.embedding(tokens))[0])


def every_step(model, tokens, targets):
    """Cross-entropy over all the steps of all the sequences."""
    return F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())


def char(cell):
    model = CharModel(cell)
    draw = lambda: (torch.randint(96, (32, 64)), torch.randint(96, (32, 64)))
    return training(model, adam(model), draw, every_step)


class Block(nn.Module):
    """A pre-norm transformer block with causal attention."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(96, 256), nn.Embedding(128, 256)
        self.blocks = nn.Sequential(*(Block(256, 4) for _ in range(4)))
        self.norm, self.head = nn.LayerNorm(256), nn.Linear(256, 96)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def gpt():
    model = Gpt()
    draw = lambda: (torch.randint(96, (16, 128)), torch.randint(96, (16, 128)))
    return training(model, adam(model), draw, every_step)


class Seq2Seq(nn.Module):
    """Letters to phonemes: an LSTM reads, an LSTM writes and looks back at what was read."""

    def __init__(self):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(30, 64), nn.Embedding(42, 64)
        self.encoder = nn.LSTM(64, 256, batch_first=True)
        self.decoder = nn.LSTM(64, 256, batch_first=True)
        self.score = nn.Linear(256, 256, bias=False)
        self.combine, self.head = nn.Linear(512, 256), nn.Linear(256, 42)

    def forward(self, letters, phonemes):
        read, state = self.encoder(self.letters(letters))
        written, _ = self.decoder(self.phonemes(phonemes), state)
        weights = torch.softmax(self.score(written) @ read.transpose(1, 2), dim=-1)
        return self.head(torch.tanh(self.combine(torch.cat((weights @ read, written), dim=-1))))


def seq2seq():
    model = Seq2Seq()
    draw = lambda: (torch.randint(30, (64, 12)), torch.randint(42, (64, 10)), torch.randint(42, (64, 10)))
    loss = lambda m, x, y, target: F.cross_entropy(m(x, y).flatten(0, 1), target.flatten())
    return training(model, adam(model), draw, loss)


def word2vec():
    model = nn.ModuleList((nn.Embedding(10000, 100), nn.Embedding(10000, 100)))
    draw = lambda: (torch.randint(10000, (1024,)), torch.randint(10000, (1024, 6)))

    def loss(m, centre, context):
        """Column 0 of `context` is the true neighbour, the other five are negatives."""
        scores = (m[1](context) @ m[0](centre).unsqueeze(2)).squeeze(2)
        return -(F.logsigmoid(scores[:, 0]) + F.logsigmoid(-scores[:, 1:]).sum(1)).mean()

    return training(model, sgd(model, 0.025, 0), draw, loss)


# ---------------------------------------------------------------- generative models and control


def autoencoder():
    model = mlp_model(784, 32, 784)
    loss = lambda m, x: F.binary_cross_entropy_with_logits(m(x), x)
    return training(model, adam(model), lambda: (torch.rand(256, 784),), loss)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.mean, self.log_var = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.back, self.out = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x):
        h = F.relu(self.hidden(x))
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return self.out(F.relu(self.back(z))), mean, log_var


def vae():
    model = Vae()

    def loss(m, x):
        y, mean, log_var = m(x)
        likelihood = F.binary_cross_entropy_with_logits(y, x, reduction="sum")
        return likelihood - 0.5 * (1 + log_var - mean.square() - log_var.exp()).sum()

    return training(model, adam(model), lambda: (torch.rand(128, 784),), loss)


def gan():
    generator = nn.Sequential(
        nn.Linear(100, 256), nn.LeakyReLU(0.2), nn.Linear(256, 512), nn.LeakyReLU(0.2),
        nn.Linear(512, 784), nn.Tanh())
    critic = nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
    of_generator, of_critic = adam(generator), adam(critic)
    real, fake = torch.ones(64, 1), torch.zeros(64, 1)
    entropy = F.binary_cross_entropy_with_logits

    def work(x):
        drawn = generator(torch.randn(64, 100))
        of_critic.zero_grad()
        (entropy(critic(x), real) + entropy(critic(drawn.detach()), fake)).backward()
        of_critic.step()
        of_generator.zero_grad()
        entropy(critic(drawn), real).backward()
        of_generator.step()

    return steps(work, lambda: (torch.rand(64, 784) * 2 - 1,))


def dqn():
    model, target = mlp_model(4, 128, 128, 2), mlp_model(4, 128, 128, 2)

    def draw():
        done = (torch.rand(64) < 0.1).float()
        return torch.randn(64, 4), torch.randint(2, (64, 1)), torch.rand(64), torch.randn(64, 4), done

    def loss(m, state, action, reward, following, done):
        with torch.no_grad():
            wanted = reward + 0.99 * (1 - done) * target(following).max(1).values
        return F.huber_loss(m(state).gather(1, action).squeeze(1), wanted)

    return training(model, adam(model), draw, loss)


WORKLOADS = {
    "mlp": mlp,
    "mlp_fat": mlp_fat,
    "lenet5": lenet5,
    "resnet20": resnet20,
    "char_rnn": lambda: char(nn.RNN),
    "char_gru": lambda: char(nn.GRU),
    "char_lstm": lambda: char(nn.LSTM),
    "gpt": gpt,
    "seq2seq": seq2seq,
    "word2vec": word2vec,
    "autoencoder": autoencoder,
    "vae": vae,
    "gan": gan,
    "dqn": dqn,
    "infer_mlp_b1": infer_mlp_b1,
    "infer_lenet_b1": infer_lenet_b1,
}

GEMMS = ("sgemm", "bgemm")


# ---------------------------------------------------------------- the clock


def time_steps(step, seconds, warm_up=1.0, least=10):
    """Milliseconds of each timed step, on a GPU of ten by turns: warm up first, then time."""
    group = QUEUED if on_gpu() else 1

    def one():
        start = time.perf_counter_ns()
        for _ in range(group):
            step()
        if on_gpu():
            torch.cuda.synchronize()
        return (time.perf_counter_ns() - start) * 1e-6 / group

    begin, count = time.perf_counter(), 0
    while count < least or time.perf_counter() - begin < warm_up:
        one()
        count += 1
    begin, times = time.perf_counter(), []
    while len(times) < least or time.perf_counter() - begin < seconds:
        times.append(one())
    return times


def run_workload(name, threads, seconds):
    times = time_steps(WORKLOADS[name](), seconds)
    median, least, count = statistics.median(times), min(times), len(times) * (QUEUED if on_gpu() else 1)
    yield {"workload": name, "device": torch.get_default_device().type, "threads": threads,
           "median_ms": round(median, 5), "min_ms": round(least, 5), "n": count}


def run_gemm(name, sizes, threads, seconds):
    dtype = {"sgemm": torch.float32, "bgemm": torch.bfloat16}[name]
    for size in sizes:
        a, b = ((2 * torch.rand(size, size) - 1).to(dtype) for _ in range(2))
        c = torch.empty(size, size, dtype=dtype)
        # Small products are timed in groups of about a million operations: a clock reading costs ~50 ns.
        group = max(1, 1_000_000 // (2 * size**3))

        def step():
            for _ in range(group):
                torch.mm(a, b, out=c)

        ms = statistics.median(time_steps(step, seconds)) / group
        yield {"workload": name, "size": size, "threads": threads, "gflops": round(2e-6 * size**3 / ms, 2)}


def main():
    known = ", ".join(WORKLOADS)
    parser = argparse.ArgumentParser(
        description="PyTorch's times on Adjoint's workloads.", epilog=f"workloads: {known}, {', '.join(GEMMS)}, all")
    parser.add_argument("--workload", default="all", help="names, separated by commas; all = all but products")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="cuda: graphs on a GPU")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="timed seconds a workload")
    parser.add_argument("--sizes", default="64,128,256,512,1024", help="edges of the matrices of sgemm and bgemm")
    parser.add_argument("--json", metavar="FILE", help="write the lines to FILE too")
    arguments = parser.parse_args()

    names = list(WORKLOADS) if arguments.workload == "all" else arguments.workload.split(",")
    for name in names:
        if name not in WORKLOADS and name not in GEMMS:
            parser.error(f"unknown workload '{name}'; known: {known}, {', '.join(GEMMS)}, all")
    if arguments.threads < 1:
        parser.error(f"--threads must be at least 1, got {arguments.threads}")
    try:
        sizes = [int(s) for s in arguments.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes must be whole numbers separated by commas, got '{arguments.sizes}'")

    torch.set_num_threads(arguments.threads)
    if arguments.device == "cuda":
        if not torch.cuda.is_available():
            parser.error("--device cuda: this PyTorch sees no GPU")
        torch.set_default_device("cuda")
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} thread(s)", file=sys.stderr)
    lines = []
    for name in names:
        rows = (run_gemm(name, sizes, arguments.threads, arguments.seconds) if name in GEMMS
                else run_workload(name, arguments.threads, arguments.seconds))
        try:
            for row in rows:
                lines.append(json.dumps(row))
                print(lines[-1], flush=True)
        except RuntimeError as e:  # one that fails on a GPU must not cost the others
            print(f"{name}: {e}", file=sys.stderr)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
    failed = set(names) - {json.loads(line)["workload"] for line in lines}
    sys.exit(f"failed: {', '.join(sorted(failed))}" if failed else 0)


if __name__ == "__main__":
    main()
