#!/usr/bin/env python3
"""Writes state dictionaries of PyTorch's modules as safetensors, and what the modules compute with them.

    python3 layers/src/test/python/state_dicts.py          # writes the fixtures of StateDictTest
    python3 layers/src/test/python/state_dicts.py --check  # compares with them, writes nothing

Needs PyTorch (CPU) and safetensors. Each module's dictionary is a file of its own in
layers/src/test/resources/org/adjoint/layers/state_dicts, in float32 and as PyTorch names and orders it. The file
values.safetensors holds, in float64, the operands `<module>.x0`, … and the results `<module>.y0`, … in evaluation
mode, computed in float64 from the float32 parameters.
"""
import argparse, pathlib, sys

import safetensors.torch
import torch
from torch import nn

TARGET = pathlib.Path(__file__).resolve().parents[1] / "resources/org/adjoint/layers/state_dicts"


def causal(n):
    return torch.full((n, n), float("-inf"), dtype=torch.float64).triu(1)


def recurrent(module):
    """Outputs, then the states at the end, from states that are given."""

    def call(x, *state):
        y, end = module(x, state if len(state) == 2 else state[0])
        return y, *(end if isinstance(end, tuple) else (end,))

    return module, call


def lstm_cell():
    module = nn.LSTMCell(3, 2)
    return module, lambda x, h, c: module(x, (h, c))


def attention():
    module = nn.MultiheadAttention(6, 3, batch_first=True)
    return module, lambda x, memory: module(x, memory, memory, need_weights=False)[0]


def attention_widths():
    module = nn.MultiheadAttention(6, 3, kdim=4, vdim=5, batch_first=True)
    return module, lambda x, key, value: module(x, key, value, need_weights=False)[0]


def decoder():
    module = nn.TransformerDecoderLayer(4, 2, 6, batch_first=True)
    return module, lambda x, memory: module(x, memory, tgt_mask=causal(3))


def decoders():
    module = nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 6, batch_first=True, norm_first=True), 2)
    return module, lambda x, memory: module(x, memory, tgt_mask=causal(3))


def encoders():
    layer = nn.TransformerEncoderLayer(4, 2, 6, activation="gelu", batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, 2, nn.LayerNorm(4), enable_nested_tensor=False)


def images():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.PReLU(4),
        nn.ConvTranspose2d(4, 2, 2, stride=2), nn.GroupNorm(2, 2), nn.InstanceNorm2d(2, affine=True))


def features():
    return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.LayerNorm(4), nn.RMSNorm(4, eps=1e-6))


def bilinear():
    return nn.Bilinear(3, 2, 4)


BOTH_WAYS = {"num_layers": 2, "bidirectional": True, "batch_first": True}

MODULES = {
    "rnn": (lambda: recurrent(nn.RNN(3, 2, nonlinearity="relu", **BOTH_WAYS)), [(2, 4, 3), (4, 2, 2)]),
    "gru": (lambda: recurrent(nn.GRU(3, 2, **BOTH_WAYS)), [(2, 4, 3), (4, 2, 2)]),
    "lstm": (lambda: recurrent(nn.LSTM(3, 2, dropout=0.5, **BOTH_WAYS)), [(2, 4, 3), (4, 2, 2), (4, 2, 2)]),
    "lstm_steps_first": (lambda: recurrent(nn.LSTM(3, 2, 3, bias=False)), [(4, 2, 3), (3, 2, 2), (3, 2, 2)]),
    "rnn_cell": (lambda: nn.RNNCell(3, 2), [(2, 3), (2, 2)]),
    "gru_cell": (lambda: nn.GRUCell(3, 2), [(2, 3), (2, 2)]),
    "lstm_cell": (lstm_cell, [(2, 3), (2, 2), (2, 2)]),
    "attention": (attention, [(2, 3, 6), (2, 4, 6)]),
    "encoder": (lambda: nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), [(2, 3, 4)]),
    "encoders": (encoders, [(2, 3, 4)]),
    "decoder": (decoder, [(2, 3, 4), (2, 5, 4)]),
    "decoders": (decoders, [(2, 3, 4), (2, 5, 4)]),
    "images": (images, [(2, 2, 4, 3)]),
    "features": (features, [(3, 5)]),
    "bilinear": (bilinear, [(2, 3), (2, 2)]),
    "attention_widths": (attention_widths, [(2, 3, 6), (2, 4, 4), (2, 4, 5)]),
}


def moved(state):
    """Values that no constructor gives: norms begin with ones and zeros, running statistics too."""
    return {
        name: t if t.dtype == torch.int64 else t + 0.25 * torch.rand_like(t)
        for name, t in state.items()}


def record():
    """The files, by name."""
    torch.manual_seed(7)
    files, values = {}, {}
    for name, (build, shapes) in MODULES.items():
        built = build()
        module, call = built if isinstance(built, tuple) else (built, built)
        module.load_state_dict(moved(module.state_dict()))
        files[name] = dict(module.state_dict())
        inputs = [torch.rand(shape) * 2 - 1 for shape in shapes]
        module.double().eval()
        with torch.no_grad():
            outputs = call(*(x.double() for x in inputs))
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        values.update({f"{name}.x{i}": x.double() for i, x in enumerate(inputs)})
        values.update({f"{name}.y{i}": y.contiguous() for i, y in enumerate(outputs)})
    files["values"] = values
    return {name: {k: t.clone() for k, t in tensors.items()} for name, tensors in files.items()}


def same(file, tensors):
    stored = safetensors.torch.load_file(file)
    return stored.keys() == tensors.keys() and all(torch.equal(stored[k], tensors[k]) for k in stored)


def main():
    parser = argparse.ArgumentParser(description="Record PyTorch's state dictionaries.")
    parser.add_argument("--check", action="store_true", help="compare with the files, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    files = record()
    if check:
        different = [name for name, tensors in files.items() if not same(TARGET / f"{name}.safetensors", tensors)]
        print("different: " + ", ".join(different) if different else "the same")
        sys.exit(1 if different else 0)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, tensors in files.items():
        safetensors.torch.save_file(tensors, TARGET / f"{name}.safetensors")
    print(f"{len(files) - 1} modules, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
