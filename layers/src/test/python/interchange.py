#!/usr/bin/env python3
"""Files that Adjoint and Python exchange: each side reads what the other wrote.

    mvn test-compile
    python3 layers/src/test/python/interchange.py            # both ways, in a temporary folder
    python3 layers/src/test/python/interchange.py --record   # writes the fixtures of InterchangeTest

Needs NumPy, PyTorch, safetensors and tensorboard. --classpath names the compiled classes if they are not in
the target folders of this checkout; the JDK is that of ./adjoint. The values are computed by both sides, see Interchange.java.
"""
import argparse, pathlib, subprocess, sys, tempfile

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

ROOT = pathlib.Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "layers/src/test/resources/org/adjoint/layers/interchange"


def values(kind, count):
    whole = 7 * np.arange(count) % 23
    if kind == "bool":
        return whole % 2
    if kind.startswith("u"):
        return whole
    return whole - 11 if kind.startswith("i") else (whole - 11) / 4


NUMPY = {
    "f64": "<f8", "f32": "<f4", "f16": "<f2", "i64": "<i8", "i32": "<i4", "i16": "<i2", "i8": "i1",
    "u64": "<u8", "u32": "<u4", "u16": "<u2", "u8": "u1", "bool": "?",
}
TORCH = {
    "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
    "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8,
    "u16": torch.uint16, "u32": torch.uint32, "u64": torch.uint64, "bool": torch.bool,
}


def model():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, padding=1), torch.nn.BatchNorm2d(3), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(48, 5))


def write(folder):
    arrays = {k: values(k, 24).astype(t).reshape(4, 6) for k, t in NUMPY.items()}
    arrays["big_f32"] = values("f", 24).astype(">f4").reshape(4, 6)
    arrays["big_i64"] = values("i", 24).astype(">i8").reshape(4, 6)
    arrays["fortran"] = np.asfortranarray(values("f", 24).astype("<f4").reshape(2, 3, 4))
    arrays["scalar"] = np.float32(-2.75)
    arrays["empty"] = np.zeros((3, 0, 2), np.float32)
    arrays["view"] = values("f", 48).astype("<f4").reshape(8, 6)[:4]
    np.savez(folder / "python.npz", **arrays)
    np.savez_compressed(folder / "compressed.npz", **arrays)
    tensors = {k: torch.from_numpy(values(k, 24).astype("f8")).reshape(4, 6).to(t) for k, t in TORCH.items()}
    safetensors.torch.save_file(tensors, folder / "python.safetensors")
    torch.manual_seed(1)
    net = model()
    x = torch.randn(3, 1, 4, 4)
    net(x)
    net.eval()
    safetensors.torch.save_file(net.state_dict(), folder / "model.safetensors")
    np.save(folder / "x.npy", x.numpy())
    np.save(folder / "y.npy", net(x).detach().numpy())


def same(name, received, kind, shape, dtype):
    received = np.asarray(received)
    assert received.shape == shape and received.dtype == np.dtype(dtype), (name, received.shape, received.dtype)
    expected = values(kind, 24).reshape(4, 6)
    expected = {"transposed": expected.T, "vector": expected.reshape(24)}.get(name, expected)
    if name == "scalar":
        expected = np.float32(-2.75)
    if name == "empty":
        expected = np.zeros((3, 0, 2))
    assert np.array_equal(received, expected), name


EXPECTED = {
    "f32": ("f", (4, 6), "f4"), "f64": ("f", (4, 6), "f8"), "i32": ("i", (4, 6), "i4"),
    "transposed": ("f", (6, 4), "f4"), "vector": ("i", (24,), "i4"), "scalar": ("f", (), "f4"),
    "empty": ("f", (3, 0, 2), "f4"),
}


def read(folder):
    archive = np.load(folder / "adjoint.npz")
    tensors = safetensors.numpy.load_file(folder / "adjoint.safetensors")
    torches = safetensors.torch.load_file(folder / "adjoint.safetensors")
    for name, (kind, shape, dtype) in EXPECTED.items():
        same(name, np.load(folder / f"{name}.npy"), kind, shape, dtype)
        same(name, archive[name], kind, shape, dtype)
        same(name, tensors[name], kind, shape, dtype)
        same(name, torches[name].numpy(), kind, shape, dtype)
        # Byte for byte what NumPy itself writes.
        with tempfile.NamedTemporaryFile(suffix=".npy") as f:
            np.save(f.name, np.ascontiguousarray(archive[name]) if shape else archive[name])
            assert pathlib.Path(f.name).read_bytes() == (folder / f"{name}.npy").read_bytes(), name
    assert set(archive) == set(tensors) == set(EXPECTED)
    print(f"NumPy {np.__version__} read {len(EXPECTED)} npy files, byte for byte its own, and the npz")
    with safetensors.safe_open(folder / "adjoint.safetensors", "np") as f:
        assert f.metadata() == {"model": "ü"}
    print(f"Python's safetensors {safetensors.__version__} read {len(tensors)} tensors and the metadata")
    net = model()
    state = safetensors.torch.load_file(folder / "model.safetensors")
    net.load_state_dict(state)
    net.eval()
    y = net(torch.from_numpy(np.load(folder / "x.npy"))).detach().numpy()
    error = np.abs(y - np.load(folder / "y.npy")).max()
    assert error <= 1e-5, error
    print(f"PyTorch {torch.__version__} loaded a network by name; outputs differ by {error:.1e} at most")


def read_events(folder):
    from tensorboard import version
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    events = EventAccumulator(str(folder)).Reload()
    assert events.Tags()["scalars"] == ["loss"], events.Tags()
    assert [(e.step, e.value) for e in events.Scalars("loss")] == list(enumerate(values("f", 5)))
    histogram = events.Histograms("weights")[0]
    expected = values("f", 24)
    h = histogram.histogram_value
    assert histogram.step == 3 and (h.min, h.max, h.num) == (expected.min(), expected.max(), 24)
    assert h.sum == expected.sum() and h.sum_squares == (expected ** 2).sum()
    counts, edges = np.histogram(expected, 30)
    assert np.allclose(h.bucket_limit, edges[1:]) and list(h.bucket) == list(counts)
    image = events.Images("grey")[0]
    assert (image.step, image.width, image.height) == (4, 3, 2)
    records = [sum(1 for _ in RawEventFileLoader(str(f)).Load()) for f in folder.iterdir()]
    print(f"TensorBoard {version.VERSION} read {records[0]} records: 5 scalars, a histogram, an image")
    try:
        import io
        from PIL import Image
        pixels = np.asarray(Image.open(io.BytesIO(image.encoded_image_string)))
        assert pixels.tolist() == [[0, 51, 102], [153, 204, 255]], pixels
        print("Pillow read the image")
    except ImportError:
        print("Pillow is not there to look into the image")


def java(classpath, command, folder):
    main = "org.adjoint.layers.io.Interchange"
    jdk = subprocess.run([ROOT / "adjoint", "--print-jdk"], capture_output=True, text=True, check=True).stdout.strip()
    out = subprocess.run([f"{jdk}/bin/java", "-cp", classpath, main, command, str(folder)], capture_output=True, text=True)
    if out.returncode:
        sys.exit(out.stdout + out.stderr)
    print(out.stdout, end="")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--classpath")
    options = parser.parse_args()
    if options.record:
        FIXTURES.mkdir(parents=True, exist_ok=True)
        return write(FIXTURES)
    classpath = options.classpath or ":".join(
        str(ROOT / m / "target" / c) for m in ("tensor", "kernels", "autograd", "layers")
        for c in ("classes", "test-classes"))
    with tempfile.TemporaryDirectory() as temporary:
        theirs, ours = pathlib.Path(temporary, "python"), pathlib.Path(temporary, "adjoint")
        theirs.mkdir()
        ours.mkdir()
        write(theirs)
        java(classpath, "read", theirs)
        java(classpath, "write", ours)
        read(ours)
        read_events(ours / "events")


if __name__ == "__main__":
    main()
