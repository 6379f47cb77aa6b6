package org.adjoint.kernels;

import static org.adjoint.kernels.RecipeConstants.*;

/**
 * sin, cos and arctan. sin and cos: x = q·π/2 + r with |r| ≤ π/4, then a polynomial in r that the
 * quadrant q chooses. Up to 2¹⁶ the reduction subtracts q·π/2 in three parts by fma (Cody and
 * Waite, 1980); above, x is multiplied by those bits of 2/π that matter (Payne and Hanek, 1983).
 */
public final class TrigRecipes {
  /** 2/π = 0.a2f9836e…₁₆, the first 256 bits after 32 zeros. */
  private static final int[] TWO_OVER_PI_BITS = {
    0,
    0xa2f9836e,
    0x4e441529,
    0xfc2757d1,
    0xf534ddc0,
    0xdb629599,
    0x3c439041,
    0xfe5163ab,
    0xdebbc561
  };

  private TrigRecipes() {}

  /** sin r for even quadrants, cos r for odd, negated in quadrants 2 and 3. */
  static float ofReduced(float r, int quadrant) {
    float t = r * r;
    float s = Math.fma(SIN2, t, SIN1);
    s = Math.fma(s, t, SIN0);
    s = Math.fma(s, t * r, r);
    float c = Math.fma(COS2, t, COS1);
    c = Math.fma(c, t, COS0);
    c = Math.fma(c, t * t, Math.fma(t, -0.5f, 1f));
    float y = (quadrant & 1) == 0 ? s : c;
    return Float.intBitsToFloat(Float.floatToRawIntBits(y) ^ ((quadrant & 2) << 30));
  }

  /** sin(x + shift·π/2). */
  static float sinOrCos(float x, int shift) {
    if (!(Math.abs(x) <= TRIG_MAX)) {
      return ofHuge(x, shift);
    }
    float t = Math.fma(x, TWO_OVER_PI, ROUNDER);
    float n = t - ROUNDER;
    float r = Math.fma(n, -HALF_PI_1, x);
    r = Math.fma(n, -HALF_PI_2, r);
    r = Math.fma(n, -HALF_PI_3, r);
    return ofReduced(r, (Float.floatToRawIntBits(t) - ROUNDER_BITS + shift) & 3);
  }

  /**
   * sin(x + shift·π/2) for |x| &gt; 2¹⁶, NaN for infinities and NaN.
   *
   * @param x the angle
   * @param shift 0 for the sine, 1 for the cosine
   */
  public static float ofHuge(float x, int shift) {
    if (!(Math.abs(x) < Float.POSITIVE_INFINITY)) {
      return Float.NaN;
    }
    int bits = Float.floatToRawIntBits(x) & 0x7FFFFFFF;
    long m = (bits & 0x007FFFFF) | 0x00800000;
    // |x| = m·2^(e−150); bits of 2/π above 2^(152−e) would only add whole turns
    int start = (bits >>> 23) - 152 + 32;
    int word = start >>> 5;
    int shiftBits = start & 31;
    long w2 = window(word, shiftBits);
    long w1 = window(word + 1, shiftBits);
    long w0 = window(word + 2, shiftBits);
    long product = ((m * w2) << 32) + m * w1 + ((m * w0) >>> 32);
    int quadrant = (int) (product >>> 62);
    long fraction = product << 2;
    // a fraction of a half or more belongs to the next quadrant, as a negative rest
    quadrant += fraction < 0 ? 1 : 0;
    float r = (float) fraction * 0x1.0p-64f * HALF_PI_1;
    return x < 0f ? ofReduced(-r, (-quadrant + shift) & 3) : ofReduced(r, (quadrant + shift) & 3);
  }

  /**
   * arctan x = t + t³·P(t²) with t = |x| up to 1, and π/2 + the same with t = −1/|x| above; the
   * sign of x.
   */
  static float atan(float x) {
    float a = Math.abs(x);
    boolean far = a > 1f;
    float t = far ? -1f / a : a;
    float s = t * t;
    float p = Math.fma(ATAN8, s, ATAN7);
    p = Math.fma(p, s, ATAN6);
    p = Math.fma(p, s, ATAN5);
    p = Math.fma(p, s, ATAN4);
    p = Math.fma(p, s, ATAN3);
    p = Math.fma(p, s, ATAN2);
    p = Math.fma(p, s, ATAN1);
    p = Math.fma(p, s, ATAN0);
    float y = Math.fma(p, s * t, t);
    return Recipes.copySign(far ? y + HALF_PI_1 : y, x);
  }

  private static long window(int word, int shift) {
    long pair =
        (TWO_OVER_PI_BITS[word] & 0xFFFFFFFFL) << 32 | (TWO_OVER_PI_BITS[word + 1] & 0xFFFFFFFFL);
    return (pair << shift) >>> 32;
  }

  /** sin(π/2·(turn·2⁻³⁰ + shift)), the angle being exact in quarter turns. */
  static float ofTurn(int turn, int shift) {
    float fraction = (((turn << 2) >>> 8) - 0x800000 + 0.5f) * 0x1.0p-24f;
    // the quadrant runs from −π/4 to π/4 around its middle, which is a shift of the whole circle
    return ofReduced(fraction * HALF_PI_1, ((turn >>> 30) + shift) & 3);
  }
}
