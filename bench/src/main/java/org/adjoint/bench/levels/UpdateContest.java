package org.adjoint.bench.levels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.adjoint.cpu.VectorModule;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.Tensor;

/** A step of an optimizer on n parameters: Adam, or descent with momentum. */
final class UpdateContest implements Contest {
  private static final double RATE = 1e-3;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final int STEP = 10;
  private static final double MOMENTUM = 0.9;
  private static final UpdateStep ADAM =
      UpdateRules.adam(RATE, BETA1, BETA2, EPSILON, 0, false, false, STEP);
  private static final UpdateStep SGD = UpdateRules.sgd(RATE, MOMENTUM, 0, false, 0, false);

  private final boolean adam;
  private final int n;

  /** Parameter, gradient, and one or two states, as they are before the first step. */
  private final float[][] before;

  private final Tensor[] tensors;
  private final float[][] now;

  UpdateContest(Backend home, boolean adam, int n) {
    this.adam = adam;
    this.n = n;
    int count = adam ? 4 : 3;
    before = new float[count][];
    tensors = new Tensor[count];
    now = new float[count][];
    for (int i = 0; i < count; i++) {
      before[i] = Operands.random(i + 1, n, i == 3 ? 0.01 : -0.5, 0.5);
      tensors[i] = Tensor.of(home, before[i], n);
      now[i] = Operands.array(tensors[i]);
    }
  }

  @Override
  public double flops() {
    return (adam ? 13.0 : 4.0) * n;
  }

  @Override
  public double bytes() {
    // All but the gradient are written as well.
    return 4.0 * (2 * before.length - 1) * n;
  }

  @Override
  public double footprint() {
    return 4.0 * before.length * n;
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    List<Level> levels = new ArrayList<>();
    float rate = (float) RATE;
    float momentum = (float) MOMENTUM;
    UpdateLoops.Adam a = UpdateLoops.Adam.of(ADAM);
    float[][] s = now;
    levels.add(
        level(
            "plain",
            "step unknown to C2",
            adam
                ? (from, to) -> UpdateLoops.plainAdam(s[0], s[1], s[2], s[3], a, from, to)
                : (from, to) -> UpdateLoops.plainSgd(s[0], s[1], s[2], rate, momentum, from, to)));
    levels.add(
        level(
            "auto",
            "C2 vectorises",
            adam
                ? (from, to) -> UpdateLoops.adam(s[0], s[1], s[2], s[3], a, from, to)
                : (from, to) -> UpdateLoops.sgd(s[0], s[1], s[2], rate, momentum, from, to)));
    if (VectorModule.isUsable()) {
      levels.add(
          level(
              "vector",
              "Vector API by hand",
              adam
                  ? (from, to) -> UpdateVectors.adam(s[0], s[1], s[2], s[3], a, from, to)
                  : (from, to) -> UpdateVectors.sgd(s[0], s[1], s[2], rate, momentum, from, to)));
    }
    return levels;
  }

  private Level level(String name, String note, Level.Part part) {
    Runnable reset =
        () -> {
          for (int i = 0; i < now.length; i++) {
            System.arraycopy(before[i], 0, now[i], 0, n);
          }
        };
    Supplier<float[]> result = now[0]::clone;
    return Level.of(name, note, n, 64, part, reset, result);
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor[] t = new Tensor[before.length];
    for (int i = 0; i < t.length; i++) {
      t[i] = Operands.on(backend, tensors[i]);
    }
    UpdateKernels kernels = backend.kernels().updates();
    Runnable reset =
        () -> {
          for (int i = 0; i < t.length; i++) {
            Operands.restore(t[i], before[i]);
          }
        };
    return new Level(
        name, note, () -> kernels.update(adam ? ADAM : SGD, t), reset, t[0]::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    Tensor[] t = new Tensor[before.length];
    for (int i = 0; i < t.length; i++) {
      t[i] = Operands.exact(reference, before[i], n);
    }
    reference.kernels().updates().update(adam ? ADAM : SGD, t);
    double[] r = t[0].toDoubleArray();
    double[] sums = new double[n];
    for (int i = 0; i < n; i++) {
      sums[i] = Math.abs(before[0][i]) + Math.abs(r[i] - before[0][i]) + step(i, t);
    }
    // One more term than additions: the moments, the root and the parameter.
    return Judge.sums(r, sums, adam ? 5 : 3);
  }

  /** The step with its sums over absolute values; the reference has left the moments in t. */
  private double step(int i, Tensor[] t) {
    double g = Math.abs(before[1][i]);
    double m = Math.abs(before[2][i]);
    if (!adam) {
      return RATE * (MOMENTUM * m + g);
    }
    double root = Math.sqrt(t[3].get(i) / (1 - Math.pow(BETA2, STEP)));
    double rate = RATE / (1 - Math.pow(BETA1, STEP));
    return rate * (BETA1 * m + (1 - BETA1) * g) / (root + EPSILON);
  }
}
