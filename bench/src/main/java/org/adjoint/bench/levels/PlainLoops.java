package org.adjoint.bench.levels;

import org.adjoint.kernels.Recipes;

/**
 * The loops that anyone would write first. Their step is read from a field, so that C2 cannot count
 * the iterations before they begin: it neither unrolls nor vectorises such a loop, on any JDK and
 * without a flag. Functions are those of {@link Math}. Measured beside the same loops under {@code
 * -XX:-UseSuperWord}: 0.5 instead of 0.4 ns an element for add.
 */
final class PlainLoops {
  /** Always 1; not final, so that the JIT compiler may not rely on it. */
  static int step = 1;

  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private PlainLoops() {}

  static void add(float[] a, float[] b, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = a[i] + b[i];
    }
  }

  static void mul(float[] a, float[] b, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = a[i] * b[i];
    }
  }

  static void fma(float[] a, float[] b, float[] c, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = Math.fma(a[i], b[i], c[i]);
    }
  }

  static void relu(float[] x, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = Math.max(x[i], 0f);
    }
  }

  static void exp(float[] x, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = (float) Math.exp(x[i]);
    }
  }

  static void tanh(float[] x, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = (float) Math.tanh(x[i]);
    }
  }

  static void sigmoid(float[] x, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = (float) (1 / (1 + Math.exp(-x[i])));
    }
  }

  static void gelu(float[] x, float[] y, int from, int to) {
    int s = step;
    for (int i = from; i < to; i += s) {
      y[i] = 0.5f * x[i] * (1f + Recipes.erf(x[i] * ROOT_HALF));
    }
  }

  /** One running sum: each addition waits for the one before. */
  static float sum(float[] x, int from, int to) {
    int s = step;
    float total = 0;
    for (int i = from; i < to; i += s) {
      total += x[i];
    }
    return total;
  }
}
