#!/usr/bin/env python3
"""Records what PyTorch computes, in float64, for the cases of the catalogue.

    python3 autograd/src/test/python/record.py CASES.jsonl           # writes the fixture
    python3 autograd/src/test/python/record.py CASES.jsonl --check   # compares with it, writes nothing

CASES.jsonl comes from the Java side (class RecordingCases in the tests of this module), one JSON object a line:

    {"id": "...", "op": "softmax", "attributes": {"axis": 1},
     "inputs": [{"shape": [2, 3], "dtype": "f64", "values": [...]}], "grad": [true]}

The fixture, autograd/src/main/resources/org/adjoint/autograd/check/pytorch.txt, is plain text, so that the
`pytorch` row of `./adjoint check` needs neither PyTorch nor a parser:

    case <id>
    in <16 hexadecimal digits>   64-bit FNV-1a over the bits of all input values (little-endian doubles):
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

TARGET = os.path.join(
    os.path.dirname(os.path.abspath(__file__)),
    "../../main/resources/org/adjoint/autograd/check/pytorch.txt")


# ---------------------------------------------------------------- the ops
#
# A function takes the case's attributes and its inputs (tensors) and answers the value.

OPS = {}


def op(*names):
    def register(function):
        for name in names:
            OPS[name] = function
        return function

    return register


def unary(**functions):
    for name, function in functions.items():
        OPS[name] = lambda attributes, x, function=function: function(x)


def binary(**functions):
    for name, function in functions.items():
        OPS[name] = lambda attributes, a, b, function=function: function(a, b)


unary(
    neg=torch.neg, abs=torch.abs, sign=torch.sign, exp=torch.exp, log=torch.log, log1p=torch.log1p,
    expm1=torch.expm1, sqrt=torch.sqrt, rsqrt=torch.rsqrt, reciprocal=torch.reciprocal,
    square=torch.square, sin=torch.sin, cos=torch.cos, tanh=torch.tanh, sigmoid=torch.sigmoid,
    relu=torch.relu, gelu=F.gelu, gelu_tanh=lambda x: F.gelu(x, approximate="tanh"), silu=F.silu,
    # F.softplus switches to the identity above 20; this is the exact one.
    softplus=lambda x: -F.logsigmoid(-x),
    erf=torch.erf, floor=torch.floor, ceil=torch.ceil, round=torch.round, detach=torch.detach)

binary(
    add=torch.add, sub=torch.sub, mul=torch.mul, div=torch.div, pow=torch.pow, max=torch.maximum,
    min=torch.minimum, eq=torch.eq, ne=torch.ne, lt=torch.lt, le=torch.le, gt=torch.gt, ge=torch.ge,
    bce_logits=lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"))


@op("leaky_relu")
def leaky_relu(attributes, x):
    return F.leaky_relu(x, attributes["alpha"])


@op("elu")
def elu(attributes, x):
    return F.elu(x, attributes["alpha"])


@op("pow_scalar")
def pow_scalar(attributes, x):
    return torch.pow(x, attributes["alpha"])


@op("clamp")
def clamp(attributes, x):
    return torch.clamp(x, attributes["alpha"], attributes["beta"])


@op("add_scalar")
def add_scalar(attributes, x):
    return x + attributes["alpha"]


@op("mul_scalar")
def mul_scalar(attributes, x):
    return x * attributes["alpha"]


@op("where")
def where(attributes, condition, a, b):
    return torch.where(condition != 0, a, b)


# ---------------------------------------------------------------- running and writing


def element_count(shape):
    count = 1
    for edge in shape:
        count *= edge
    return count


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


def tensors(case):
    for given, wanted in zip(case["inputs"], case["grad"]):
        dtype = torch.int64 if given["dtype"] == "i32" else torch.float64
        t = torch.tensor(given["values"], dtype=torch.float64).to(dtype).reshape(given["shape"])
        yield t.requires_grad_(wanted)


def record(case):
    inputs = list(tensors(case))
    y = OPS[case["op"]](case["attributes"], *inputs)
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
