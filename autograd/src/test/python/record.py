#!/usr/bin/env python3
"""Records what PyTorch computes, in float64, for the cases of the catalogue.

    python3 autograd/src/test/python/record.py CASES.jsonl           # writes the fixture
    python3 autograd/src/test/python/record.py CASES.jsonl --check   # compares with it, writes nothing

CASES.jsonl comes from the Java side (class RecordingCases in the tests of this module, which
lists Catalogue.recorded()), one JSON object a line:

    {"id": "...", "op": "softmax", "attributes": {"axis": 1},
     "inputs": [{"shape": [2, 3], "dtype": "f64", "values": [...]}], "grad": [true]}

Settings that are tensors (labels, indices) stand among the attributes in the same form.

The fixture, autograd/src/test/resources/org/adjoint/autograd/check/pytorch.txt, is plain text, so that the
`pytorch` row of `./adjoint check` needs neither PyTorch nor a parser:

    case <id>
    in <16 hexadecimal digits>   64-bit FNV-1a over the bits of all values of `inputs` (little-endian doubles):
                                 another number on the Java side means that the case changed and that the
                                 fixture has to be recorded again
    y <shape> v v v ...          the value; the shape as 2x3, or `scalar`
    g<k> v v v ...               gradient of L = sum(y * dy) by input k, dy[i] = ((7 i + 3) mod 11 - 5) / 4
    h<k> v v v ...               gradient by input k of the sum over inputs j of sum(g_j * w),
                                 w[i] = ((5 i + 1) mod 7 - 3) / 4; a missing line means zero

with i counting elements in row-major order. Numbers have 13 significant digits: the comparison's bound is
1e-9 relative. Each op is written here in PyTorch's own terms, never by Adjoint's formulas.
"""

import argparse
import json
import os
import struct
import sys

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

TARGET = os.path.join(
    os.path.dirname(os.path.abspath(__file__)),
    "../resources/org/adjoint/autograd/check/pytorch.txt")


# ---------------------------------------------------------------- the ops
#
# A function takes the case's settings and its operands (tensors) and answers the value.

OPS = {}


def op(*names):
    def register(function):
        for name in names:
            OPS[name] = function
        return function

    return register


def unary(**functions):
    for name, function in functions.items():
        OPS[name] = lambda settings, x, function=function: function(x)


def binary(**functions):
    for name, function in functions.items():
        OPS[name] = lambda settings, a, b, function=function: function(a, b)


unary(
    neg=torch.neg, abs=torch.abs, sign=torch.sign, exp=torch.exp, log=torch.log, log1p=torch.log1p,
    expm1=torch.expm1, sqrt=torch.sqrt, rsqrt=torch.rsqrt, reciprocal=torch.reciprocal,
    square=torch.square, sin=torch.sin, cos=torch.cos, tanh=torch.tanh, sigmoid=torch.sigmoid,
    relu=torch.relu, gelu=F.gelu, gelu_tanh=lambda x: F.gelu(x, approximate="tanh"), silu=F.silu,
    # F.softplus switches to the identity above 20; this is the exact one.
    softplus=lambda x: -F.logsigmoid(-x),
    erf=torch.erf, erfc=torch.erfc, erfinv=torch.erfinv, floor=torch.floor, ceil=torch.ceil, round=torch.round, detach=torch.detach,
    exp2=torch.exp2, log2=torch.log2, log10=torch.log10, tan=torch.tan, sinh=torch.sinh, cosh=torch.cosh,
    asinh=torch.asinh, acosh=torch.acosh, atanh=torch.atanh, selu=F.selu, logsigmoid=F.logsigmoid, mish=F.mish,
    softsign=F.softsign, tanhshrink=F.tanhshrink, relu6=F.relu6,
    # F.hardsigmoid has no second derivative there; this is its definition.
    hardsigmoid=lambda x: F.relu6(x + 3) / 6, hardswish=F.hardswish,
    logical_not=torch.logical_not, is_nan=torch.isnan, is_inf=torch.isinf, is_finite=torch.isfinite,
    nan_to_num=lambda x: torch.nan_to_num(x, 0.5, 4.0, -8.0),
    trunc=torch.trunc, frac=torch.frac, asin=torch.asin, acos=torch.acos, atan=torch.atan, logit=torch.logit)

binary(
    add=torch.add, sub=torch.sub, mul=torch.mul, div=torch.div, pow=torch.pow, eq=torch.eq, ne=torch.ne, lt=torch.lt, le=torch.le, gt=torch.gt, ge=torch.ge,
    fmod=torch.fmod, remainder=torch.remainder, hypot=torch.hypot, logaddexp=torch.logaddexp,
    atan2=torch.atan2, xlogy=torch.xlogy, copysign=torch.copysign,
    floor_divide=lambda a, b: torch.div(a, b, rounding_mode="floor"),
    logical_and=torch.logical_and, logical_or=torch.logical_or, logical_xor=torch.logical_xor,
    bce_logits=lambda x, t: F.binary_cross_entropy_with_logits(
        *torch.broadcast_tensors(x, t), reduction="none"))


# The remark, the last part of the id, says which formula.
FORMULAS = {
    "mish": F.mish,
    "hypot": lambda x, y: 1.5 * torch.sqrt(x * x + y * y + 1),
    "guarded": lambda x, y, z: torch.where(z > 0, x * y + z, torch.maximum(x / z, y - 4)),
}


@op("map")
def formula(settings, *operands):
    return FORMULAS[settings["remark"]](*operands)


@op("leaky_relu")
def leaky_relu(settings, x):
    return F.leaky_relu(x, settings["alpha"])


@op("elu")
def elu(settings, x):
    return F.elu(x, settings["alpha"])


@op("celu")
def celu(settings, x):
    return F.celu(x, settings["alpha"])


@op("hardtanh")
def hardtanh(settings, x):
    return F.hardtanh(x, settings["alpha"], settings["beta"])


@op("softshrink")
def softshrink(settings, x):
    return F.softshrink(x, settings["alpha"])


@op("hardshrink")
def hardshrink(settings, x):
    return F.hardshrink(x, settings["alpha"])


@op("threshold")
def threshold(settings, x):
    return F.threshold(x, settings["alpha"], settings["beta"])


@op("prelu")
def prelu(settings, x, weight):
    return F.prelu(x, weight)


@op("glu")
def glu(settings, x):
    return F.glu(x, settings["axis"])


@op("lerp")
def lerp(settings, a, b, weight):
    return torch.lerp(a, b, weight)


@op("addcmul")
def addcmul(settings, t, a, b):
    return torch.addcmul(t, a, b, value=settings["value"])


@op("addcdiv")
def addcdiv(settings, t, a, b):
    return torch.addcdiv(t, a, b, value=settings["value"])


@op("pow_scalar")
def pow_scalar(settings, x):
    return torch.pow(x, settings["alpha"])


@op("clamp")
def clamp(settings, x, low=None, high=None):
    """Between two numbers, or between two tensors."""
    return torch.clamp(x, settings["alpha"], settings["beta"]) if low is None else torch.clamp(x, low, high)


@op("add_scalar")
def add_scalar(settings, x):
    return x + settings["alpha"]


@op("mul_scalar")
def mul_scalar(settings, x):
    return x * settings["alpha"]


@op("where")
def where(settings, condition, a, b):
    return torch.where(condition != 0, a, b)


def axes_of(settings, x):
    """The axes of a reduction; none means all."""
    return tuple(settings.get("axes") or range(x.dim()))


@op("sum")
def total(settings, x):
    return x.sum(axes_of(settings, x))


@op("mean")
def mean(settings, x):
    return x.mean(axes_of(settings, x))


@op("prod")
def prod(settings, x):
    for axis in sorted((a % x.dim() for a in axes_of(settings, x)), reverse=True):
        x = x.prod(axis)
    return x


@op("max")
def largest(settings, x, *other):
    """Of two tensors element by element, or of one along axes (amax shares the gradient over ties)."""
    return torch.maximum(x, *other) if other else x.amax(axes_of(settings, x))


@op("min")
def smallest(settings, x, *other):
    return torch.minimum(x, *other) if other else x.amin(axes_of(settings, x))


@op("argmax")
def argmax(settings, x):
    return x.argmax(settings["axis"])


@op("argmin")
def argmin(settings, x):
    return x.argmin(settings["axis"])


@op("var")
def var(settings, x):
    return torch.var(x, axes_of(settings, x), correction=settings["correction"])


@op("std")
def std(settings, x):
    return torch.std(x, axes_of(settings, x), correction=settings["correction"])


@op("norm")
def norm(settings, x):
    return torch.linalg.vector_norm(x, float(settings["p"]), axes_of(settings, x))


@op("logsumexp")
def logsumexp(settings, x):
    return torch.logsumexp(x, axes_of(settings, x))


@op("count_nonzero")
def count_nonzero(settings, x):
    return torch.count_nonzero(x, axes_of(settings, x))


@op("any")
def any_nonzero(settings, x):
    return torch.any(x, axes_of(settings, x))


@op("all")
def all_nonzero(settings, x):
    return torch.all(x, axes_of(settings, x))


@op("cumsum")
def cumsum(settings, x):
    return torch.cumsum(x, settings["axis"])


@op("cumprod")
def cumprod(settings, x):
    return torch.cumprod(x, settings["axis"])


@op("sort")
def sort(settings, x):
    return torch.sort(x, dim=settings["axis"], descending=settings["descending"]).values


@op("argsort")
def argsort(settings, x):
    return torch.argsort(x, dim=settings["axis"], descending=settings["descending"], stable=True)


@op("topk")
def topk(settings, x):
    return torch.topk(x, settings["k"], settings["axis"], settings["largest"]).values


@op("kthvalue")
def kthvalue(settings, x):
    return torch.kthvalue(x, settings["k"], settings["axis"]).values


@op("median")
def median(settings, x):
    return torch.median(x, settings["axis"]).values


@op("tril")
def tril(settings, x):
    return torch.tril(x, settings["diagonal"])


@op("triu")
def triu(settings, x):
    return torch.triu(x, settings["diagonal"])


@op("diagonal")
def diagonal(settings, x):
    return torch.diagonal(x, settings["offset"], *settings["axes"])


unary(diag_embed=torch.diag_embed, trace=torch.trace)
binary(outer=torch.outer, dot=torch.dot, bmm=torch.bmm)


@op("matmul")
def matmul(settings, a, b):
    a = a.mT if settings.get("transposeA") else a
    b = b.mT if settings.get("transposeB") else b
    return a @ b


@op("linear")
def linear(settings, x, w, bias=None):
    return F.linear(x, w, bias)


def geometry(settings):
    keys = "stride", "padding", "dilation", "groups", "ceil_mode"
    return {key: settings[key] for key in keys if key in settings}


def averaged(settings):
    counted, divisor = settings.get("count_include_pad", True), settings.get("divisor")
    return geometry(settings) | {"count_include_pad": counted, "divisor_override": divisor}


@op("conv2d")
def conv2d(settings, x, w, bias=None):
    return F.conv2d(x, w, bias, **geometry(settings))


@op("conv1d")
def conv1d(settings, x, w, bias=None):
    return F.conv1d(x, w, bias, **geometry(settings))


@op("conv3d")
def conv3d(settings, x, w, bias=None):
    return F.conv3d(x, w, bias, **geometry(settings))


@op("conv2d_same")
def conv2d_same(settings, x, w, bias=None):
    return F.conv2d(x, w, bias, padding="same", **geometry(settings))


@op("conv_transpose1d")
def conv_transpose1d(settings, x, w, bias=None):
    return F.conv_transpose1d(x, w, bias, output_padding=settings["output_padding"], **geometry(settings))


@op("conv_transpose2d")
def conv_transpose2d(settings, x, w, bias=None):
    return F.conv_transpose2d(x, w, bias, output_padding=settings["output_padding"], **geometry(settings))


@op("conv_transpose3d")
def conv_transpose3d(settings, x, w, bias=None):
    return F.conv_transpose3d(x, w, bias, output_padding=settings["output_padding"], **geometry(settings))


@op("max_pool2d")
def max_pool2d(settings, x):
    return F.max_pool2d(x, settings["kernel"], **geometry(settings))


@op("avg_pool2d")
def avg_pool2d(settings, x):
    return F.avg_pool2d(x, settings["kernel"], **averaged(settings))


@op("max_pool1d")
def max_pool1d(settings, x):
    return F.max_pool1d(x, settings["kernel"], **geometry(settings))


@op("avg_pool1d")
def avg_pool1d(settings, x):
    counted = settings["count_include_pad"]
    return F.avg_pool1d(x, settings["kernel"], count_include_pad=counted, **geometry(settings))


@op("max_pool3d")
def max_pool3d(settings, x):
    return F.max_pool3d(x, settings["kernel"], **geometry(settings))


@op("avg_pool3d")
def avg_pool3d(settings, x):
    return F.avg_pool3d(x, settings["kernel"], **averaged(settings))


@op("max_pool1d_index")
def max_pool1d_index(settings, x):
    return F.max_pool1d(x, settings["kernel"], return_indices=True, **geometry(settings))[1]


@op("max_pool3d_index")
def max_pool3d_index(settings, x):
    return F.max_pool3d(x, settings["kernel"], return_indices=True, **geometry(settings))[1]


@op("max_unpool1d")
def max_unpool1d(settings, x):
    size = settings["size"]
    return F.max_unpool1d(x, settings["index"], size[0] - x.shape[2] + 1, stride=1, output_size=size)


@op("max_unpool3d")
def max_unpool3d(settings, x):
    size = settings["size"]
    kernel = [extent - n + 1 for extent, n in zip(size, x.shape[2:])]
    return F.max_unpool3d(x, settings["index"], kernel, stride=1, output_size=size)


@op("max_unpool2d")
def max_unpool2d(settings, x):
    return F.max_unpool2d(x, settings["index"], settings["size"])


@op("adaptive_avg_pool1d")
def adaptive_avg_pool1d(settings, x):
    return F.adaptive_avg_pool1d(x, settings["size"])


@op("adaptive_max_pool1d")
def adaptive_max_pool1d(settings, x):
    return F.adaptive_max_pool1d(x, settings["size"])


@op("adaptive_avg_pool3d")
def adaptive_avg_pool3d(settings, x):
    return F.adaptive_avg_pool3d(x, settings["size"])


@op("adaptive_max_pool3d")
def adaptive_max_pool3d(settings, x):
    return F.adaptive_max_pool3d(x, settings["size"])


@op("upsample_linear")
def upsample_linear(settings, x):
    return F.interpolate(x, size=settings["size"], mode="linear", align_corners=settings["align_corners"])


@op("upsample_trilinear")
def upsample_trilinear(settings, x):
    return F.interpolate(x, size=settings["size"], mode="trilinear", align_corners=settings["align_corners"])


@op("adaptive_avg_pool2d")
def adaptive_avg_pool2d(settings, x):
    return F.adaptive_avg_pool2d(x, settings["size"])


@op("adaptive_max_pool2d")
def adaptive_max_pool2d(settings, x):
    return F.adaptive_max_pool2d(x, settings["size"])


@op("upsample_nearest")
def upsample_nearest(settings, x):
    return F.interpolate(x, size=settings["size"], mode="nearest")


@op("upsample_bilinear")
def upsample_bilinear(settings, x):
    return F.interpolate(x, size=settings["size"], mode="bilinear", align_corners=settings["align_corners"])


@op("unfold")
def unfold(settings, x):
    return F.unfold(x, settings["kernel"], **geometry(settings))


@op("fold")
def fold(settings, x):
    return F.fold(x, settings["size"], settings["kernel"], **geometry(settings))


@op("pixel_shuffle")
def pixel_shuffle(settings, x):
    return F.pixel_shuffle(x, settings["factor"])


@op("pixel_unshuffle")
def pixel_unshuffle(settings, x):
    return F.pixel_unshuffle(x, settings["factor"])


@op("softmax")
def softmax(settings, x):
    return torch.softmax(x, settings["axis"])


@op("log_softmax")
def log_softmax(settings, x):
    return torch.log_softmax(x, settings["axis"])


@op("cross_entropy")
def cross_entropy(settings, logits):
    return F.cross_entropy(logits, settings["labels"], reduction="none")


@op("attention")
def attention(settings, q, k, v):
    """Keys up to the query's own place and what came before are seen; a mask is added to the scores."""
    mask = settings.get("mask")
    if settings["causal"]:
        seen = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril(settings.get("past", 0))
        hidden = torch.zeros(seen.shape, dtype=q.dtype).masked_fill(~seen, float("-inf"))
        mask = hidden if mask is None else mask + hidden
    with sdpa_kernel(SDPBackend.MATH):  # the only one that is differentiable twice
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


@op("batch_norm")
def batch_norm(settings, x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=settings["epsilon"])


@op("batch_norm_inference")
def batch_norm_inference(settings, x, gamma, beta):
    mean, variance = settings["mean"], settings["variance"]
    return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=settings["epsilon"])


@op("local_response_norm")
def local_response_norm(settings, x):
    # F.local_response_norm wants an axis behind the channels.
    wide = x if x.dim() > 2 else x[..., None]
    return F.local_response_norm(wide, settings["size"], alpha=0.5, beta=0.75, k=1.5).reshape(x.shape)


@op("layer_norm")
def layer_norm(settings, x, gamma=None, beta=None):
    return F.layer_norm(x, x.shape[-settings["axes"]:], gamma, beta, settings["epsilon"])


@op("rms_norm")
def rms_norm(settings, x, gamma=None):
    return F.rms_norm(x, x.shape[-settings["axes"]:], gamma, settings["epsilon"])


@op("group_norm")
def group_norm(settings, x, gamma=None, beta=None):
    return F.group_norm(x, settings["groups"], gamma, beta, settings["epsilon"])


@op("instance_norm")
def instance_norm(settings, x, gamma, beta):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=settings["epsilon"])


CELLS = {"rnn_tanh": torch.rnn_tanh_cell, "rnn_relu": torch.rnn_relu_cell, "gru": torch.gru_cell, "lstm": torch.lstm_cell}


def recurrent(name):
    """The states of a network over steps; its inputs are pre-activations: W_ih is the identity."""

    def states(settings, x, initial, w, bias=None):
        same = torch.eye(x.shape[2], dtype=x.dtype)
        h, lstm = initial[0], name == "lstm"
        c = initial[1] if lstm else h
        rows = [h]
        order = range(x.shape[0])
        for t in reversed(order) if settings["reverse"] else order:
            after = CELLS[name](x[t], (h, c) if lstm else h, same, w, None if bias is None else torch.zeros_like(bias), bias)
            inside = (t < settings["lengths"] if "lengths" in settings else torch.ones(x.shape[1], dtype=torch.bool))[:, None]
            h, c = (torch.where(inside, new, old) for new, old in zip(after if lstm else (after, after), (h, c)))
            rows.append(h)
        return torch.stack((rows[::-1] if settings["reverse"] else rows) + ([c] if lstm else []))

    return states


for cell in CELLS:
    OPS[cell] = recurrent(cell)


@op("ctc_loss")
def ctc_loss(settings, x):
    """F.ctc_loss has no second derivative: the same by torch.logsumexp, which must agree with it."""
    logs, blank = torch.log_softmax(x, 2), settings["blank"]
    targets, steps, counts = settings["targets"], settings["input_lengths"], settings["target_lengths"]
    losses = []
    for i in range(x.shape[1]):
        labels = [blank]
        for label in targets[i, :counts[i]].tolist():
            labels += [label, blank]
        ways = {s: logs[0, i, labels[s]] for s in range(min(2, len(labels)))}
        for t in range(1, int(steps[i])):
            now = {}
            for s, label in enumerate(labels):
                skip = s > 1 and label != blank and label != labels[s - 2]
                sources = [ways[k] for k in range(s - 2 if skip else max(s - 1, 0), s + 1) if k in ways]
                if sources:
                    now[s] = torch.logsumexp(torch.stack(sources), 0) + logs[t, i, label]
            ways = now
        ends = [ways[s] for s in (len(labels) - 2, len(labels) - 1) if s in ways]
        possible = ends and (steps[i] > 0 or not counts[i])
        losses.append(-torch.logsumexp(torch.stack(ends), 0) if possible else 0 * logs[0, i, 0])
    by_hand = torch.stack(losses)
    known = F.ctc_loss(logs, targets, steps, counts, blank, reduction="none", zero_infinity=True)
    mine, = torch.autograd.grad((by_hand * by_hand.detach()).sum(), x, retain_graph=True)
    theirs, = torch.autograd.grad((known * known.detach()).sum(), x, retain_graph=True)
    torch.testing.assert_close(by_hand, known, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(mine, theirs, rtol=1e-11, atol=1e-12)
    return by_hand


@op("gather")
def gather(settings, x):
    return torch.gather(x, settings["axis"], settings["index"])


@op("scatter_add")
def scatter_add(settings, src):
    axis, shape = settings["axis"], list(src.shape)
    shape[axis] = settings["extent"]
    zeros = torch.zeros(shape, dtype=src.dtype)
    return zeros.scatter_add(axis, settings["index"], src)


@op("one_hot")
def one_hot(settings, index):
    return F.one_hot(index, settings["classes"])


@op("scatter")
def scatter(settings, x, src):
    return torch.scatter(x, settings["axis"], settings["index"], src)


@op("index_select")
def index_select(settings, x):
    return torch.index_select(x, settings["axis"], settings["index"])


@op("index_add")
def index_add(settings, x, src):
    return torch.index_add(x, settings["axis"], settings["index"], src)


@op("take_along_dim")
def take_along_dim(settings, x):
    return torch.take_along_dim(x, settings["index"], settings["axis"])


@op("masked_fill")
def masked_fill(settings, x, mask):
    return torch.masked_fill(x, mask != 0, settings["value"])


@op("masked_select")
def masked_select(settings, x, mask):
    return torch.masked_select(x, mask != 0)


@op("masked_scatter")
def masked_scatter(settings, x, src, mask):
    return torch.masked_scatter(x, mask != 0, src)


@op("embedding")
def embedding(settings, weight):
    return F.embedding(settings["index"], weight, settings.get("padding"))


@op("embedding_bag")
def embedding_bag(settings, weight, sample_weights=None):
    index, offsets = settings["index"], settings.get("offsets")
    bags = F.embedding_bag(index, weight, None if offsets is None else torch.tensor(offsets),
                           mode=("sum", "mean", "max")[settings["mode"]], per_sample_weights=sample_weights)
    if sample_weights is None:
        return bags
    # The gradient of the weights cannot be differentiated again there; this can.
    sums = (F.embedding(index, weight) * sample_weights[..., None]).sum(1)
    torch.testing.assert_close(sums, bags)
    return sums


@op("einsum")
def einsum(settings, *operands):
    return torch.einsum(settings["remark"], *operands)


@op("concat")
def concat(settings, *parts):
    return torch.cat(parts, settings["axis"])


@op("stack")
def stack(settings, *parts):
    return torch.stack(parts, settings["axis"])


@op("split")
def split(settings, x):
    return torch.split(x, settings["extents"], settings["axis"])[settings["part"]]


@op("chunk")
def chunk(settings, x):
    return torch.chunk(x, settings["count"], settings["axis"])[-1]


@op("unbind")
def unbind(settings, x):
    return torch.unbind(x, settings["axis"])[settings["part"]]


@op("roll")
def roll(settings, x):
    return torch.roll(x, settings["shift"], settings["axis"])


@op("flip")
def flip(settings, x):
    return torch.flip(x, settings["axes"])


@op("repeat")
def repeat(settings, x):
    return x.repeat(settings["times"])


@op("tile")
def tile(settings, x):
    return torch.tile(x, settings["times"])


@op("repeat_interleave")
def repeat_interleave(settings, x):
    return torch.repeat_interleave(x, settings["times"], settings["axis"])


@op("pad_constant")
def pad_constant(settings, x):
    return F.pad(x, settings["widths"], "constant", settings["value"])


@op("pad_reflect")
def pad_reflect(settings, x):
    return F.pad(x, settings["widths"], "reflect")


@op("pad_replicate")
def pad_replicate(settings, x):
    return F.pad(x, settings["widths"], "replicate")


@op("pad_circular")
def pad_circular(settings, x):
    return F.pad(x, settings["widths"], "circular")


@op("reshape")
def reshape(settings, x):
    return x.reshape(settings["shape"])


@op("permute")
def permute(settings, x):
    return x.permute(settings["order"])


@op("transpose")
def transpose(settings, x):
    return x.transpose(*settings["axes"])


@op("slice")
def slice_axis(settings, x):
    index = [slice(None)] * x.dim()
    index[settings["axis"]] = slice(settings["from"], settings["to"], settings["step"])
    return x[tuple(index)]


@op("select")
def select(settings, x):
    return x.select(settings["axis"], settings["index"])


@op("squeeze")
def squeeze(settings, x):
    return x.squeeze(settings["axis"])


@op("unsqueeze")
def unsqueeze(settings, x):
    return x.unsqueeze(settings["axis"])


@op("flatten")
def flatten(settings, x):
    return x.flatten(settings["axis"])


@op("expand")
def expand(settings, x):
    return x.expand(settings["shape"])


# ---------------------------------------------------------------- losses


binary(
    l1_loss=lambda x, t: F.l1_loss(x, t, reduction="none"),
    mse_loss=lambda x, t: F.mse_loss(x, t, reduction="none"),
    binary_cross_entropy=lambda x, t: F.binary_cross_entropy(x, t, reduction="none"),
    soft_margin_loss=lambda x, t: F.soft_margin_loss(x, t, reduction="none"),
    hinge_loss=lambda x, t: torch.clamp(1 - x * t, min=0),
    squared_hinge_loss=lambda x, t: torch.clamp(1 - x * t, min=0) ** 2,
    cosine_similarity=lambda a, b: (a * b).sum(1) / torch.sqrt(
        ((a * a).sum(1) + 1e-12) * ((b * b).sum(1) + 1e-12)),
    pairwise_distance=F.pairwise_distance)

OPS["huber_loss"] = lambda s, x, t: F.huber_loss(x, t, reduction="none", delta=s["delta"])
OPS["smooth_l1_loss"] = lambda s, x, t: F.smooth_l1_loss(x, t, reduction="none", beta=s["beta"])
OPS["kl_div"] = lambda s, x, t: F.kl_div(x, t, reduction="none", log_target=s["log_target"])
OPS["poisson_nll_loss"] = lambda s, x, t: F.poisson_nll_loss(
    x, t, log_input=s["log_input"], full=s["full"], eps=1e-3, reduction="none")
OPS["gaussian_nll_loss"] = lambda s, x, t, v: F.gaussian_nll_loss(
    x.reshape(-1), t.reshape(-1), v.reshape(-1), full=s["full"], reduction="none").reshape(x.shape)
OPS["bce_logits_weighted"] = lambda s, x, t, w: F.binary_cross_entropy_with_logits(
    x, t, pos_weight=w, reduction="none")
OPS["hinge_embedding_loss"] = lambda s, x, t: F.hinge_embedding_loss(
    x, t, margin=s["margin"], reduction="none")
OPS["margin_ranking_loss"] = lambda s, a, b, t: F.margin_ranking_loss(
    a, b, t, margin=s["margin"], reduction="none")
OPS["cosine_embedding_loss"] = lambda s, a, b, t: F.cosine_embedding_loss(
    a, b, t, margin=s["margin"], reduction="none")
OPS["triplet_margin_loss"] = lambda s, a, p, n: F.triplet_margin_loss(
    a, p, n, margin=s["margin"], swap=s["swap"], reduction="none")
OPS["contrastive_loss"] = lambda s, x, t: 0.5 * (
    t * x**2 + (1 - t) * torch.clamp(s["margin"] - x, min=0) ** 2)
OPS["negative_sampling_loss"] = lambda s, x: -(
    F.logsigmoid(x[:, 0]) + F.logsigmoid(-x[:, 1:]).sum(1))
OPS["cross_entropy_mean"] = lambda s, x: F.cross_entropy(
    x, s["labels"], s["weights"], ignore_index=s["ignore"], label_smoothing=s["smoothing"])
OPS["cross_entropy_probabilities"] = lambda s, x, t: F.cross_entropy(
    x, t, s["weights"], label_smoothing=s["smoothing"], reduction="none")
OPS["nll_loss"] = lambda s, x: F.nll_loss(
    x, s["labels"], s["weights"], ignore_index=s["ignore"], reduction="none")


# ---------------------------------------------------------------- running and writing


def weights(count, factor, offset, modulus, centre):
    i = torch.arange(count, dtype=torch.float64)
    return ((factor * i + offset) % modulus - centre) / 4


def digest(inputs):
    """64-bit FNV-1a over the little-endian doubles of all inputs."""
    h = 0xCBF29CE484222325
    for given in inputs:
        for byte in struct.pack(f"<{len(given['values'])}d", *given["values"]):
            h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def numbers(values):
    out = []
    for v in values.detach().double().flatten().tolist():
        short = float(f"{v:.13g}")
        out.append(str(int(short)) if short == int(short) and abs(short) < 1e6 else repr(short))
    return " ".join(out)


def tensor(given):
    """Indices and labels become int64, as PyTorch wants them."""
    dtype = torch.int64 if given["dtype"] == "i32" else torch.float64
    return torch.tensor(given["values"], dtype=torch.float64).to(dtype).reshape(given["shape"])


def record(case):
    inputs = [tensor(i).requires_grad_(wanted) for i, wanted in zip(case["inputs"], case["grad"])]
    settings = {k: tensor(v) if isinstance(v, dict) else v for k, v in case["attributes"].items()}
    settings["remark"] = case["id"].rpartition("/")[2]
    y = OPS[case["op"]](settings, *inputs)
    yield f"case {case['id']}"
    yield f"in {digest(case['inputs'])}"
    yield f"y {'x'.join(map(str, y.shape)) or 'scalar'} {numbers(y)}".rstrip()
    asked = [k for k, t in enumerate(inputs) if t.requires_grad]
    if not asked or not y.requires_grad:
        return
    wanted = [inputs[k] for k in asked]
    dy = weights(y.numel(), 7, 3, 11, 5).reshape(y.shape)
    first = torch.autograd.grad((y * dy).sum(), wanted, create_graph=True, materialize_grads=True)
    for k, g in zip(asked, first):
        yield f"g{k} {numbers(g)}".rstrip()
    mixed = sum((g * weights(g.numel(), 5, 1, 7, 3).reshape(g.shape)).sum() for g in first)
    if not mixed.requires_grad:
        return
    second = torch.autograd.grad(mixed, wanted, allow_unused=True)
    for k, h in zip(asked, second):
        if h is not None and bool((h != 0).any()):
            yield f"h{k} {numbers(h)}"


def main():
    parser = argparse.ArgumentParser(description="Record PyTorch's values and gradients.")
    parser.add_argument("cases", help="JSON lines written by the Java side")
    parser.add_argument("--check", action="store_true", help="compare with the fixture, write nothing")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = ["# Values and gradients of PyTorch in float64; the format is in autograd/src/test/python/record.py."]
    with open(arguments.cases, encoding="utf-8") as file:
        cases = [json.loads(line) for line in file if line.strip()]
    missing = sorted({c["op"] for c in cases} - set(OPS))
    if missing:
        sys.exit(f"no PyTorch form for: {', '.join(missing)}; add them to the table in {__file__}")
    for case in cases:
        lines.extend(record(case))
    content = "".join(line + "\n" for line in lines)
    path = os.path.normpath(TARGET)
    if arguments.check:
        with open(path, encoding="utf-8") as file:
            same = file.read() == content
        print("the same" if same else "the fixture differs")
        sys.exit(0 if same else 1)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    print(f"{len(cases)} cases, {len({c['op'] for c in cases})} ops, {len(content)} bytes, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
