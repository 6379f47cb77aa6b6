package org.adjoint.kernels.ptx;

/** The float types of fewer than 32 bits: half, brain float and the tensor cores' tf32. */
final class Halves {
  private Halves() {}

  /** Rounds to single: to nearest, ties to even, or towards zero. */
  static float toFloat(double x, boolean towardsZero) {
    float f = (float) x;
    if (towardsZero && Math.abs((double) f) > Math.abs(x)) {
      return f > 0 ? Math.nextDown(f) : Math.nextUp(f);
    }
    return f;
  }

  /** Returns the bits of a value rounded, once, to a type. */
  static int narrow(PtxType type, double x, boolean towardsZero) {
    return switch (type) {
      case F16 -> half(x, towardsZero);
      case BF16 -> truncated(x, 16, towardsZero) >>> 16;
      default -> truncated(x, 13, towardsZero);
    };
  }

  /** Returns the bits of a value rounded, once, to the nearest tf32, ties away from zero. */
  static int tiesAway(double x) {
    int bits = Float.floatToRawIntBits(odd(x));
    int half = 1 << 12;
    boolean finite = (bits & 0x7F800000) != 0x7F800000;
    return finite ? bits + half & -(2 * half) : narrow(PtxType.TF32, x, false);
  }

  /** Returns the value of the bits of a type. */
  static float value(PtxType type, int bits) {
    return switch (type) {
      case F16 -> Float.float16ToFloat((short) bits);
      case BF16 -> Float.intBitsToFloat(bits << 16);
      default -> Float.intBitsToFloat(bits & ~0x1FFF); // TF32: the low bits do not count.
    };
  }

  /**
   * Rounds to a single whose last bits are zero. The detour over a single that is rounded to odd
   * keeps what lies below it, so that the second rounding is the only one.
   */
  private static int truncated(double x, int drop, boolean towardsZero) {
    if (Double.isNaN(x)) {
      return 0x7FFFFFFF & -(1 << drop);
    }
    int bits = Float.floatToRawIntBits(odd(x));
    int low = (1 << drop) - 1;
    if (towardsZero || (bits & 0x7F800000) == 0x7F800000) {
      return bits & ~low;
    }
    return (bits + (low >>> 1) + (bits >>> drop & 1)) & ~low;
  }

  private static int half(double x, boolean towardsZero) {
    if (towardsZero) {
      float f = odd(x);
      short nearest = Float.floatToFloat16(f);
      float back = Float.float16ToFloat(nearest);
      return (Math.abs(back) > Math.abs(f) && !Float.isInfinite(f) ? nearest - 1 : nearest)
          & 0xFFFF;
    }
    return Float.isNaN((float) x) ? 0x7FFF : Float.floatToFloat16(odd(x)) & 0xFFFF;
  }

  /** Rounds to single, to the neighbour with an odd last bit if the value lies between two. */
  private static float odd(double x) {
    float zero = toFloat(x, true);
    if (zero == x || Float.isInfinite(zero)) {
      return zero;
    }
    return Float.intBitsToFloat(Float.floatToRawIntBits(zero) | 1);
  }
}
