package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static org.adjoint.kernels.RecipeConstants.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import org.adjoint.kernels.Recipes;

/**
 * aᵇ on vectors, with the bits of {@link org.adjoint.kernels.PowRecipe}. Lanes with a NaN or an
 * infinite exponent go one by one through the scalar recipe.
 */
public final class SimdPow {
  private SimdPow() {}

  /** aᵇ. */
  public static FloatVector pow(FloatVector a, FloatVector b) {
    FloatVector m = a.abs();
    FloatVector y = expOf(b, m);
    y = special(a, m, b, y);
    VectorMask<Float> done = a.compare(EQ, a).and(b.abs().compare(LT, Float.POSITIVE_INFINITY));
    return done.allTrue() ? y : laneByLane(a, b, y, done);
  }

  static FloatVector laneByLane(
      FloatVector a, FloatVector b, FloatVector y, VectorMask<Float> done) {
    FloatVector result = y;
    for (int i = 0; i < a.length(); i++) {
      if (!done.laneIsSet(i)) {
        result = result.withLane(i, Recipes.pow(a.lane(i), b.lane(i)));
      }
    }
    return result;
  }

  /** Zeros, infinities and negative numbers as base; base 1 and exponent 0. */
  private static FloatVector special(FloatVector a, FloatVector m, FloatVector b, FloatVector y) {
    VectorMask<Float> whole = SimdMath.round(b).compare(EQ, b);
    FloatVector half = b.mul(0.5f);
    VectorMask<Float> odd = whole.and(SimdMath.round(half).compare(NE, half));
    VectorMask<Float> zero = m.compare(EQ, 0f);
    VectorMask<Float> extreme = zero.or(m.compare(EQ, Float.POSITIVE_INFINITY));
    FloatVector limit = b.broadcast(Float.POSITIVE_INFINITY).blend(0f, zero.eq(b.compare(GT, 0f)));
    FloatVector r = y.blend(Float.NaN, a.compare(LT, 0f).andNot(whole)).blend(limit, extreme);
    r = r.blend(SimdMath.copySign(r, a), odd);
    return r.blend(1f, b.compare(EQ, 0f).or(a.compare(EQ, 1f)));
  }

  /** e^(b·ln m), the logarithm as h + l. */
  private static FloatVector expOf(FloatVector b, FloatVector m) {
    VectorMask<Float> subnormal = m.compare(LT, Float.MIN_NORMAL);
    FloatVector scaled = m.blend(m.mul(0x1.0p23f), subnormal);
    IntVector i = scaled.reinterpretAsInts().sub(SQRT_HALF_BITS);
    FloatVector shift = m.broadcast(0f).blend(23f, subnormal);
    FloatVector k = SimdMath.toFloat(i.lanewise(ASHR, 23)).sub(shift);
    FloatVector f = SimdMath.mantissaLessOne(i);
    FloatVector dh = f.add(2f);
    FloatVector dl = f.sub(dh.sub(2f));
    FloatVector sh = f.div(dh);
    FloatVector minus = sh.neg();
    FloatVector sl = minus.fma(dl, minus.fma(dh, f)).div(dh);
    return expOf(b, k, sh, sl);
  }

  private static FloatVector expOf(FloatVector b, FloatVector k, FloatVector sh, FloatVector sl) {
    FloatVector th = sh.mul(sh);
    FloatVector tl = sh.add(sh).fma(sl, sh.fma(sh, th.neg()));
    FloatVector q = th.fma(ATANH2, ATANH1).fma(th, th.broadcast(ATANH0));
    FloatVector z = q.mul(th);
    FloatVector ph = z.add(ATANH_HI);
    FloatVector pl = z.broadcast(ATANH_HI).sub(ph).add(z).add(ATANH_LO);
    FloatVector yh = ph.mul(th);
    FloatVector yl = pl.fma(th, ph.fma(tl, ph.fma(th, yh.neg())));
    FloatVector vh = sh.mul(yh);
    FloatVector vl = sl.fma(yh, sh.fma(yl, sh.fma(yh, vh.neg())));
    FloatVector twice = sh.add(sh);
    FloatVector lh = twice.add(vh);
    FloatVector ll = twice.sub(lh).add(vh).add(sl.add(sl).add(vl));
    return expOfSum(b, k, lh, ll);
  }

  private static FloatVector expOfSum(
      FloatVector b, FloatVector k, FloatVector lh, FloatVector ll) {
    FloatVector kh = k.mul(LN2_HI);
    FloatVector kl = k.fma(k.broadcast(LN2_LO), k.fma(k.broadcast(LN2_HI), kh.neg()));
    FloatVector h = kh.add(lh);
    FloatVector back = h.sub(kh);
    FloatVector l = kh.sub(h.sub(back)).add(lh.sub(back)).add(kl.add(ll));
    FloatVector c = b.mul(h);
    FloatVector rest = b.fma(l, b.fma(h, c.neg()));
    VectorMask<Float> inRange = c.compare(GT, EXP_MIN).and(c.compare(LT, EXP_MAX));
    rest = rest.broadcast(0f).blend(rest, inRange);
    c = SimdMath.atLeast(SimdMath.atMost(c, EXP_MAX), EXP_MIN);
    FloatVector t = c.fma(LOG2_E, ROUNDER);
    FloatVector r = SimdMath.minusLn2(t.sub(ROUNDER), c).add(rest);
    FloatVector p = SimdMath.expPolynomial(r).fma(r.mul(r), r).add(1f);
    return SimdMath.scale(p, SimdMath.rounded(t));
  }
}
