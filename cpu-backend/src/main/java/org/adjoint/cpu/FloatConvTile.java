package org.adjoint.cpu;

/**
 * The innermost step of the gradient by weight: sums over pixels for a tile of {@link #rows}
 * channels of dy and {@value #TAPS} taps,
 *
 * <pre>{@code
 * sums[r, t, p mod 16] = fma chain over p of dy[r, p] · column[t, p]
 * }</pre>
 *
 * <p>Both operands run along pixels, so nothing is packed; 16 chains an element, whatever the width
 * of vectors, are folded at the end.
 */
abstract class FloatConvTile {
  /** Taps of a tile. */
  static final int TAPS = 4;

  /** Chains of a sum. */
  static final int CHAINS = 16;

  /** Channels of a tile. */
  final int rows;

  FloatConvTile(int rows) {
    this.rows = rows;
  }

  /** Returns the best tile here. */
  static FloatConvTile best() {
    return VectorModule.isUsable() ? new FloatConvVectorTile() : new Plain();
  }

  /**
   * Adds to the sums of a tile: step i takes 16 pixels of row r at {@code aRows[r] + aSteps[i]} and
   * of tap t at {@code bRows[t] + bSteps[i]}.
   *
   * @param sums {@link #rows} × {@value #TAPS} × {@value #CHAINS} chains from {@code sumsAt}
   */
  abstract void run(
      int steps,
      float[] a,
      int[] aRows,
      int[] aSteps,
      float[] b,
      int[] bRows,
      int[] bSteps,
      float[] sums,
      int sumsAt);

  /** Folds the chains of a sum in halves. */
  static float fold(float[] sums, int at) {
    for (int half = CHAINS / 2; half >= 1; half >>= 1) {
      for (int i = 0; i < half; i++) {
        sums[at + i] += sums[at + i + half];
      }
    }
    return sums[at];
  }

  /** The tile in plain Java. */
  static final class Plain extends FloatConvTile {
    Plain() {
      super(6);
    }

    @Override
    void run(
        int steps,
        float[] a,
        int[] aRows,
        int[] aSteps,
        float[] b,
        int[] bRows,
        int[] bSteps,
        float[] sums,
        int sumsAt) {
      for (int i = 0; i < steps; i++) {
        for (int r = 0; r < rows; r++) {
          for (int t = 0; t < TAPS; t++) {
            add(
                a,
                aRows[r] + aSteps[i],
                b,
                bRows[t] + bSteps[i],
                sums,
                sumsAt + (r * TAPS + t) * CHAINS);
          }
        }
      }
    }

    private static void add(float[] a, int aAt, float[] b, int bAt, float[] sums, int at) {
      for (int i = 0; i < CHAINS; i++) {
        sums[at + i] = Math.fma(a[aAt + i], b[bAt + i], sums[at + i]);
      }
    }
  }
}
