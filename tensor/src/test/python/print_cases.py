"""Records how NumPy prints arrays: python print_cases.py [random cases] > prints.txt

A case is a line `dtype dims values`, followed by the printed lines, each after a bar. Values are bit
patterns in hexadecimal (int32: decimal), or `range START STEP` for start + i * step. Dims are joined
by x; a scalar has `-`. The first line names the NumPy version.
"""

import sys

import numpy as np

TYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32}
BITS = {"f32": np.uint32, "f64": np.uint64}


def show(kind, array, text=None):
    dims = "x".join(map(str, array.shape)) or "-"
    if text is None:
        flat = array.reshape(-1)
        if kind == "i32":
            text = ",".join(map(str, flat)) or "none"
        else:
            text = ",".join(format(b, "x") for b in flat.view(BITS[kind])) or "none"
    print(kind, dims, text)
    for line in str(array).split("\n"):
        print("|" + line)


def ranged(kind, start, step, *dims):
    n = int(np.prod(dims))
    array = (start + np.arange(n, dtype=np.float64) * step).astype(TYPES[kind]).reshape(dims)
    show(kind, array, f"range {start} {step}")


def fixed():
    nan, inf = np.nan, np.inf
    lists = [
        [1.0], [0.0], [-0.0], [1, 2, 3], [0.5, 0.25], [1, 0.1, 0.123456789], [1 / 3, 2 / 3, 1],
        [-1, 1], [1e-4, 1e-1], [9.9e-5, 1e-2], [1, 1000], [1, 1001], [0.001, 1.0], [1e5, 999999],
        [1e6, 1], [1e7, 2.5], [99999999.0, 1e7], [1e8, 1e8], [123456789.0, 2e8], [1e-10, 1, -3],
        [nan], [inf], [-inf], [nan, 1], [nan, -1.25, inf], [-inf, 10.5, 2], [nan, 1e-9], [-inf, 1e20],
        [nan, inf, -inf], [1e38, 1e-38], [3.4028235e38, 1], [1e-45, 0], [5e-324], [1e300, 1e-300, nan],
        [0.99999999, 1], [0.999999999, 1], [9.999999999, 10], [0.1, 0.2, 0.3], [1e23, 9e22],
        [2.0**-24, 2.0**24], [16777217.0, 0.5], [1.5, -2.25, 3.125, 100], [0, 0, 0], [0, 1e-7],
        [1.00000001, 2], [65504, 65536, 1], [8388609.5, 8388608.25], [2.5e-5, 2.5], [-1e-5, 1e5],
    ]
    for kind in ("f32", "f64"):
        with np.errstate(over="ignore"):
            for values in lists:
                show(kind, np.array(values, TYPES[kind]))
            for v in [0, -0.0, 1, -2.5, 1e5, 999999.94, 1e6, 1e15, 1e16, 123456784, 1e-4, 1.0001e-4, 9.9e-5,
                      1.5e-5, nan, inf, -inf, 1e23, 5e-324, 1.4e-45, 1 / 3, 2.0**-24, 1e300, 1e-300]:
                show(kind, np.array(v, TYPES[kind]))
        for dims in [(0,), (0, 3), (2, 0, 4)]:
            show(kind, np.zeros(dims, TYPES[kind]))
        show(kind, np.array([[1, -2.5], [1000, 0.001]], TYPES[kind]))
        show(kind, (np.arange(24) / 8).astype(TYPES[kind]).reshape(2, 3, 4))
        ranged(kind, 0, 0.37, 40)
        ranged(kind, -3, 0.125, 3, 30)
        ranged(kind, 0, 1, 1000)
        ranged(kind, 0, 1, 1001)
        ranged(kind, -7, 0.5, 40, 40)
        ranged(kind, 0, 0.001, 3, 400)
        ranged(kind, 5, -0.25, 7, 2, 100)
        ranged(kind, 0, 1, 2, 3, 4, 50)
        ranged(kind, 0, 0.1, 1, 1001, 1)
        ranged(kind, 1, 12345.678, 10, 11, 12)
        ranged(kind, 0, 1, 2, 1, 3, 1, 2, 1)
    for values in [[0], [1, -1], [10, 200, -3000], [2147483647, -2147483648], [7] * 40]:
        show("i32", np.array(values, np.int32))
    show("i32", np.array(-5, np.int32))
    show("i32", np.zeros((0, 2), np.int32))
    show("i32", np.array([[1, 20], [300, 4]], np.int32))
    ranged("i32", -5, 3, 1200)
    ranged("i32", -500, 3, 20, 30, 5)
    ranged("i32", 0, 1, 4, 5, 60)


def random(count):
    rng = np.random.default_rng(7)
    for i in range(count):
        kind = ("f32", "f64")[i % 2]
        rank = rng.integers(0, 4)
        dims = tuple(rng.integers(1, 6, rank))
        n = int(np.prod(dims, dtype=int))
        style = rng.integers(0, 6)
        if style == 0:
            v = rng.normal(size=n)
        elif style == 1:
            v = rng.normal(size=n) * 10.0 ** rng.integers(-8, 12)
        elif style == 2:
            v = np.round(rng.normal(size=n), rng.integers(0, 6))
        elif style == 3:
            bits = rng.integers(0, 2**32 if kind == "f32" else 2**64, n, dtype=np.uint64)
            v = bits.astype(BITS[kind]).view(TYPES[kind])
            v = np.where(np.isnan(v), TYPES[kind](np.nan), v)
        elif style == 4:
            v = rng.uniform(1, 1000, n)
        else:
            v = rng.choice([np.nan, np.inf, -np.inf, 0.0, 1.5, -2.0, 1e-3, 123.456], n)
        with np.errstate(over="ignore"):
            show(kind, np.asarray(v).astype(TYPES[kind]).reshape(dims))


print("numpy", np.__version__)
fixed()
random(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
