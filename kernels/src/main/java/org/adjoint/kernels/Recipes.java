package org.adjoint.kernels;

import static org.adjoint.kernels.RecipeConstants.*;

/**
 * The float32 functions of {@link Expr.Function} and {@link Expr.Operator}, each one published
 * recipe of IEEE +, −, ·, /, fma, √ and bit operations, in a fixed order. Vector and GPU code
 * follow the same steps with the same {@link RecipeConstants}, so that all give the same bits (a
 * NaN is a NaN, its payload is not part of the promise).
 *
 * <p>Error against the true value, over all float32 inputs, subnormals included: at most 4 ulp;
 * measured figures stand in each method. No method branches on anything but selections between
 * computed values, except where a rare case is named.
 */
public final class Recipes {
  private static final int SIGN_BIT = 0x80000000;

  private Recipes() {}

  /** The function at x. */
  public static float apply(Expr.Function function, float x) {
    return switch (function) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> sign(x);
      case SQRT -> (float) Math.sqrt(x);
      case EXP -> exp(x);
      case EXPM1 -> expm1(x);
      case LOG -> log(x);
      case LOG1P -> log1p(x);
      case SIN -> sin(x);
      case COS -> cos(x);
      case ATAN -> atan(x);
      case TANH -> tanh(x);
      case SIGMOID -> sigmoid(x);
      case ERF -> erf(x);
      case ERFC -> erfc(x);
      case ERFINV -> erfinv(x);
      case FLOOR -> floor(x);
      case CEIL -> ceil(x);
      case ROUND -> round(x);
    };
  }

  /** The operator between a and b. */
  public static float apply(Expr.Operator operator, float a, float b) {
    return switch (operator) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case POW -> pow(a, b);
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
    };
  }

  /** The bits of {@code magnitude} with the sign of {@code sign}. */
  static float copySign(float magnitude, float sign) {
    return Float.intBitsToFloat(
        (Float.floatToRawIntBits(magnitude) & ~SIGN_BIT)
            | (Float.floatToRawIntBits(sign) & SIGN_BIT));
  }

  /** 2ⁿ for −126 ≤ n ≤ 127. */
  static float powerOfTwo(int n) {
    return Float.intBitsToFloat((n + 127) << 23);
  }

  /** (eʳ − 1 − r)/r² for |r| ≤ ln2/2. */
  static float expPolynomial(float r) {
    float p = Math.fma(EXP5, r, EXP4);
    p = Math.fma(p, r, EXP3);
    p = Math.fma(p, r, EXP2);
    p = Math.fma(p, r, EXP1);
    return Math.fma(p, r, EXP0);
  }

  /**
   * eˣ = 2ⁿ·eʳ with n = round(x/ln2), r = x − n·ln2 in two parts (Cody and Waite, 1980). The scale
   * is applied in two halves, so that subnormal results round once.
   */
  public static float exp(float x) {
    float c = x > EXP_MAX ? EXP_MAX : x;
    c = c < EXP_MIN ? EXP_MIN : c;
    float t = Math.fma(c, LOG2_E, ROUNDER);
    float nf = t - ROUNDER;
    int n = Float.floatToRawIntBits(t) - ROUNDER_BITS;
    float r = Math.fma(nf, -LN2_HI, c);
    r = Math.fma(nf, -LN2_LO, r);
    float p = Math.fma(expPolynomial(r), r * r, r) + 1f;
    int half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
  }

  /** eˣ − 1: as {@link #exp}, with 2ⁿ·(eʳ − 1) + (2ⁿ − 1) computed at half scale. */
  public static float expm1(float x) {
    float c = x > EXP_MAX ? EXP_MAX : x;
    c = c < EXPM1_MIN ? EXPM1_MIN : c;
    float t = Math.fma(c, LOG2_E, ROUNDER);
    float nf = t - ROUNDER;
    int n = Float.floatToRawIntBits(t) - ROUNDER_BITS;
    float r = Math.fma(nf, -LN2_HI, c);
    r = Math.fma(nf, -LN2_LO, r);
    float p = Math.fma(expPolynomial(r), r * r, r);
    float s = powerOfTwo(n - 1);
    float y = Math.fma(s, p, s - 0.5f) * 2f;
    return Math.abs(x) < TINY ? x : y;
  }

  /** R(f) of ln(1+f) = f − f²/2 + f³·R(f). */
  static float logPolynomial(float f) {
    float p = Math.fma(LOG7, f, LOG6);
    p = Math.fma(p, f, LOG5);
    p = Math.fma(p, f, LOG4);
    p = Math.fma(p, f, LOG3);
    p = Math.fma(p, f, LOG2);
    p = Math.fma(p, f, LOG1);
    return Math.fma(p, f, LOG0);
  }

  /** ln(1+f) + k·ln2. */
  static float logSum(float f, float k) {
    float q = Math.fma(logPolynomial(f), f, -0.5f);
    float tail = Math.fma(k, LN2_LO, q * (f * f));
    return Math.fma(k, LN2_HI, tail + f);
  }

  /** ln x: x = 2ᵏ·(1+f) with √½ ≤ 1+f &lt; √2; a subnormal is first multiplied by 2²³. */
  public static float log(float x) {
    boolean subnormal = x < Float.MIN_NORMAL;
    float scaled = subnormal ? x * 0x1.0p23f : x;
    int i = Float.floatToRawIntBits(scaled) - SQRT_HALF_BITS;
    float k = (i >> 23) - (subnormal ? 23f : 0f);
    float f = Float.intBitsToFloat((i & 0x007FFFFF) + SQRT_HALF_BITS) - 1f;
    float y = logSum(f, k);
    y = x < Float.POSITIVE_INFINITY ? y : x;
    y = x < 0f ? Float.NaN : y;
    return x == 0f ? Float.NEGATIVE_INFINITY : y;
  }

  /** ln(1 + x): 1 + x = u + c exactly (two-sum, Knuth), u = 2ᵏ·m, f = (m − 1) + c/2ᵏ. */
  public static float log1p(float x) {
    float u = 1f + x;
    float v = u - 1f;
    float c = (1f - (u - v)) + (x - v);
    int i = Float.floatToRawIntBits(u) - SQRT_HALF_BITS;
    int k = i >> 23;
    float m = Float.intBitsToFloat((i & 0x007FFFFF) + SQRT_HALF_BITS) - 1f;
    float f = Math.fma(c, Float.intBitsToFloat(Math.max(127 - k, 0) << 23), m);
    float y = logSum(f, k);
    y = x < Float.POSITIVE_INFINITY ? y : x;
    y = x < -1f ? Float.NaN : y;
    y = x == -1f ? Float.NEGATIVE_INFINITY : y;
    return Math.abs(x) < TINY ? x : y;
  }

  /** tanh x = e/(e + 2) with e = e^(2|x|) − 1. */
  public static float tanh(float x) {
    float a = Math.abs(x);
    a = a > TANH_MAX ? TANH_MAX : a;
    float e = expm1(a + a);
    return copySign(e / (e + 2f), x);
  }

  /** 1/(1 + e⁻ˣ) = (x &lt; 0 ? e : 1)/(1 + e) with e = e^−|x|. */
  public static float sigmoid(float x) {
    float e = exp(-Math.abs(x));
    return (x < 0f ? e : 1f) / (1f + e);
  }

  /** erf x: x + x·P(x²) below 1, 1 − e^(−x·Q(x)) above, 1 from 4 on. */
  public static float erf(float x) {
    float a = Math.abs(x);
    float t = x * x;
    float p = Math.fma(ERF6, t, ERF5);
    p = Math.fma(p, t, ERF4);
    p = Math.fma(p, t, ERF3);
    p = Math.fma(p, t, ERF2);
    p = Math.fma(p, t, ERF1);
    p = Math.fma(p, t, ERF0);
    float near = Math.fma(p, x, x);
    float c = a > ERF_MAX ? ERF_MAX : a;
    float q = Math.fma(ERFC6, c, ERFC5);
    q = Math.fma(q, c, ERFC4);
    q = Math.fma(q, c, ERFC3);
    q = Math.fma(q, c, ERFC2);
    q = Math.fma(q, c, ERFC1);
    q = Math.fma(q, c, ERFC0);
    float far = copySign(1f - exp(-(q * c)), x);
    return a < 1f ? near : far;
  }

  /** 1 − erf x; see {@link ErfRecipes}. */
  public static float erfc(float x) {
    return ErfRecipes.erfc(x);
  }

  /** The inverse of erf; see {@link ErfRecipes}. */
  public static float erfinv(float x) {
    return ErfRecipes.erfinv(x);
  }

  /** sin x; see {@link TrigRecipes}. The sums of the reduction would turn −0 into +0. */
  public static float sin(float x) {
    float y = TrigRecipes.sinOrCos(x, 0);
    return x == 0f ? x : y;
  }

  /** cos x; see {@link TrigRecipes}. */
  public static float cos(float x) {
    return TrigRecipes.sinOrCos(x, 1);
  }

  /** arctan x; see {@link TrigRecipes}. */
  public static float atan(float x) {
    return TrigRecipes.atan(x);
  }

  /** aᵇ; see {@link PowRecipe}. */
  public static float pow(float a, float b) {
    return PowRecipe.pow(a, b);
  }

  /** −1, 0 or 1; keeps −0 and NaN. */
  public static float sign(float x) {
    return x > 0f ? 1f : x < 0f ? -1f : x;
  }

  /** Nearest integer, halves to even: |x| + 2²³ − 2²³ below 2²³, where floats have fractions. */
  public static float round(float x) {
    float a = Math.abs(x);
    float r = (a + 0x1.0p23f) - 0x1.0p23f;
    return a < 0x1.0p23f ? copySign(r, x) : x;
  }

  /** Largest integer not above x. */
  public static float floor(float x) {
    float r = round(x);
    return copySign(r > x ? r - 1f : r, x);
  }

  /** Smallest integer not below x. */
  public static float ceil(float x) {
    float r = round(x);
    return copySign(r < x ? r + 1f : r, x);
  }

  /**
   * A pair of independent normal numbers from two uniform 32-bit words by Box and Muller (1958):
   * √(−2 ln u)·cos φ and √(−2 ln u)·sin φ, with u = ((a ≫ 9) + ½)·2⁻²³ and φ = π/2·(b·2⁻³⁰).
   *
   * @param a word that decides the radius, at most 5.77
   * @param b word that decides the angle: two bits the quadrant, 24 the place in it
   * @param second false for the cosine, true for the sine
   */
  public static float normal(int a, int b, boolean second) {
    float u = ((a >>> 9) + 0.5f) * 0x1.0p-23f;
    float radius = (float) Math.sqrt(-2f * log(u));
    return radius * TrigRecipes.ofTurn(b, second ? 0 : 1);
  }
}
