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

  // ---- windows ------------------------------------------------------------------------------

  /**
   * The maxima of the 2 × 2 windows side by side in two rows of a plane, the window of almost every
   * network: value and place in the plane, the first of equals.
   *
   * @param at where the plane begins
   * @param top place of the upper row in it
   * @param width from it to the lower row
   * @param cols number of windows
   */
  void maxTwoByTwo(
      float[] x,
      int at,
      int top,
      int width,
      int cols,
      float[] y,
      int yAt,
      int[] winners,
      int winnersAt) {
    maxTwoByTwo(x, at, top, width, 0, cols, y, yAt, winners, winnersAt);
  }

  /**
   * The windows from {@code first} on. Comparing values branches at random (measured: 18 ns a
   * window); the maximum of keys that hold value and place does not (9 ns).
   */
  static void maxTwoByTwo(
      float[] x,
      int at,
      int top,
      int width,
      int first,
      int cols,
      float[] y,
      int yAt,
      int[] winners,
      int winnersAt) {
    for (int c = first; c < cols; c++) {
      int place = top + 2 * c;
      int i = at + place;
      long upper = Math.max(key(x[i], 3), key(x[i + 1], 2));
      long lower = Math.max(key(x[i + width], 1), key(x[i + width + 1], 0));
      int rank = 3 - ((int) Math.max(upper, lower) & 3);
      int winner = place + (rank & 1) + (rank >> 1) * width;
      y[yAt + c] = x[at + winner];
      winners[winnersAt + c] = winner;
    }
  }

  /**
   * A number that is larger for a larger value, largest for NaN, equal for both zeros, and then for
   * a larger {@code place}.
   */
  private static long key(float value, int place) {
    int bits = Float.floatToIntBits(value + 0.0f);
    return (long) (bits ^ (bits >> 31 & Integer.MAX_VALUE)) << 32 | place;
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
