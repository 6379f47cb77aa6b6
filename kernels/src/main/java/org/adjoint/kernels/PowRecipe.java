package org.adjoint.kernels;

import static org.adjoint.kernels.RecipeConstants.*;

/**
 * aᵇ = e^(b·ln a), with ln a and the product carried as sums of two floats (hi + lo). The logarithm
 * is 2·artanh(s), s = f/(2+f), on the mantissa 1+f, good to about 2⁻³⁴.
 */
public final class PowRecipe {
  private PowRecipe() {}

  /** aᵇ with the special cases of C99: those of {@link Math#pow}, but 1 to any power is 1. */
  static float pow(float a, float b) {
    if (b == 0f || a == 1f) {
      return 1f;
    }
    if (a != a || b != b) {
      return Float.NaN;
    }
    float m = Math.abs(a);
    if (Math.abs(b) == Float.POSITIVE_INFINITY) {
      return m == 1f ? 1f : (m > 1f) == (b > 0f) ? Float.POSITIVE_INFINITY : 0f;
    }
    boolean odd = isOdd(b);
    float y;
    if (m == 0f || m == Float.POSITIVE_INFINITY) {
      y = (m == 0f) == (b > 0f) ? 0f : Float.POSITIVE_INFINITY;
    } else if (a < 0f && Recipes.round(b) != b) {
      return Float.NaN;
    } else {
      y = positive(m, b);
    }
    return odd ? Recipes.copySign(y, a) : y;
  }

  /** Whether b is an odd integer: b/2 is none, b is. */
  static boolean isOdd(float b) {
    float half = b * 0.5f;
    return Recipes.round(b) == b && Recipes.round(half) != half;
  }

  /** aᵇ for finite a &gt; 0 and finite b. */
  static float positive(float a, float b) {
    boolean subnormal = a < Float.MIN_NORMAL;
    float scaled = subnormal ? a * 0x1.0p23f : a;
    int i = Float.floatToRawIntBits(scaled) - SQRT_HALF_BITS;
    float k = (i >> 23) - (subnormal ? 23f : 0f);
    float f = Float.intBitsToFloat((i & 0x007FFFFF) + SQRT_HALF_BITS) - 1f;

    // s = f/(2+f) as sh + sl
    float dh = f + 2f;
    float dl = f - (dh - 2f);
    float sh = f / dh;
    float sl = Math.fma(-sh, dl, Math.fma(-sh, dh, f)) / dh;
    // t = s²
    float th = sh * sh;
    float tl = Math.fma(sh + sh, sl, Math.fma(sh, sh, -th));
    // y = t·(2/3 + t·Q(t))
    float z = Math.fma(Math.fma(ATANH2, th, ATANH1), th, ATANH0) * th;
    float ph = ATANH_HI + z;
    float pl = (ATANH_HI - ph) + z + ATANH_LO;
    float yh = ph * th;
    float yl = Math.fma(pl, th, Math.fma(ph, tl, Math.fma(ph, th, -yh)));
    // ln(1+f) = 2s + s·y
    float vh = sh * yh;
    float vl = Math.fma(sl, yh, Math.fma(sh, yl, Math.fma(sh, yh, -vh)));
    float lh = sh + sh + vh;
    float ll = (sh + sh - lh) + vh + (sl + sl + vl);
    // + k·ln2
    float kh = k * LN2_HI;
    float kl = Math.fma(k, LN2_LO, Math.fma(k, LN2_HI, -kh));
    float h = kh + lh;
    float back = h - kh;
    float l = (kh - (h - back)) + (lh - back) + (kl + ll);

    float c = b * h;
    float rest = Math.fma(b, l, Math.fma(b, h, -c));
    boolean inRange = c > EXP_MIN && c < EXP_MAX;
    rest = inRange ? rest : 0f;
    c = c > EXP_MAX ? EXP_MAX : c;
    c = c < EXP_MIN ? EXP_MIN : c;
    float t = Math.fma(c, LOG2_E, ROUNDER);
    float nf = t - ROUNDER;
    int n = Float.floatToRawIntBits(t) - ROUNDER_BITS;
    float r = Math.fma(nf, -LN2_HI, c);
    r = Math.fma(nf, -LN2_LO, r) + rest;
    float p = Math.fma(Recipes.expPolynomial(r), r * r, r) + 1f;
    int half = n >> 1;
    return p * Recipes.powerOfTwo(half) * Recipes.powerOfTwo(n - half);
  }
}
