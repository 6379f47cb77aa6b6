package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.adjoint.kernels.RecipeConstants.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * The recipes of {@link org.adjoint.kernels.Recipes} on vectors: the same steps in the same order
 * with the same constants, so that every lane has the bits of the scalar recipe at any width. The
 * methods are small enough to be inlined into the loops that call them, where no vector is ever
 * boxed.
 */
public final class SimdMath {
  private static final int SIGN_BIT = 0x80000000;
  private static final int MANTISSA = 0x007FFFFF;

  private SimdMath() {}

  static FloatVector copySign(FloatVector magnitude, FloatVector sign) {
    IntVector s = sign.reinterpretAsInts().and(SIGN_BIT);
    return magnitude.reinterpretAsInts().and(~SIGN_BIT).or(s).reinterpretAsFloats();
  }

  /** 2ⁿ for −126 ≤ n ≤ 127. */
  static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
  }

  /** The integers of a sum with {@code ROUNDER}. */
  static IntVector rounded(FloatVector t) {
    return t.reinterpretAsInts().sub(ROUNDER_BITS);
  }

  static FloatVector atMost(FloatVector x, float limit) {
    return x.blend(limit, x.compare(GT, limit));
  }

  static FloatVector atLeast(FloatVector x, float limit) {
    return x.blend(limit, x.compare(LT, limit));
  }

  static FloatVector expPolynomial(FloatVector r) {
    FloatVector p = r.fma(EXP5, EXP4);
    p = p.fma(r, r.broadcast(EXP3));
    p = p.fma(r, r.broadcast(EXP2));
    p = p.fma(r, r.broadcast(EXP1));
    return p.fma(r, r.broadcast(EXP0));
  }

  /** x − n·ln2, with ln2 in two parts. */
  static FloatVector minusLn2(FloatVector n, FloatVector x) {
    FloatVector r = n.fma(n.broadcast(-LN2_HI), x);
    return n.fma(n.broadcast(-LN2_LO), r);
  }

  /** p·2ⁿ in two halves, so that subnormal results round once. */
  static FloatVector scale(FloatVector p, IntVector n) {
    IntVector half = n.lanewise(ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half)));
  }

  /** eˣ. */
  public static FloatVector exp(FloatVector x) {
    return expBelow(atMost(x, EXP_MAX));
  }

  /** eˣ of x not above {@code EXP_MAX}. */
  private static FloatVector expBelow(FloatVector x) {
    FloatVector c = atLeast(x, EXP_MIN);
    FloatVector t = c.fma(LOG2_E, ROUNDER);
    return scale(expOfRest(t, c), rounded(t));
  }

  /** eˣ of x from −87 to 88: no result is subnormal, and one power of two scales it exactly. */
  private static FloatVector expWithin(FloatVector x) {
    FloatVector t = x.fma(LOG2_E, ROUNDER);
    return expOfRest(t, x).mul(powerOfTwo(rounded(t)));
  }

  /** eʳ of what is left of x after the whole powers of two, of which {@code t} holds the number. */
  private static FloatVector expOfRest(FloatVector t, FloatVector x) {
    FloatVector r = minusLn2(t.sub(ROUNDER), x);
    return expPolynomial(r).fma(r.mul(r), r).add(1f);
  }

  /** eˣ − 1. */
  public static FloatVector expm1(FloatVector x) {
    return expm1Within(atLeast(atMost(x, EXP_MAX), EXPM1_MIN));
  }

  /** eˣ − 1 of x from {@code EXPM1_MIN} to {@code EXP_MAX}. */
  private static FloatVector expm1Within(FloatVector x) {
    FloatVector t = x.fma(LOG2_E, ROUNDER);
    FloatVector r = minusLn2(t.sub(ROUNDER), x);
    FloatVector p = expPolynomial(r).fma(r.mul(r), r);
    FloatVector s = powerOfTwo(rounded(t).sub(1));
    FloatVector y = s.fma(p, s.sub(0.5f)).mul(2f);
    return y.blend(x, x.abs().compare(LT, TINY));
  }

  static FloatVector logPolynomial(FloatVector f) {
    FloatVector p = f.fma(LOG7, LOG6);
    p = p.fma(f, f.broadcast(LOG5));
    p = p.fma(f, f.broadcast(LOG4));
    p = p.fma(f, f.broadcast(LOG3));
    p = p.fma(f, f.broadcast(LOG2));
    p = p.fma(f, f.broadcast(LOG1));
    return p.fma(f, f.broadcast(LOG0));
  }

  /** ln(1+f) + k·ln2. */
  static FloatVector logSum(FloatVector f, FloatVector k) {
    FloatVector q = logPolynomial(f).fma(f, f.broadcast(-0.5f));
    FloatVector tail = k.fma(k.broadcast(LN2_LO), q.mul(f.mul(f)));
    return k.fma(k.broadcast(LN2_HI), tail.add(f));
  }

  /** The mantissa in [√½, √2), minus 1, of a number whose bits less SQRT_HALF_BITS are given. */
  static FloatVector mantissaLessOne(IntVector i) {
    return i.and(MANTISSA).add(SQRT_HALF_BITS).reinterpretAsFloats().sub(1f);
  }

  static FloatVector toFloat(IntVector i) {
    return (FloatVector) i.convert(I2F, 0);
  }

  /** ln x. */
  public static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(LT, Float.MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(0x1.0p23f), subnormal);
    IntVector i = scaled.reinterpretAsInts().sub(SQRT_HALF_BITS);
    FloatVector shift = x.broadcast(0f).blend(23f, subnormal);
    FloatVector k = toFloat(i.lanewise(ASHR, 23)).sub(shift);
    FloatVector y = logSum(mantissaLessOne(i), k);
    y = x.blend(y, x.compare(LT, Float.POSITIVE_INFINITY));
    y = y.blend(Float.NaN, x.compare(LT, 0f));
    return y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f));
  }

  /** ln(1 + x). */
  public static FloatVector log1p(FloatVector x) {
    FloatVector u = x.add(1f);
    FloatVector v = u.sub(1f);
    FloatVector c = x.broadcast(1f).sub(u.sub(v)).add(x.sub(v));
    IntVector i = u.reinterpretAsInts().sub(SQRT_HALF_BITS);
    IntVector k = i.lanewise(ASHR, 23);
    IntVector down = k.neg().add(127).max(0).lanewise(LSHL, 23);
    FloatVector f = c.fma(down.reinterpretAsFloats(), mantissaLessOne(i));
    FloatVector y = logSum(f, toFloat(k));
    y = x.blend(y, x.compare(LT, Float.POSITIVE_INFINITY));
    y = y.blend(Float.NaN, x.compare(LT, -1f));
    y = y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, -1f));
    return y.blend(x, x.abs().compare(LT, TINY));
  }

  /** tanh x. */
  public static FloatVector tanh(FloatVector x) {
    FloatVector a = atMost(x.abs(), TANH_MAX);
    FloatVector e = expm1Within(a.add(a));
    return copySign(e.div(e.add(2f)), x);
  }

  /** 1/(1 + e⁻ˣ). */
  public static FloatVector sigmoid(FloatVector x) {
    FloatVector e = expBelow(x.abs().neg());
    FloatVector one = x.broadcast(1f);
    return one.blend(e, x.compare(LT, 0f)).div(e.add(1f));
  }

  /** erf x. */
  public static FloatVector erf(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector near = erfNear(x);
    FloatVector far =
        copySign(x.broadcast(1f).sub(expWithin(erfcLog(atMost(a, ERF_MAX)).neg())), x);
    return far.blend(near, a.compare(LT, 1f));
  }

  private static FloatVector erfNear(FloatVector x) {
    FloatVector t = x.mul(x);
    FloatVector p = t.fma(ERF6, ERF5);
    p = p.fma(t, x.broadcast(ERF4));
    p = p.fma(t, x.broadcast(ERF3));
    p = p.fma(t, x.broadcast(ERF2));
    p = p.fma(t, x.broadcast(ERF1));
    p = p.fma(t, x.broadcast(ERF0));
    return p.fma(x, x);
  }

  /** −ln(1 − erf c). */
  private static FloatVector erfcLog(FloatVector c) {
    FloatVector q = c.fma(ERFC6, ERFC5);
    q = q.fma(c, c.broadcast(ERFC4));
    q = q.fma(c, c.broadcast(ERFC3));
    q = q.fma(c, c.broadcast(ERFC2));
    q = q.fma(c, c.broadcast(ERFC1));
    return q.fma(c, c.broadcast(ERFC0)).mul(c);
  }

  /** −1, 0 or 1; keeps −0 and NaN. */
  public static FloatVector sign(FloatVector x) {
    return x.blend(1f, x.compare(GT, 0f)).blend(-1f, x.compare(LT, 0f));
  }

  /** Nearest integer, halves to even. */
  public static FloatVector round(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector r = copySign(a.add(0x1.0p23f).sub(0x1.0p23f), x);
    return x.blend(r, a.compare(LT, 0x1.0p23f));
  }

  /** Largest integer not above x. */
  public static FloatVector floor(FloatVector x) {
    FloatVector r = round(x);
    return copySign(r.blend(r.sub(1f), r.compare(GT, x)), x);
  }

  /** Smallest integer not below x. */
  public static FloatVector ceil(FloatVector x) {
    FloatVector r = round(x);
    return copySign(r.blend(r.add(1f), r.compare(LT, x)), x);
  }
}
