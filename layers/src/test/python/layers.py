#!/usr/bin/env python3
"""Records what PyTorch computes, in float64, for single layers: outputs, gradients and states.

    python3 layers/src/test/python/layers.py          # writes layers/src/test/resources/org/adjoint/layers/layers.txt
    python3 layers/src/test/python/layers.py --check  # compares with it, writes nothing

The numbers that go in are those of trajectories.py, which lies beside this script:

    parameter k (from 0, in the order of the lines): 0.5 * signed(k, i) in row-major order
    input j:   signed(100 + j, i)
    the loss:  sum(y * signed(200, i))

Per layer, in the text format of trajectories.py:

    layer <name>
    parameter <name> <shape>
    input <shape>
    y <shape> v ...
    gradient <name> v ...     by each parameter, and by input j as `x<j>`
    buffer <name> v ...       running statistics and the like after the one step in training mode
"""

import argparse
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint
from trajectories import TARGET, name_shape, product, signed, text

LAYERS = []


def layer(name, *shapes):
    """Registers a function that answers a module and, if it takes more than its inputs, how to call it."""

    def register(function):
        LAYERS.append((name, shapes, function))
        return function

    return register


def hidden(rows, columns, *places):
    """0, and minus infinity at some places."""
    mask = torch.zeros(rows, columns, dtype=torch.float64)
    for i, j in places:
        mask[i, j] = float("-inf")
    return mask


# ---------------------------------------------------------------- norms


@layer("linear-tokens", (2, 3, 4))
def linear_tokens():
    return nn.Linear(4, 5)


@layer("layer-norm", (2, 3, 4))
def layer_norm():
    return nn.LayerNorm(4)


@layer("layer-norm-2d", (2, 3, 4))
def layer_norm_2d():
    return nn.LayerNorm((3, 4), eps=0.01)


@layer("rms-norm", (2, 3, 4))
def rms_norm():
    return nn.RMSNorm(4, eps=1e-6)


@layer("group-norm", (2, 4, 3))
def group_norm():
    return nn.GroupNorm(2, 4)


@layer("instance-norm", (2, 3, 2, 2))
def instance_norm():
    return nn.InstanceNorm2d(3)


@layer("instance-norm-affine", (2, 3, 5))
def instance_norm_affine():
    return nn.InstanceNorm1d(3, affine=True)


@layer("batch-norm-1d", (4, 3))
def batch_norm_1d():
    return nn.BatchNorm1d(3)


@layer("batch-norm-sequence", (2, 3, 4))
def batch_norm_sequence():
    return nn.BatchNorm1d(3)


@layer("batch-norm-2d", (2, 3, 2, 3))
def batch_norm_2d():
    return nn.BatchNorm2d(3, eps=0.01, momentum=0.3)


@layer("batch-norm-3d", (2, 3, 2, 1, 2))
def batch_norm_3d():
    return nn.BatchNorm3d(3)


# ---------------------------------------------------------------- attention


@layer("multi-head-attention", (2, 3, 6))
def multi_head_attention():
    module = nn.MultiheadAttention(6, 2, batch_first=True)
    return module, lambda x: module(x, x, x, need_weights=False)[0]


@layer("multi-head-attention-causal", (2, 4, 6))
def causal_attention():
    module = nn.MultiheadAttention(6, 3, bias=False, batch_first=True)
    mask = torch.full((4, 4), float("-inf"), dtype=torch.float64).triu(1)
    return module, lambda x: module(x, x, x, attn_mask=mask, need_weights=False)[0]


@layer("multi-head-attention-cross", (2, 3, 4), (2, 5, 4), (2, 5, 4))
def cross_attention():
    module = nn.MultiheadAttention(4, 2, batch_first=True)
    mask = hidden(3, 5, (0, 1), (2, 4), (2, 0))
    return module, lambda q, k, v: module(q, k, v, attn_mask=mask, need_weights=False)[0]


@layer("multi-head-attention-widths", (2, 3, 6), (2, 5, 3), (2, 5, 4))
def attention_of_widths():
    module = nn.MultiheadAttention(6, 2, kdim=3, vdim=4, batch_first=True)
    mask, padding = hidden(3, 5, (0, 1), (2, 4)), hidden(2, 5, (0, 4), (1, 2))
    return module, lambda q, k, v: module(q, k, v, attn_mask=mask, key_padding_mask=padding, need_weights=False)[0]


@layer("multi-head-attention-padded", (2, 4, 6))
def padded_attention():
    module = nn.MultiheadAttention(6, 2, bias=False, batch_first=True)
    mask = torch.full((4, 4), float("-inf"), dtype=torch.float64).triu(1)
    padding = hidden(2, 4, (0, 3), (1, 2))
    return module, lambda x: module(
        x, x, x, attn_mask=mask, key_padding_mask=padding, is_causal=True, need_weights=False)[0]


@layer("multi-head-attention-by-head", (2, 3, 4))
def attention_by_head():
    module = nn.MultiheadAttention(4, 2, batch_first=True)
    mask = hidden(12, 3, (0, 1), (1, 2), (7, 1), (9, 2)).reshape(4, 3, 3)
    return module, lambda x: module(x, x, x, attn_mask=mask, need_weights=False)[0]


@layer("transformer-encoder", (2, 3, 4))
def transformer_encoder():
    return nn.TransformerEncoderLayer(4, 2, 8, 0, batch_first=True)


@layer("transformer-encoder-pre-norm", (2, 3, 4))
def transformer_encoder_pre_norm():
    module = nn.TransformerEncoderLayer(4, 2, 8, 0, activation="gelu", batch_first=True, norm_first=True)
    mask = torch.full((3, 3), float("-inf"), dtype=torch.float64).triu(1)
    return module, lambda x: module(x, src_mask=mask)


@layer("transformer-decoder", (2, 3, 4), (2, 5, 4))
def transformer_decoder():
    module = nn.TransformerDecoderLayer(4, 2, 8, 0, batch_first=True)
    mask = torch.full((3, 3), float("-inf"), dtype=torch.float64).triu(1)
    return module, lambda x, memory: module(x, memory, tgt_mask=mask)


@layer("transformer-decoder-pre-norm", (2, 3, 4), (2, 5, 4))
def transformer_decoder_pre_norm():
    module = nn.TransformerDecoderLayer(4, 2, 8, 0, batch_first=True, norm_first=True)
    mask = torch.full((3, 3), float("-inf"), dtype=torch.float64).triu(1)
    seen = hidden(3, 5, (1, 2))
    return module, lambda x, memory: module(x, memory, tgt_mask=mask, memory_mask=seen)


@layer("transformer-encoder-padded", (2, 3, 4))
def padded_encoder():
    module = nn.TransformerEncoderLayer(4, 2, 8, 0, batch_first=True)
    return module, lambda x: module(x, src_mask=hidden(3, 3, (0, 1)), src_key_padding_mask=hidden(2, 3, (0, 2)))


@layer("transformer-decoder-padded", (2, 3, 4), (2, 5, 4))
def padded_decoder():
    module = nn.TransformerDecoderLayer(4, 2, 8, 0, batch_first=True)
    tokens, seen = hidden(2, 3, (0, 2)), hidden(2, 5, (0, 4), (1, 0))
    return module, lambda x, memory: module(
        x, memory, tgt_key_padding_mask=tokens, memory_key_padding_mask=seen)


class Additive(nn.Module):
    """vᵀ tanh(W q + U k), one pair at a time."""

    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(3, 5, bias=False), nn.Linear(4, 5, bias=False)
        self.score = nn.Linear(5, 1, bias=False)

    def forward(self, queries, keys):
        rows = []
        for q in queries.unbind(1):
            scores = [self.score(torch.tanh(self.query(q) + self.key(k)))[:, 0] for k in keys.unbind(1)]
            weights = torch.softmax(torch.stack(scores, 1), 1)
            rows.append(torch.einsum("nk,nkd->nd", weights, keys))
        return torch.stack(rows, 1)


@layer("additive-attention", (2, 3, 3), (2, 4, 4))
def additive_attention():
    return Additive()


class Multiplicative(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 4, bias=False)

    def forward(self, queries, keys):
        scores = torch.einsum("nqd,nkd->nqk", self.score(queries), keys) + hidden(1, 4, (0, 2))
        return torch.einsum("nqk,nkd->nqd", torch.softmax(scores, 2), keys)


@layer("multiplicative-attention", (2, 3, 3), (2, 4, 4))
def multiplicative_attention():
    return Multiplicative()


# ---------------------------------------------------------------- convolutions


@layer("conv-1d", (2, 2, 7))
def conv_1d():
    return nn.Conv1d(2, 4, 3, stride=2, padding=1, dilation=2, groups=2)


@layer("conv-2d", (2, 4, 6, 5))
def conv_2d():
    return nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(2, 1), groups=2)


@layer("conv-3d", (1, 2, 3, 4, 3))
def conv_3d():
    return nn.Conv3d(2, 2, 2, padding=1, bias=False)


@layer("conv-depthwise", (1, 3, 4, 4))
def conv_depthwise():
    return nn.Conv2d(3, 3, 3, padding=1, groups=3)


@layer("conv-transpose-1d", (2, 2, 4))
def conv_transpose_1d():
    return nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1)


@layer("conv-transpose-2d", (1, 4, 3, 2))
def conv_transpose_2d():
    return nn.ConvTranspose2d(4, 2, 3, stride=2, groups=2, dilation=2)


@layer("conv-transpose-3d", (1, 2, 2, 2, 3))
def conv_transpose_3d():
    return nn.ConvTranspose3d(2, 2, 2, stride=2, bias=False)


class Table(nn.Module):
    """One small convolution for each output, over the inputs that it sees."""

    TABLE = ((0, 2), (1,), (2, 1, 0))

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(6, 2, 2))
        self.bias = nn.Parameter(torch.empty(3))

    def forward(self, x):
        outputs, start = [], 0
        for o, seen in enumerate(self.TABLE):
            w = self.weight[start:start + len(seen)].unsqueeze(0)
            outputs.append(F.conv2d(x[:, list(seen)], w, self.bias[o:o + 1]))
            start += len(seen)
        return torch.cat(outputs, 1)


@layer("connection-table", (2, 3, 3, 4))
def connection_table():
    return Table()


# ---------------------------------------------------------------- pooling and size


@layer("max-pool-1d", (2, 2, 7))
def max_pool_1d():
    return nn.MaxPool1d(3, 2, 1)


@layer("max-pool-2d", (1, 2, 5, 4))
def max_pool_2d():
    return nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0))


@layer("max-pool-3d", (1, 2, 4, 4, 5))
def max_pool_3d():
    return nn.MaxPool3d(2)


@layer("avg-pool-1d", (2, 2, 7))
def avg_pool_1d():
    return nn.AvgPool1d(3, 2, 1, count_include_pad=False)


@layer("avg-pool-2d-inside", (1, 2, 5, 4))
def avg_pool_2d():
    return nn.AvgPool2d(3, 2, 1, count_include_pad=False)


@layer("avg-pool-3d", (1, 2, 4, 4, 5))
def avg_pool_3d():
    return nn.AvgPool3d(2)


@layer("max-pool-1d-dilated", (2, 2, 9))
def max_pool_1d_dilated():
    return nn.MaxPool1d(3, 2, 1, dilation=2, ceil_mode=True)


@layer("max-pool-2d-dilated", (1, 2, 6, 4))
def max_pool_2d_dilated():
    return nn.MaxPool2d((2, 3), 2, (0, 1), dilation=(2, 1), ceil_mode=True)


@layer("avg-pool-1d-ceil", (2, 2, 9))
def avg_pool_1d_ceil():
    return nn.AvgPool1d(3, 3, 1, ceil_mode=True)


@layer("avg-pool-2d-divisor", (1, 2, 5, 4))
def avg_pool_2d_divisor():
    return nn.AvgPool2d(3, 2, 1, divisor_override=7)


@layer("avg-pool-3d-divisor", (1, 2, 3, 4, 3))
def avg_pool_3d_divisor():
    return nn.AvgPool3d(2, 1, divisor_override=3)


@layer("adaptive-avg-pool-2d", (1, 2, 5, 7))
def adaptive_avg_pool_2d():
    return nn.AdaptiveAvgPool2d((3, 2))


@layer("adaptive-max-pool-2d", (1, 2, 5, 7))
def adaptive_max_pool_2d():
    return nn.AdaptiveMaxPool2d((3, 2))


@layer("global-avg-pool", (2, 3, 4, 2))
def global_avg_pool():
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@layer("global-max-pool", (2, 3, 5))
def global_max_pool():
    return nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten())


class Subsampling(nn.Module):
    """The four numbers of a window added, times a coefficient, plus a bias."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(3)), nn.Parameter(torch.empty(3))

    def forward(self, x):
        total = sum(x[:, :, i:4:2, j::2] for i in (0, 1) for j in (0, 1))
        return total * self.weight[:, None, None] + self.bias[:, None, None]


@layer("subsampling", (2, 3, 5, 4))
def subsampling():
    return Subsampling()


@layer("upsample-nearest", (1, 2, 3, 2))
def upsample_nearest():
    return nn.Upsample(scale_factor=3, mode="nearest")


@layer("upsample-bilinear", (1, 2, 3, 2))
def upsample_bilinear():
    return nn.Upsample(scale_factor=2, mode="bilinear")


@layer("upsample-bilinear-aligned", (1, 2, 3, 2))
def upsample_bilinear_aligned():
    return nn.Upsample(scale_factor=3, mode="bilinear", align_corners=True)


@layer("pixel-shuffle", (1, 8, 2, 3))
def pixel_shuffle():
    return nn.PixelShuffle(2)


# ---------------------------------------------------------------- wrappers and other units


def philox(seed, count):
    """The first numbers in [0, 1) of a stream, those of org.adjoint.kernels.Philox (Salmon et al., 2011)."""
    low, words = 0xFFFFFFFF, []
    for block in range((count + 3) // 4):
        c, k = (block, 0, 0, 0), (seed & low, seed >> 32)
        for _ in range(10):
            p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
            c = (q >> 32) ^ c[1] ^ k[0], q & low, (p >> 32) ^ c[3] ^ k[1], p & low
            k = (k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low
        words += c
    return torch.tensor([(w >> 8) / 2**24 for w in words[:count]], dtype=torch.float64)


def forked():
    """The seed of the first stream that org.adjoint.layers.Setup forks off seed 1."""
    low = (1 << 64) - 1

    def mixed(z):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & low
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & low
        return z ^ (z >> 31)

    return mixed(1 ^ mixed(0x9E3779B97F4A7C15))


class Dropped(nn.Module):
    """Inverted dropout whose mask, as large as the first axes of x, is drawn by Philox."""

    def __init__(self, probability, axes):
        super().__init__()
        self.keep, self.axes = 1 - probability, axes

    def forward(self, x):
        shape = x.shape[:self.axes] + (1,) * (x.dim() - self.axes)
        mask = (philox(forked(), product(shape)) < self.keep).double().reshape(shape)
        return x * mask / self.keep


@layer("dropout", (3, 4))
def dropout():
    return Dropped(0.25, 2)


@layer("channel-dropout", (2, 3, 2, 2))
def channel_dropout():
    return Dropped(0.5, 2)


@layer("flatten", (2, 3, 2))
def flatten():
    return nn.Flatten()


class Checkpointed(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))

    def forward(self, x):
        return checkpoint(self.inner, x, use_reentrant=False)


@layer("checkpointed", (3, 4))
def checkpointed():
    return Checkpointed()


@layer("lambda", (3, 4))
def of_operations():
    return nn.Identity(), lambda x: torch.softmax(F.pad(x, (2, 1), mode="reflect"), 1)


class Hardsigmoid(nn.Module):
    """By its definition: the gradient of PyTorch's own has a sixth in float32."""

    def forward(self, x):
        return F.relu6(x + 3) / 6


@layer("activations", (3, 4))
def activations():
    every = nn.ModuleList((
        nn.ReLU(), nn.LeakyReLU(0.1), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.ELU(0.5),
        nn.SELU(), nn.CELU(0.5), nn.ReLU6(), nn.Mish(), nn.Softplus(), nn.Softsign(), nn.LogSigmoid(),
        nn.Hardtanh(-2, 0.5), Hardsigmoid(), nn.Hardswish()))
    return every, lambda x: torch.stack([f(4 * x) for f in every])


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


@layer("residual", (3, 4))
def residual():
    return Residual(nn.Linear(4, 4), nn.Identity())


@layer("residual-shortcut", (3, 4))
def residual_shortcut():
    return Residual(nn.Linear(4, 2), nn.Linear(4, 2, bias=False))


class Highway(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.body = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.body(x) + (1 - t) * x


@layer("highway", (3, 4))
def highway():
    return Highway()


@layer("bilinear", (3, 4), (3, 2))
def bilinear():
    return nn.Bilinear(4, 2, 5)


class RadialBasis(nn.Module):
    def __init__(self):
        super().__init__()
        self.centres, self.log_beta = nn.Parameter(torch.empty(5, 4)), nn.Parameter(torch.empty(5))

    def forward(self, x):
        return torch.exp(-torch.exp(self.log_beta) * torch.cdist(x, self.centres).square())


@layer("radial-basis", (3, 4))
def radial_basis():
    return RadialBasis()


@layer("prelu", (2, 3, 2))
def prelu():
    return nn.PReLU(3)


# ---------------------------------------------------------------- tables


@layer("embedding")
def embedding():
    module = nn.Embedding(5, 3)
    return module, lambda: module(torch.tensor([[1, 4, 1], [0, 2, 4]]))


@layer("embedding-padded")
def embedding_padded():
    module = nn.Embedding(5, 3, padding_idx=1)
    return module, lambda: module(torch.tensor([[1, 4, 1], [0, 2, 4]]))


def embedding_bag(mode):
    module = nn.EmbeddingBag(5, 3, mode=mode)
    return module, lambda: module(torch.tensor([[1, 4, 1], [0, 2, 4]]))


for name in ("sum", "mean", "max"):
    layer(f"embedding-bag-{name}")(lambda name=name: embedding_bag(name))


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(5, 4))

    def forward(self, x):
        return x + self.weight[1:1 + x.shape[1]]


@layer("learned-positions", (2, 3, 4))
def learned_positions():
    return Positions()


@layer("sinusoidal-positions", (2, 3, 5))
def sinusoidal_positions():
    angles = torch.arange(3)[:, None] / 10000 ** (torch.arange(0, 5, 2).double() / 5)
    codes = torch.stack((angles.sin(), angles.cos()), 2).flatten(1)[:, :5]
    return nn.Identity(), lambda x: x + codes


# ---------------------------------------------------------------- cells


@layer("stochastic-binary", (3, 4))
def stochastic_binary():
    return nn.Sigmoid()


@layer("leaky-integrate-and-fire", (2, 3), (2, 3), (2, 3))
def leaky_integrate_and_fire():
    def step(x, u):
        v = 0.75 * u + x
        w = v - 0.25
        smooth = w / (1 + 5 * w.abs())
        spike = smooth + ((w >= 0).double() - smooth).detach()
        return spike, v - 0.25 * spike

    def call(first, second, u):
        a, u = step(first, u)
        b, u = step(second, u)
        return torch.stack((a, b, u))

    return nn.Identity(), call


class BackFed(nn.Module):
    def __init__(self):
        super().__init__()
        self.input, self.back, self.output = nn.Linear(3, 4), nn.Linear(2, 4, bias=False), nn.Linear(4, 2)

    def forward(self, first, second, y):
        for x in (first, second):
            y = self.output(torch.tanh(self.input(x) + self.back(y)))
        return y


@layer("back-fed", (2, 3), (2, 3), (2, 2))
def back_fed():
    return BackFed()


class MatchInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x) - x


@layer("match-input", (3, 4))
def match_input():
    return MatchInput()


class Boltzmann(nn.Module):
    """Both conditional probabilities, and the free energy as the logarithm of a sum over all hidden states."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(2, 3))
        self.visible_bias, self.hidden_bias = nn.Parameter(torch.empty(3)), nn.Parameter(torch.empty(2))

    def forward(self, v):
        hidden = torch.sigmoid(F.linear(v, self.weight, self.hidden_bias))
        visible = torch.sigmoid(hidden @ self.weight + self.visible_bias)
        states = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 2)
        energies = -(v @ self.visible_bias)[:, None] - (F.linear(v, self.weight, self.hidden_bias)) @ states.T
        return torch.cat((hidden, visible, -torch.logsumexp(-energies, 1, keepdim=True)), 1)


@layer("boltzmann-machine", (2, 3))
def boltzmann_machine():
    return Boltzmann()


# ---------------------------------------------------------------- recurrent networks


def everything(*parts):
    """Outputs and states one behind the other."""
    return torch.cat([p.flatten() for p in parts])


def packed(module, x, lengths, *state):
    """Sequences of several lengths; the outputs are 0 behind their ends."""
    sequences = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    y, after = module(sequences, *state)
    padded = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])[0]
    return everything(padded, *(after if isinstance(after, tuple) else (after,)))


@layer("rnn", (2, 4, 3))
def rnn():
    module = nn.RNN(3, 2, batch_first=True)
    return module, lambda x: module(x)[0]


@layer("rnn-relu", (2, 4, 3))
def rnn_relu():
    module = nn.RNN(3, 2, nonlinearity="relu", bias=False, batch_first=True, bidirectional=True)
    return module, lambda x: everything(*module(x))


@layer("rnn-deep", (2, 4, 3), (4, 2, 2))
def rnn_deep():
    module = nn.RNN(3, 2, num_layers=2, batch_first=True, bidirectional=True)
    return module, lambda x, h: everything(*module(x, h))


@layer("gru", (4, 2, 3), (2, 2, 2))
def gru():
    module = nn.GRU(3, 2, num_layers=2)
    return module, lambda x, h: everything(*module(x, h))


@layer("gru-lengths", (3, 4, 3))
def gru_lengths():
    module = nn.GRU(3, 2, num_layers=2, batch_first=True, bidirectional=True)
    return module, lambda x: packed(module, x, [2, 4, 1])


@layer("lstm", (2, 4, 3), (1, 2, 2), (1, 2, 2))
def lstm():
    module = nn.LSTM(3, 2, bias=False, batch_first=True)

    def call(x, h, c):
        y, (h, c) = module(x, (h, c))
        return everything(y, h, c)

    return module, call


@layer("lstm-lengths", (3, 4, 3), (4, 3, 2), (4, 3, 2))
def lstm_lengths():
    module = nn.LSTM(3, 2, num_layers=2, batch_first=True, bidirectional=True)
    return module, lambda x, h, c: packed(module, x, [4, 1, 3], (h, c))


@layer("rnn-cell", (2, 3), (2, 3), (2, 2))
def rnn_cell():
    module = nn.RNNCell(3, 2, bias=False, nonlinearity="relu")
    return module, lambda x, before, h: module(x, module(before, h))


@layer("gru-cell", (2, 3), (2, 3), (2, 2))
def gru_cell():
    module = nn.GRUCell(3, 2)
    return module, lambda x, before, h: module(x, module(before, h))


@layer("lstm-cell", (2, 3), (2, 3), (2, 2), (2, 2))
def lstm_cell():
    module = nn.LSTMCell(3, 2)
    return module, lambda x, before, h, c: torch.cat(module(x, module(before, (h, c))), 1)


def ctc(reduction):
    targets = torch.tensor([[1, 2, 1], [3, 3, 0], [2, 2, 2]])
    steps, labels = torch.tensor([5, 4, 4]), torch.tensor([3, 2, 3])
    loss = nn.CTCLoss(reduction=reduction, zero_infinity=True)
    return nn.Identity(), lambda x: loss(x.log_softmax(2), targets, steps, labels).reshape(-1)


for name in ("none", "mean", "sum"):
    layer(f"ctc-{name}", (5, 3, 4))(lambda name=name: ctc(name))


# ---------------------------------------------------------------- running and writing


def record(name, shapes, build):
    built = build()
    module, call = built if isinstance(built, tuple) else (built, built)
    module.double().train()
    yield f"layer {name}"
    with torch.no_grad():
        for k, (key, p) in enumerate(module.named_parameters()):
            p.copy_((0.5 * signed(k, p.numel())).reshape(p.shape))
            yield f"parameter {key} {name_shape(p.shape)}"
    inputs = [signed(100 + j, product(s)).reshape(s).requires_grad_() for j, s in enumerate(shapes)]
    for shape in shapes:
        yield f"input {name_shape(shape)}"
    y = call(*inputs)
    yield f"y {name_shape(y.shape)} {text(y.detach().flatten())}"
    (y * signed(200, y.numel()).reshape(y.shape)).sum().backward()
    for key, p in module.named_parameters():
        yield f"gradient {key} {text(p.grad.flatten())}"
    for j, x in enumerate(inputs):
        yield f"gradient x{j} {text(x.grad.flatten())}"
    for key, b in module.named_buffers():
        if b.dtype == torch.float64:
            yield f"buffer {key} {text(b.flatten())}"


def main():
    parser = argparse.ArgumentParser(description="Record PyTorch's layers.")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    lines = ["# Outputs, gradients and states of layers in PyTorch; see layers/src/test/python/layers.py."]
    for name, shapes, build in LAYERS:
        lines.extend(record(name, shapes, build))
    content = "".join(line + "\n" for line in lines)
    path = os.path.normpath(os.path.join(TARGET, "layers.txt"))
    if check:
        with open(path, encoding="utf-8") as file:
            same = file.read() == content
        print(f"layers.txt: {'the same' if same else 'differs'}")
        sys.exit(0 if same else 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    print(f"layers.txt: {len(LAYERS)} layers, {len(content)} bytes, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
