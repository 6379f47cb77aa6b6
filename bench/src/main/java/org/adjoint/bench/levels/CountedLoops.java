package org.adjoint.bench.levels;

import org.adjoint.kernels.Recipes;

/**
 * Counted loops over arrays, which C2 unrolls and, where it can, vectorises by itself. The
 * functions are the scalar {@link Recipes}: of these C2 (JDK 25) vectorises none, because they look
 * at the bits of a float and select.
 */
final class CountedLoops {
  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private CountedLoops() {}

  static void add(float[] a, float[] b, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = a[i] + b[i];
    }
  }

  static void mul(float[] a, float[] b, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = a[i] * b[i];
    }
  }

  static void fma(float[] a, float[] b, float[] c, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.fma(a[i], b[i], c[i]);
    }
  }

  static void relu(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.max(x[i], 0f);
    }
  }

  static void exp(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Recipes.exp(x[i]);
    }
  }

  static void tanh(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Recipes.tanh(x[i]);
    }
  }

  static void sigmoid(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Recipes.sigmoid(x[i]);
    }
  }

  static void gelu(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = 0.5f * x[i] * (1f + Recipes.erf(x[i] * ROOT_HALF));
    }
  }

  /** Eight running sums, so that additions need not wait; C2 does not reorder them by itself. */
  static float sum(float[] x, int from, int to) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = from;
    for (; i <= to - 8; i += 8) {
      s0 += x[i];
      s1 += x[i + 1];
      s2 += x[i + 2];
      s3 += x[i + 3];
      s4 += x[i + 4];
      s5 += x[i + 5];
      s6 += x[i + 6];
      s7 += x[i + 7];
    }
    for (; i < to; i++) {
      s0 += x[i];
    }
    return (s0 + s4) + (s1 + s5) + ((s2 + s6) + (s3 + s7));
  }
}
