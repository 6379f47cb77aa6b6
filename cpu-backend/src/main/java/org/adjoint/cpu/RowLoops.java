package org.adjoint.cpu;

/**
 * Loops over a row that compute each element by itself. This scalar code serves where the Vector
 * API is absent. {@link VectorLoops} has the same bits; it is written out, because JDK 25 makes no
 * vectors of a loop whose arrays could be one (they are not, but it cannot know).
 */
class RowLoops {
  private static final class Best {
    static final RowLoops LOOPS = VectorModule.isUsable() ? new VectorLoops() : new RowLoops();
  }

  RowLoops() {}

  /** Returns the loops for this JVM. */
  static RowLoops best() {
    return Best.LOOPS;
  }

  /** x ← x·f. */
  void scale(float[] x, int at, int n, float f) {
    for (int i = 0; i < n; i++) {
      x[at + i] *= f;
    }
  }

  /** y = (x − a) − b. */
  void shift(float[] x, int xAt, int n, float a, float b, float[] y, int yAt) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = x[xAt + i] - a - b;
    }
  }

  /** dx = y·(dy − dot). */
  void softmaxGradient(
      float[] y, int yAt, float[] dy, int dyAt, int n, float dot, float[] dx, int dxAt) {
    for (int i = 0; i < n; i++) {
      dx[dxAt + i] = y[yAt + i] * (dy[dyAt + i] - dot);
    }
  }

  /** e ← dy − e·s. */
  void logSoftmaxGradient(float[] e, int at, float[] dy, int dyAt, int n, float s) {
    for (int i = 0; i < n; i++) {
      e[at + i] = Math.fma(e[at + i], -s, dy[dyAt + i]);
    }
  }

  /** y = (x − c)·f + b. */
  void normalise(float[] x, int xAt, int n, float c, float f, float b, float[] y, int yAt) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = Math.fma(x[xAt + i] - c, f, b);
    }
  }

  /** dx = (dy − a − (x − c)·b)·f. */
  void normGradient(
      float[] x,
      int xAt,
      float[] dy,
      int dyAt,
      int n,
      float c,
      float a,
      float b,
      float f,
      float[] dx,
      int dxAt) {
    for (int i = 0; i < n; i++) {
      float d = dy[dyAt + i] - a;
      dx[dxAt + i] = Math.fma(c - x[xAt + i], b, d) * f;
    }
  }

  /** y = (x − c)·f·g + b, g and b a column each. */
  void normaliseColumns(
      float[] x,
      int xAt,
      int n,
      float c,
      float f,
      float[] g,
      int gAt,
      float[] b,
      int bAt,
      float[] y,
      int yAt) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = Math.fma((x[xAt + i] - c) * f, g[gAt + i], b[bAt + i]);
    }
  }

  /** z = x·y. */
  void product(float[] x, int xAt, float[] y, int yAt, int n, float[] z, int zAt) {
    for (int i = 0; i < n; i++) {
      z[zAt + i] = x[xAt + i] * y[yAt + i];
    }
  }

  /** sum += y, products += y·(x − c)·f. */
  void addNormalRow(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int n,
      float c,
      float f,
      float[] sum,
      float[] products) {
    for (int i = 0; i < n; i++) {
      float d = y[yAt + i];
      sum[i] += d;
      products[i] = Math.fma(d, (x[xAt + i] - c) * f, products[i]);
    }
  }

  // ---- one value a column -------------------------------------------------------------------

  /** sum += x, column by column. */
  void addRow(float[] x, int at, int n, float[] sum) {
    for (int i = 0; i < n; i++) {
      sum[i] += x[at + i];
    }
  }

  /** With d = x − c: sum += d, squares += d². */
  void addCentredRow(float[] x, int at, int n, float[] c, float[] sum, float[] squares) {
    for (int i = 0; i < n; i++) {
      float d = x[at + i] - c[i];
      sum[i] += d;
      squares[i] = Math.fma(d, d, squares[i]);
    }
  }

  /** sum += y, products += y·(x − c). */
  void addCentredDotRow(
      float[] x, float[] y, int xAt, int yAt, int n, float[] c, float[] sum, float[] products) {
    for (int i = 0; i < n; i++) {
      float d = y[yAt + i];
      sum[i] += d;
      products[i] = Math.fma(d, x[xAt + i] - c[i], products[i]);
    }
  }

  /** y = (x − c)·f + b. */
  void normaliseRow(
      float[] x, int xAt, int n, float[] c, float[] f, float[] b, float[] y, int yAt) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = Math.fma(x[xAt + i] - c[i], f[i], b[i]);
    }
  }

  /** dx = (dy − a − (x − c)·b)·f. */
  void normGradientRow(
      float[] x,
      int xAt,
      float[] dy,
      int dyAt,
      int n,
      float[] c,
      float[] a,
      float[] b,
      float[] f,
      float[] dx,
      int dxAt) {
    for (int i = 0; i < n; i++) {
      float d = dy[dyAt + i] - a[i];
      dx[dxAt + i] = Math.fma(c[i] - x[xAt + i], b[i], d) * f[i];
    }
  }
}
