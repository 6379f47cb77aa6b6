package org.adjoint.kernels.ptx;

import java.util.Map;

/**
 * The approximate instructions of single precision. PTX documents by how much their results may be
 * off, and each generation of GPUs is off in its own way; so the simulator, too, is off: by a share
 * of that bound which looks random but depends on the operands alone. A kernel that passes here
 * does not need what no GPU promises. Zeros, infinities and NaN are as documented.
 */
final class Approximations {
  /**
   * By how much a result may be off.
   *
   * @param relative as a share of the result
   * @param absolute at least by this, where that is what is documented
   */
  record Bound(double relative, double absolute) {
    /** Returns what a result of this size may be off by. */
    double of(double result) {
      return Math.max(relative * Math.abs(result), absolute);
    }
  }

  /** By opcode (PTX ISA, "Floating Point Instructions"). */
  static final Map<String, Bound> BOUNDS =
      Map.of(
          "rcp", new Bound(0x1p-23, 0),
          "sqrt", new Bound(0x1p-23, 0),
          "rsqrt", new Bound(1.7e-7, 0), // 2^-22.5
          "div", new Bound(0x1p-22, 0), // 2 ulp at most
          "ex2", new Bound(0x1p-22, 0),
          "lg2", new Bound(0x1p-22, 0x1p-22),
          "sin", new Bound(0, 0x1p-21),
          "cos", new Bound(0, 0x1p-21),
          "tanh", new Bound(0x1p-11, 0));

  private Approximations() {}

  /** Returns an approximate form of what is computed exactly. */
  static FloatOps.Body of(String opcode, FloatOps.Body exact) {
    Bound bound = BOUNDS.get(opcode);
    if (bound == null) {
      return exact;
    }
    return (d, a, b, c) -> {
      float[] x = a.clone();
      float[] y = b.clone();
      exact.apply(d, a, b, c);
      for (int i = 0; i < d.length; i++) {
        d[i] = off(d[i], bound, Float.floatToRawIntBits(x[i]), Float.floatToRawIntBits(y[i]));
      }
    };
  }

  private static float off(float exact, Bound bound, int x, int y) {
    if (exact == 0 || !Float.isFinite(exact) || Math.abs(exact) < Float.MIN_NORMAL) {
      return exact;
    }
    int hash = (x * 0x9E3779B1 ^ y * 0x85EBCA77) * 0xC2B2AE3D;
    hash ^= hash >>> 15;
    // The exact result is rounded, and so is this: half a unit each is left for that.
    double room = bound.of(exact) - Math.ulp(exact);
    float result = (float) (exact + room * (hash * 0x1p-31));
    return Float.isFinite(result) ? result : exact;
  }
}
