package org.adjoint.layers.io;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;

/**
 * Our side of interchange.py: reads the files that Python wrote and writes those that Python is to
 * read. Both sides compute the values, number i is ((7·i mod 23) − 11)/4, times 4 in whole numbers,
 * without the 11 in unsigned ones.
 */
public final class Interchange {
  private static final Device DEVICE = Backends.get("reference");

  private Interchange() {}

  /** Takes {@code read} or {@code write}, and a folder. */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[1]);
    if (arguments[0].equals("read")) {
      read(folder);
      System.out.println("Adjoint read what Python wrote");
    } else {
      write(folder);
      System.out.println("Adjoint wrote");
    }
  }

  static double value(String type, int i) {
    int whole = 7 * i % 23;
    return switch (type) {
      case "bool" -> whole % 2;
      case "u8", "u16", "u32", "u64" -> whole;
      case "i8", "i16", "i32", "i64", "big_i64" -> whole - 11;
      default -> (whole - 11) / 4.0;
    };
  }

  static Sequential model() {
    Setup setup = Setup.of(DEVICE, DType.F32, 3);
    return new Sequential(
        new Conv2d(setup, 1, 3, 3, 3, Conv2dSpec.of(1, 1, 1, 1), true),
        new BatchNorm(setup, 3),
        Activation.relu(),
        new Flatten(),
        new Linear(setup, 48, 5));
  }

  static Tensor forward(Sequential model, Tensor x) {
    model.eval();
    try (Graph.NoGrad _ = Graph.noGrad()) {
      return model.forward(Variable.of(x)).value();
    }
  }

  /** Refuses anything that is not as Python said. */
  static void read(Path folder) {
    for (String archive : new String[] {"python.npz", "compressed.npz"}) {
      check(archive, Npz.read(folder.resolve(archive), DEVICE));
    }
    check(
        "python.safetensors",
        Safetensors.read(folder.resolve("python.safetensors"), DEVICE).tensors());
    Tensor x = Npy.read(folder.resolve("x.npy"), DEVICE);
    Tensor expected = Npy.read(folder.resolve("y.npy"), DEVICE);
    Sequential model = model();
    StateDict.read(folder.resolve("model.safetensors"), DEVICE).loadStrict(model);
    float[] y = forward(model, x).toFloatArray();
    float[] e = expected.toFloatArray();
    for (int i = 0; i < e.length; i++) {
      // Two float32 sums of 48 products of numbers around 1.
      require(Math.abs(y[i] - e[i]) <= 1e-5, "output " + i + " is " + y[i] + ", not " + e[i]);
    }
  }

  private static void check(String file, Map<String, Tensor> tensors) {
    require(tensors.size() >= 12, file + " holds " + tensors.keySet());
    tensors.forEach(
        (name, t) -> {
          DType expected =
              name.startsWith("f64")
                  ? DType.F64
                  : name.matches("(big_)?(f|bf|fortran|scalar|empty|view).*")
                      ? DType.F32
                      : DType.I32;
          require(t.dtype() == expected, file + ": " + name + " is " + t.dtype());
          int[] dims =
              switch (name) {
                case "scalar" -> new int[0];
                case "empty" -> new int[] {3, 0, 2};
                case "fortran" -> new int[] {2, 3, 4};
                default -> new int[] {4, 6};
              };
          require(Arrays.equals(dims, t.shape().toArray()), file + ": " + name + t.shape());
          double[] values = t.toDoubleArray();
          for (int i = 0; i < values.length; i++) {
            require(
                values[i] == value(name, i), file + ": " + name + "[" + i + "] is " + values[i]);
          }
        });
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }

  /** The tensors of {@link #write}, of every type and order that ours have. */
  static Map<String, Tensor> tensors() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    float[] floats = new float[24];
    double[] doubles = new double[24];
    int[] ints = new int[24];
    for (int i = 0; i < 24; i++) {
      floats[i] = (float) value("f32", i);
      doubles[i] = value("f64", i);
      ints[i] = (int) value("i32", i);
    }
    all.put("f32", Tensor.of(DEVICE, floats, 4, 6));
    all.put("f64", Tensor.of(DEVICE, doubles, 4, 6));
    all.put("i32", Tensor.of(DEVICE, ints, 4, 6));
    all.put("transposed", Tensor.of(DEVICE, floats, 4, 6).transpose(0, 1));
    all.put("vector", Tensor.of(DEVICE, ints, 24));
    all.put("scalar", Tensor.of(DEVICE, new float[] {-2.75f}));
    all.put("empty", Tensor.zeros(DEVICE, DType.F32, 3, 0, 2));
    return all;
  }

  static void write(Path folder) {
    tensors().forEach((name, t) -> Npy.write(folder.resolve(name + ".npy"), t));
    Npz.write(folder.resolve("adjoint.npz"), tensors());
    Safetensors.write(folder.resolve("adjoint.safetensors"), tensors(), Map.of("model", "ü"));
    Sequential model = model();
    Tensor x = Tensor.zeros(DEVICE, DType.F32, 2, 1, 4, 4);
    Backends.get("reference").kernels().random().normal(5, 0, 0, 1, x);
    model.forward(Variable.of(x));
    Checkpoint.save(folder.resolve("model.safetensors"), model, Map.of());
    Npy.write(folder.resolve("x.npy"), x);
    Npy.write(folder.resolve("y.npy"), forward(model, x));
    try (EventFile events = EventFile.in(folder.resolve("events"))) {
      for (int step = 0; step < 5; step++) {
        events.scalar("loss", step, value("f32", step));
      }
      events.histogram("weights", 3, tensors().get("f32"));
      events.image(
          "grey", 4, Tensor.of(DEVICE, new float[] {0, 0.2f, 0.4f, 0.6f, 0.8f, 1}, 1, 2, 3));
    }
  }
}
