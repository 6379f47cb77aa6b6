package org.adjoint.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Philox;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Ten steps of a workload in PyTorch: losses alone are recorded; what goes in, both sides compute.
 * workloads.py in src/test/python says how and in which form.
 *
 * @param name of the workload
 * @param lines of the record, each split at blanks
 */
record Trajectory(String name, List<String[]> lines) {
  /** Returns all that are recorded. */
  static List<Trajectory> all() {
    List<Trajectory> all = new ArrayList<>();
    try (InputStream in = Trajectory.class.getResourceAsStream("workloads.txt")) {
      if (in == null) {
        throw new IllegalStateException("bench: workloads.txt is missing from the jar");
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("workload")) {
          all.add(new Trajectory(words[1], new ArrayList<>()));
        } else if (!words[0].equals("#")) {
          all.getLast().lines.add(words);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private List<String[]> all(String kind) {
    return lines.stream().filter(l -> l[0].equals(kind)).toList();
  }

  /** Returns the losses in float64. */
  double[] exact() {
    return losses("loss64");
  }

  /** Returns the losses in float32. */
  double[] single() {
    return losses("loss32");
  }

  private double[] losses(String kind) {
    return Arrays.stream(all(kind).getFirst()).skip(1).mapToDouble(Double::parseDouble).toArray();
  }

  /**
   * Builds the workload and gives its parameters the numbers with which PyTorch began.
   *
   * @throws IllegalStateException if they are other parameters than PyTorch's
   */
  TrajectoryModels.Trained start(Setup setup) {
    TrajectoryModels.Trained trained = TrajectoryModels.build(name, setup);
    List<String> shapes =
        trained.parameters().stream()
            .map(p -> Arrays.toString(p.value().shape().toArray()))
            .toList();
    List<String[]> recorded = all("parameter");
    List<String> theirs = recorded.stream().map(l -> Arrays.toString(dims(l[1]))).toList();
    if (!shapes.equals(theirs)) {
      throw new IllegalStateException(name + " has parameters " + shapes + ", PyTorch " + theirs);
    }
    for (int k = 0; k < recorded.size(); k++) {
      String scale = recorded.get(k)[2];
      Parameter p = trained.parameters().get(k);
      double[] values = new double[p.value().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            scale.startsWith("=")
                ? Double.parseDouble(scale.substring(1))
                : Double.parseDouble(scale) * (2 * unit(k, i) - 1);
      }
      write(values, p.value());
    }
    return trained;
  }

  /** Returns what a step is given. */
  Variable[] operands(Backend device, DType dtype, int step) {
    List<String[]> inputs = all("input");
    Variable[] given = new Variable[inputs.size()];
    for (int j = 0; j < given.length; j++) {
      String[] line = inputs.get(j);
      given[j] = operand(device, dtype, 1000 * (j + 1) + step, line[1], dims(line[2]));
    }
    return given;
  }

  private static int[] dims(String text) {
    return Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static double unit(int seed, int i) {
    return Philox.uniform(Philox.word(seed, i));
  }

  private static Variable operand(
      Backend device, DType dtype, int seed, String kind, int... shape) {
    int count = Shape.of(shape).size();
    if (kind.startsWith("below:")) {
      int bound = Integer.parseInt(kind.substring("below:".length()));
      int[] values = new int[count];
      Arrays.setAll(values, i -> (Philox.word(seed, i) >>> 8) % bound);
      return Variable.of(Tensor.of(device, values, shape));
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      double u = unit(seed, i);
      values[i] =
          switch (kind) {
            case "signed" -> 2 * u - 1;
            case "rare" -> u < 0.1 ? 1 : 0;
            default -> u;
          };
    }
    Tensor t = Tensor.owned(device, dtype, Shape.of(shape));
    write(values, t);
    return Variable.of(t);
  }

  /** Overwrites a dense tensor. */
  static void write(double[] values, Tensor t) {
    Object array = values;
    if (t.dtype() == DType.F32) {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      array = floats;
    }
    t.device().upload(array, 0, t.storage(), t.layout().offset(), values.length);
  }

  @Override
  public String toString() {
    return name;
  }
}
