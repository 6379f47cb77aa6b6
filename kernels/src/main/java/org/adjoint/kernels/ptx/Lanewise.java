package org.adjoint.kernels.ptx;

/**
 * The instructions that compute each lane from registers of that lane. A body computes all 32 lanes
 * into an array, in a plain loop that the JIT compiler can turn into vector code; under a partial
 * mask the array is scratch and the active lanes are copied.
 */
final class Lanewise {
  private Lanewise() {}

  /** Computes 32 integers. */
  interface IntResult {
    void apply(Warp w, int[] d);
  }

  /** Computes 32 longs. */
  interface LongResult {
    void apply(Warp w, long[] d);
  }

  /** Computes 32 singles. */
  interface FloatResult {
    void apply(Warp w, float[] d);
  }

  /** Computes 32 doubles. */
  interface DoubleResult {
    void apply(Warp w, double[] d);
  }

  /** Computes 32 bits of a predicate. */
  interface PredicateResult {
    int apply(Warp w);
  }

  static final class ToInt extends Instruction {
    private final int slot;
    private final IntResult body;

    ToInt(int slot, IntResult body) {
      this.slot = slot;
      this.body = body;
    }

    @Override
    void run(Warp w, int mask) {
      int[] d = w.ints[slot];
      if (mask == ALL) {
        body.apply(w, d);
        return;
      }
      int[] t = w.intScratch;
      body.apply(w, t);
      for (int i = 0; i < LANES; i++) {
        d[i] = (mask >>> i & 1) != 0 ? t[i] : d[i];
      }
    }
  }

  static final class ToLong extends Instruction {
    private final int slot;
    private final LongResult body;

    ToLong(int slot, LongResult body) {
      this.slot = slot;
      this.body = body;
    }

    @Override
    void run(Warp w, int mask) {
      long[] d = w.longs[slot];
      if (mask == ALL) {
        body.apply(w, d);
        return;
      }
      long[] t = w.longScratch;
      body.apply(w, t);
      for (int i = 0; i < LANES; i++) {
        d[i] = (mask >>> i & 1) != 0 ? t[i] : d[i];
      }
    }
  }

  static final class ToFloat extends Instruction {
    private final int slot;
    private final FloatResult body;

    ToFloat(int slot, FloatResult body) {
      this.slot = slot;
      this.body = body;
    }

    @Override
    void run(Warp w, int mask) {
      float[] d = w.floats[slot];
      if (mask == ALL) {
        body.apply(w, d);
        return;
      }
      float[] t = w.floatScratch;
      body.apply(w, t);
      for (int i = 0; i < LANES; i++) {
        d[i] = (mask >>> i & 1) != 0 ? t[i] : d[i];
      }
    }
  }

  static final class ToDouble extends Instruction {
    private final int slot;
    private final DoubleResult body;

    ToDouble(int slot, DoubleResult body) {
      this.slot = slot;
      this.body = body;
    }

    @Override
    void run(Warp w, int mask) {
      double[] d = w.doubles[slot];
      if (mask == ALL) {
        body.apply(w, d);
        return;
      }
      double[] t = w.doubleScratch;
      body.apply(w, t);
      for (int i = 0; i < LANES; i++) {
        d[i] = (mask >>> i & 1) != 0 ? t[i] : d[i];
      }
    }
  }

  static final class ToPredicate extends Instruction {
    private final int slot;
    private final PredicateResult body;

    ToPredicate(int slot, PredicateResult body) {
      this.slot = slot;
      this.body = body;
    }

    @Override
    void run(Warp w, int mask) {
      w.preds[slot] = (w.preds[slot] & ~mask) | (body.apply(w) & mask);
    }
  }
}
