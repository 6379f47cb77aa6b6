package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Recipes;
import org.adjoint.kernels.SoftmaxKernels;
import org.adjoint.tensor.Tensor;

/** Softmax along the rows of a matrix. */
final class SoftmaxContest implements Contest {
  /** Operations an element: maximum, difference, the recipe of exp, sum, quotient. */
  private static final int FLOPS = 29;

  private final int rows;
  private final int columns;
  private final Tensor operand;
  private final Tensor result;
  private final float[] x;
  private final float[] out;

  SoftmaxContest(Backend home, int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    operand = Tensor.of(home, Operands.random(1, rows * columns, -3, 3), rows, columns);
    result = Operands.empty(home, rows, columns);
    x = Operands.array(operand);
    out = Operands.array(result);
  }

  @Override
  public double flops() {
    return (double) FLOPS * out.length;
  }

  @Override
  public double bytes() {
    return 8.0 * out.length;
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.COPY;
  }

  @Override
  public List<Level> byHand() {
    return List.of(
        level("plain", "Math.exp, one by one", (from, to) -> plain(x, out, columns, from, to)),
        level("auto", "recipe; C2 leaves exp scalar", (from, to) -> passes(from, to)));
  }

  private Level level(String name, String note, Level.Part part) {
    Runnable reset = () -> Arrays.fill(out, Float.NaN);
    return Level.of(name, note, rows, 1, part, reset, out::clone);
  }

  private static void plain(float[] x, float[] y, int columns, int from, int to) {
    int s = PlainLoops.step;
    for (int row = from; row < to; row++) {
      int at = row * columns;
      int end = at + columns;
      float max = Float.NEGATIVE_INFINITY;
      for (int i = at; i < end; i += s) {
        max = Math.max(max, x[i]);
      }
      float sum = 0;
      for (int i = at; i < end; i += s) {
        y[i] = (float) Math.exp(x[i] - max);
        sum += y[i];
      }
      for (int i = at; i < end; i += s) {
        y[i] /= sum;
      }
    }
  }

  /** One pass a step, each a loop that C2 sees whole. */
  private void passes(int from, int to) {
    for (int row = from; row < to; row++) {
      int at = row * columns;
      exponentials(x, at, maximum(x, at, columns), out, columns);
      scale(out, at, 1f / CountedLoops.sum(out, at, at + columns), columns);
    }
  }

  private static float maximum(float[] x, int at, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = at; i < at + count; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  private static void exponentials(float[] x, int at, float max, float[] y, int count) {
    for (int i = at; i < at + count; i++) {
      y[i] = Recipes.exp(x[i] - max);
    }
  }

  private static void scale(float[] y, int at, float factor, int count) {
    for (int i = at; i < at + count; i++) {
      y[i] *= factor;
    }
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor t = Operands.on(backend, operand);
    Tensor y = Operands.on(backend, result);
    SoftmaxKernels kernels = backend.kernels().softmax();
    return new Level(
        name, note, () -> kernels.softmax(t, y), () -> Operands.forget(y), y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    Tensor y = Operands.exact(reference, rows, columns);
    reference.kernels().softmax().softmax(Operands.exact(reference, x, rows, columns), y);
    double[] r = y.toDoubleArray();
    double[] sums = new double[r.length];
    for (int row = 0; row < rows; row++) {
      int at = row * columns;
      double weighted = 0;
      for (int i = at; i < at + columns; i++) {
        weighted += r[i] * Math.abs(x[i]);
      }
      // |dy/dx|·|x| over the row, with dy_i/dx_j = y_i·(1 if i = j, less y_j).
      for (int i = at; i < at + columns; i++) {
        sums[i] = r[i] * ((1 - 2 * r[i]) * Math.abs(x[i]) + weighted);
      }
    }
    return Judge.sums(r, sums, columns);
  }
}
