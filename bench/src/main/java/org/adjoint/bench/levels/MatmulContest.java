package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.Tensor;

/** The product of an m × k and a k × n matrix. */
final class MatmulContest implements Contest {
  /** Rows of b and columns that stay in the cache while the rows of a pass. */
  private static final int K_BLOCK = 128;

  private static final int N_BLOCK = 512;

  /** Operations of a product that float64 makes in a second or two. */
  private static final double MOST_JUDGED = 4e9;

  /** Rows and columns judged of a larger one. */
  private static final int SOME = 67;

  private final int m;
  private final int k;
  private final int n;
  private final Tensor left;
  private final Tensor right;
  private final Tensor result;
  private final float[] a;
  private final float[] b;
  private final float[] out;

  /** The rows of b and of the result as arrays of their own, for {@link #addMultiple}. */
  private final float[][] rowsOfB;

  private final float[][] rowsOfOut;

  MatmulContest(Backend home, int m, int k, int n) {
    this.m = m;
    this.k = k;
    this.n = n;
    left = Tensor.of(home, Operands.random(1, m * k, -1, 1), m, k);
    right = Tensor.of(home, Operands.random(2, k * n, -1, 1), k, n);
    result = Operands.empty(home, m, n);
    a = Operands.array(left);
    b = Operands.array(right);
    out = Operands.array(result);
    rowsOfB = new float[k][];
    Arrays.setAll(rowsOfB, p -> Arrays.copyOfRange(b, p * n, (p + 1) * n));
    rowsOfOut = new float[m][n];
  }

  @Override
  public double flops() {
    return 2.0 * m * k * n;
  }

  @Override
  public double bytes() {
    return 4.0 * ((double) m * k + (double) k * n + (double) m * n);
  }

  @Override
  public Ceiling ceiling() {
    return Ceiling.FMA;
  }

  @Override
  public List<Level> byHand() {
    Runnable forget = () -> Arrays.fill(out, Float.NaN);
    Runnable forgetRows = () -> Arrays.stream(rowsOfOut).forEach(r -> Arrays.fill(r, Float.NaN));
    return List.of(
        Level.of("plain", "rows times columns", m, 1, this::plain, forget, out::clone),
        Level.of(
            "auto", "blocked; C2 vectorises", m, 1, this::blocked, forgetRows, this::gathered));
  }

  private float[] gathered() {
    float[] all = new float[m * n];
    for (int i = 0; i < m; i++) {
      System.arraycopy(rowsOfOut[i], 0, all, i * n, n);
    }
    return all;
  }

  /** Each element is a row times a column: one chain of additions, and a walks through memory. */
  private void plain(int from, int to) {
    for (int i = from; i < to; i++) {
      for (int j = 0; j < n; j++) {
        out[i * n + j] = dot(a, i * k, b, j, n, k);
      }
    }
  }

  private static float dot(float[] a, int at, float[] b, int column, int stride, int k) {
    float sum = 0;
    for (int p = 0; p < k; p++) {
      sum += a[at + p] * b[column + p * stride];
    }
    return sum;
  }

  /** A multiple of a row of b is added to a row of the result, block by block. */
  private void blocked(int from, int to) {
    for (int i = from; i < to; i++) {
      Arrays.fill(rowsOfOut[i], 0f);
    }
    for (int j = 0; j < n; j += N_BLOCK) {
      int stop = Math.min(n, j + N_BLOCK);
      for (int p = 0; p < k; p += K_BLOCK) {
        int end = Math.min(k, p + K_BLOCK);
        for (int i = from; i < to; i++) {
          for (int q = p; q < end; q++) {
            addMultiple(a[i * k + q], rowsOfB[q], rowsOfOut[i], j, stop);
          }
        }
      }
    }
  }

  /**
   * y += f·x. Both have the same index: with places of their own in one array, C2 (JDK 25) cannot
   * rule out that a result is read again as an operand, and leaves the loop scalar.
   */
  static void addMultiple(float f, float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] += f * x[i];
    }
  }

  @Override
  public Level on(Backend backend, String name, String note) {
    Tensor l = Operands.on(backend, left);
    Tensor r = Operands.on(backend, right);
    Tensor y = Operands.on(backend, result);
    MatmulKernels kernels = backend.kernels().matmul();
    return new Level(
        name,
        note,
        () -> kernels.matmul(l, false, r, false, null, y),
        () -> Operands.forget(y),
        y::toFloatArray);
  }

  @Override
  public Judge judge(Backend reference) {
    int[] rows = some(m);
    int[] columns = some(n);
    double[] sums = product(absolute(a), absolute(b), rows, columns);
    Judge judge = Judge.sums(product(a, b, rows, columns), sums, k);
    if (rows.length == m && columns.length == n) {
      return judge;
    }
    int[] at = new int[rows.length * columns.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = rows[i / columns.length] * n + columns[i % columns.length];
    }
    return judge.at(at, m * n);
  }

  /** All indices; of a large product, which takes float64 too long, some of all parts. */
  private int[] some(int extent) {
    boolean all = flops() <= MOST_JUDGED;
    int[] some = new int[all ? extent : Math.min(extent, SOME)];
    Arrays.setAll(some, i -> (int) ((long) i * (extent - 1) / Math.max(1, some.length - 1)));
    return some;
  }

  static float[] absolute(float[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.abs(x[i]);
    }
    return y;
  }

  /** Some rows and columns of the product in float64. */
  private double[] product(float[] x, float[] w, int[] rows, int[] columns) {
    double[] y = new double[rows.length * columns.length];
    for (int i = 0; i < rows.length; i++) {
      for (int p = 0; p < k; p++) {
        double f = x[rows[i] * k + p];
        for (int j = 0; j < columns.length; j++) {
          y[i * columns.length + j] += f * w[p * n + columns[j]];
        }
      }
    }
    return y;
  }
}
