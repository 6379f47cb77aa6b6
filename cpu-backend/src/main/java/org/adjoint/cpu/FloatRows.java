package org.adjoint.cpu;

import java.util.Arrays;

/**
 * Loops over one row of floats that sum or find; {@link RowLoops} has the plain ones. A sum has
 * {@value #LANES} chains whatever the width of vectors: element i of a row is added to chain i mod
 * 64, and {@link #fold} adds the chains in halves. So the vector code and this scalar code, which
 * serves where the Vector API is absent, give the same bits.
 */
class FloatRows {
  /** How many chains a sum has. */
  static final int LANES = 64;

  private static final class Best {
    static final FloatRows ROWS = VectorModule.isUsable() ? new VectorRows() : new FloatRows();
  }

  private static final ThreadLocal<float[]> CHAINS =
      ThreadLocal.withInitial(() -> new float[2 * LANES]);

  FloatRows() {}

  /** Returns the loops for this JVM. */
  static FloatRows best() {
    return Best.ROWS;
  }

  /** Returns the calling thread's room for two sums, not cleared. */
  static float[] chains() {
    return CHAINS.get();
  }

  /** Sets the chains of a sum to 0. */
  static void clear(float[] chains, int at) {
    Arrays.fill(chains, at, at + LANES, 0f);
  }

  /**
   * Adds the chains in halves: 32 to 32, 16 to 16, and so on. A half that no element has reached is
   * skipped: a sum that began with +0 does not change by adding +0. Scalar on purpose: with vectors
   * it was 4 % faster, but made C2 box the vectors of the longer loops around it.
   *
   * @param used how many elements were added
   */
  final float fold(float[] chains, int at, int used) {
    for (int half = LANES / 2; half >= 1; half >>= 1) {
      if (half < used) {
        for (int i = at; i < at + half; i++) {
          chains[i] += chains[i + half];
        }
      }
    }
    return chains[at];
  }

  /** Returns the largest element; NaN if there is one. */
  float max(float[] x, int at, int n) {
    float m = Float.NEGATIVE_INFINITY;
    for (int i = at; i < at + n; i++) {
      m = Math.max(m, x[i]);
    }
    return m;
  }

  /** Adds x to the chains. */
  void addSum(float[] x, int at, int n, float[] chains) {
    for (int i = 0; i < n; i++) {
      chains[i % LANES] += x[at + i];
    }
  }

  /** Adds x·y to the chains. */
  void addDot(float[] x, int xAt, float[] y, int yAt, int n, float[] chains) {
    for (int i = 0; i < n; i++) {
      int c = i % LANES;
      chains[c] = Math.fma(x[xAt + i], y[yAt + i], chains[c]);
    }
  }

  /** With d = x − c: adds d to the first chains and d² to the second. */
  void addCentred(float[] x, int at, int n, float c, float[] chains) {
    for (int i = 0; i < n; i++) {
      int k = i % LANES;
      float d = x[at + i] - c;
      chains[k] += d;
      chains[LANES + k] = Math.fma(d, d, chains[LANES + k]);
    }
  }

  /** Adds y to the first chains and y·(x − c) to the second. */
  void addCentredDot(float[] x, int xAt, float[] y, int yAt, int n, float c, float[] chains) {
    for (int i = 0; i < n; i++) {
      int k = i % LANES;
      chains[k] += y[yAt + i];
      chains[LANES + k] = Math.fma(y[yAt + i], x[xAt + i] - c, chains[LANES + k]);
    }
  }

  /**
   * Adds e to the chains where x is not c.
   *
   * @return how many x are equal to c
   */
  int addBelow(float[] x, int xAt, int n, float c, float[] e, int eAt, float[] chains) {
    int equal = 0;
    for (int i = 0; i < n; i++) {
      boolean top = x[xAt + i] == c;
      equal += top ? 1 : 0;
      chains[i % LANES] += top ? 0f : e[eAt + i];
    }
    return equal;
  }
}
