package org.adjoint.cpu;

import java.util.Arrays;

/** Two sums at once: their chains, and the totals in double. */
final class NormSums {
  /** After so many elements the chains are folded. */
  static final int CHUNK = 16384;

  private static final int LANES = FloatRows.LANES;

  private static final ThreadLocal<NormSums> CURRENT = ThreadLocal.withInitial(NormSums::new);

  final float[] chains = FloatRows.chains();
  double first;
  double second;
  private int pending;

  static NormSums current() {
    return CURRENT.get();
  }

  void clear() {
    first = 0;
    second = 0;
    Arrays.fill(chains, 0f);
    pending = 0;
  }

  void added(int count, FloatRows rows) {
    pending += count;
    if (pending >= CHUNK) {
      flush(rows);
    }
  }

  void flush(FloatRows rows) {
    first += rows.fold(chains, 0, LANES);
    second += rows.fold(chains, LANES, LANES);
    Arrays.fill(chains, 0f);
    pending = 0;
  }
}
