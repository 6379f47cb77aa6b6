package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that NumPy 2.4, PyTorch 2.13 and Python's safetensors 0.8 wrote; see interchange.py. */
class InterchangeTest {
  private final Backend device = Backends.get("reference");

  @TempDir Path folder;

  private static Path fixtures() throws Exception {
    return Path.of(InterchangeTest.class.getResource("/org/adjoint/layers/interchange").toURI());
  }

  @Test
  void readsWhatPythonWrote() throws Exception {
    Interchange.read(fixtures());
  }

  @Test
  void readsWhatItWrote() {
    Interchange.write(folder);
    Map<String, Tensor> expected = Interchange.tensors();
    Map<String, Tensor> archive = Npz.read(folder.resolve("adjoint.npz"), device);
    assertEquals(List.copyOf(expected.keySet()), List.copyOf(archive.keySet()));
    expected.forEach(
        (name, t) -> {
          for (Tensor read :
              new Tensor[] {archive.get(name), Npy.read(folder.resolve(name + ".npy"), device)}) {
            assertEquals(t.dtype(), read.dtype(), name);
            assertEquals(t.shape(), read.shape(), name);
            assertArrayEquals(t.toDoubleArray(), read.toDoubleArray(), name);
          }
        });
  }

  @Test
  void whatFitsIsLoadedAndTheRestReported() throws Exception {
    StateDict dict = StateDict.read(fixtures().resolve("model.safetensors"), device);
    Setup setup = Setup.of(device, DType.F64, 9);
    Sequential other =
        new Sequential(
            new Flatten(), new Linear(setup, 16, 3), new Flatten(), new Linear(setup, 48, 5));
    StateDict renamed =
        dict.renamed(n -> n.startsWith("4.") ? "3" + n.substring(1) : n.replace("3.", "old."));
    double[] before = other.parameters().get("1.weight").value().toDoubleArray();
    StateDict.Report report = renamed.load(other);
    assertEquals(List.of("1.bias", "3.weight", "3.bias"), report.loaded());
    assertEquals(List.of(), report.missing());
    assertEquals(
        List.of("0.bias", "0.weight", "1.running_mean", "1.running_var"),
        report.unexpected().stream().sorted().toList());
    assertEquals(List.of("1.weight (float32[3] for float64[3, 16])"), report.mismatched());
    assertFalse(report.isComplete());
    assertTrue(report.toString().contains("\nmismatched: 1.weight"), report.toString());
    assertArrayEquals(before, other.parameters().get("1.weight").value().toDoubleArray());
    assertArrayEquals(
        dict.tensors().get("4.bias").toDoubleArray(),
        other.parameters().get("3.bias").value().toDoubleArray());
    refused("does not fit", () -> renamed.loadStrict(other));
    refused("already", () -> dict.renamed(n -> "same"));
    Sequential right = Interchange.model();
    assertTrue(dict.loadStrict(right).isComplete());
    assertEquals("loaded 8 tensors", dict.compare(right).toString());
    Inference.of(right);
    refused("Inference", () -> dict.load(right));
  }

  @Test
  void aSharedParameterIsLoadedByEitherName() {
    Setup setup = Setup.of(device, DType.F32, 9);
    Linear shared = new Linear(setup, 2, 2);
    Sequential twice = new Sequential(shared, shared);
    Npz.write(folder.resolve("a.npz"), shared.tensors());
    StateDict dict = StateDict.read(folder.resolve("a.npz"), device).renamed(n -> "0." + n);
    assertTrue(dict.loadStrict(twice).isComplete());
    StateDict half = dict.renamed(n -> n.replace("0.bias", "2.bias"));
    assertEquals(List.of("0.bias", "1.bias"), half.compare(twice).missing());
  }

  @Test
  void floatsTooLargeForTheNetworkAreRefused() {
    Linear f32 = new Linear(Setup.of(device, DType.F32, 9), 2, 1);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("bias", Tensor.of(device, new double[] {Double.NEGATIVE_INFINITY}, 1));
    tensors.put("weight", Tensor.of(device, new double[] {0.1, -2}, 1, 2));
    Path file = folder.resolve("d.npz");
    Npz.write(file, tensors);
    StateDict.read(file, device).loadStrict(f32);
    assertArrayEquals(new float[] {0.1f, -2}, f32.weight().value().toFloatArray());
    tensors.put("weight", Tensor.of(device, new double[] {1e39, -2}, 1, 2));
    Npz.write(file, tensors);
    refused("1.0E39", () -> StateDict.read(file, device).load(f32));
    assertArrayEquals(new float[] {0.1f, -2}, f32.weight().value().toFloatArray());
  }

  static void refused(String part, Runnable action) {
    CheckpointException e = assertThrows(CheckpointException.class, action::run);
    assertTrue(String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
  }
}
