package org.adjoint.kernels;

/**
 * The coefficients of the float32 recipes of {@link Recipes}, shared by scalar code, vector code
 * and GPU code so that all give the same bits. Polynomials are our own minimax fits (Remez exchange
 * in 40 digits), rounded to float32; coefficient {@code …k} belongs to the power k.
 */
public final class RecipeConstants {
  /** 1.5·2²³: adding and subtracting it rounds |x| &lt; 2²² to the nearest integer. */
  public static final float ROUNDER = 0x1.8p23f;

  /** The bits of {@link #ROUNDER}: bits(x + ROUNDER) − ROUNDER_BITS is that integer. */
  public static final int ROUNDER_BITS = 0x4B400000;

  /** Above it e^x is infinite. */
  public static final float EXP_MAX = 89f;

  /** Below it e^x is 0. */
  public static final float EXP_MIN = -104f;

  /** Below it e^x − 1 is −1. */
  public static final float EXPM1_MIN = -30f;

  /** Above it tanh x is 1. */
  public static final float TANH_MAX = 10f;

  /** Below it e^x − 1, ln(1 + x) and x are the same float. */
  public static final float TINY = 0x1.0p-26f;

  /** 1/ln 2. */
  public static final float LOG2_E = 0x1.715476p0f;

  /** ln 2, rounded. */
  public static final float LN2_HI = 0x1.62e43p-1f;

  /** ln 2 − LN2_HI. */
  public static final float LN2_LO = -0x1.05c61p-29f;

  /** (eʳ − 1 − r)/r² on |r| ≤ ln2/2; relative error of eʳ − 1: 2⁻³¹·⁸. */
  public static final float EXP0 = 0x1.0p-1f;

  /** See {@link #EXP0}. */
  public static final float EXP1 = 0x1.555556p-3f;

  /** See {@link #EXP0}. */
  public static final float EXP2 = 0x1.55549ep-5f;

  /** See {@link #EXP0}. */
  public static final float EXP3 = 0x1.11101ep-7f;

  /** See {@link #EXP0}. */
  public static final float EXP4 = 0x1.6d8398p-10f;

  /** See {@link #EXP0}. */
  public static final float EXP5 = 0x1.a2a39cp-13f;

  /** The bits of √½: the mantissa of ln is taken in [√½, √2). */
  public static final int SQRT_HALF_BITS = 0x3F3504F3;

  /** (ln(1+f) − f + f²/2)/f³ on √½ ≤ 1+f ≤ √2; relative error of ln: 2⁻²⁷·⁴. */
  public static final float LOG0 = 0x1.555554p-2f;

  /** See {@link #LOG0}. */
  public static final float LOG1 = -0x1.000226p-2f;

  /** See {@link #LOG0}. */
  public static final float LOG2 = 0x1.99a008p-3f;

  /** See {@link #LOG0}. */
  public static final float LOG3 = -0x1.547244p-3f;

  /** See {@link #LOG0}. */
  public static final float LOG4 = 0x1.22da1cp-3f;

  /** See {@link #LOG0}. */
  public static final float LOG5 = -0x1.0d854p-3f;

  /** See {@link #LOG0}. */
  public static final float LOG6 = 0x1.055b6ep-3f;

  /** See {@link #LOG0}. */
  public static final float LOG7 = -0x1.38b59p-4f;

  /** Up to it sin and cos reduce by three parts of π/2; above by 256 bits of 2/π. */
  public static final float TRIG_MAX = 65536f;

  /** 2/π. */
  public static final float TWO_OVER_PI = 0x1.45f306p-1f;

  /** π/2, rounded. */
  public static final float HALF_PI_1 = 0x1.921fb6p0f;

  /** π/2 − HALF_PI_1, rounded. */
  public static final float HALF_PI_2 = -0x1.777a5cp-25f;

  /** π/2 − HALF_PI_1 − HALF_PI_2, rounded. */
  public static final float HALF_PI_3 = -0x1.ee59dap-50f;

  /** (sin r − r)/r³ over r², |r| ≤ 1.02·π/4; relative error of sin: 2⁻²⁷·⁷. */
  public static final float SIN0 = -0x1.555544p-3f;

  /** See {@link #SIN0}. */
  public static final float SIN1 = 0x1.11066ap-7f;

  /** See {@link #SIN0}. */
  public static final float SIN2 = -0x1.98fd4ap-13f;

  /** (cos r − 1 + r²/2)/r⁴ over r², |r| ≤ 1.02·π/4; relative error of cos: 2⁻³²·⁷. */
  public static final float COS0 = 0x1.555548p-5f;

  /** See {@link #COS0}. */
  public static final float COS1 = -0x1.6c0b52p-10f;

  /** See {@link #COS0}. */
  public static final float COS2 = 0x1.99ab1p-16f;

  /** (arctan t − t)/t³ over t², 0 ≤ t ≤ 1; relative error of arctan: 2⁻²⁷·⁰. */
  public static final float ATAN0 = -0x1.55553ep-2f;

  /** See {@link #ATAN0}. */
  public static final float ATAN1 = 0x1.9991fep-3f;

  /** See {@link #ATAN0}. */
  public static final float ATAN2 = -0x1.2421b8p-3f;

  /** See {@link #ATAN0}. */
  public static final float ATAN3 = 0x1.c09a1p-4f;

  /** See {@link #ATAN0}. */
  public static final float ATAN4 = -0x1.5834bep-4f;

  /** See {@link #ATAN0}. */
  public static final float ATAN5 = 0x1.daca6ep-5f;

  /** See {@link #ATAN0}. */
  public static final float ATAN6 = -0x1.fed25ap-6f;

  /** See {@link #ATAN0}. */
  public static final float ATAN7 = 0x1.65a75p-7f;

  /** See {@link #ATAN0}. */
  public static final float ATAN8 = -0x1.d63182p-10f;

  /** Above it erf x is 1. */
  public static final float ERF_MAX = 4f;

  /** erf(x)/x − 1 over x², |x| ≤ 1; relative error of erf: 2⁻²⁹·⁶. */
  public static final float ERF0 = 0x1.06eba8p-3f;

  /** See {@link #ERF0}. */
  public static final float ERF1 = -0x1.81273ep-2f;

  /** See {@link #ERF0}. */
  public static final float ERF2 = 0x1.ce2cf8p-4f;

  /** See {@link #ERF0}. */
  public static final float ERF3 = -0x1.b7f90ep-6f;

  /** See {@link #ERF0}. */
  public static final float ERF4 = 0x1.5405b2p-8f;

  /** See {@link #ERF0}. */
  public static final float ERF5 = -0x1.a3f7p-11f;

  /** See {@link #ERF0}. */
  public static final float ERF6 = 0x1.496a34p-14f;

  /** −ln(1 − erf x)/x over x in [1, 4]; relative error of erf: 2⁻³¹·³. */
  public static final float ERFC0 = 0x1.20f21cp0f;

  /** See {@link #ERFC0}. */
  public static final float ERFC1 = 0x1.451abap-1f;

  /** See {@link #ERFC0}. */
  public static final float ERFC2 = 0x1.b459b4p-4f;

  /** See {@link #ERFC0}. */
  public static final float ERFC3 = -0x1.89617ep-6f;

  /** See {@link #ERFC0}. */
  public static final float ERFC4 = 0x1.ec7fep-9f;

  /** See {@link #ERFC0}. */
  public static final float ERFC5 = -0x1.6f9f14p-12f;

  /** See {@link #ERFC0}. */
  public static final float ERFC6 = 0x1.d47f9ep-17f;

  /** 2/3, rounded: the leading term of (2·artanh s − 2s)/s³. */
  public static final float ATANH_HI = 0x1.555556p-1f;

  /** 2/3 − ATANH_HI. */
  public static final float ATANH_LO = -0x1.555556p-26f;

  /** ((2·artanh s − 2s)/s³ − 2/3)/s² over s², |s| ≤ 0.172. */
  public static final float ATANH0 = 0x1.999a02p-2f;

  /** See {@link #ATANH0}. */
  public static final float ATANH1 = 0x1.2451ep-2f;

  /** See {@link #ATANH0}. */
  public static final float ATANH2 = 0x1.dfc0dp-3f;

  private RecipeConstants() {}
}
