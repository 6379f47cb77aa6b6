package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.adjoint.kernels.RecipeConstants.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import org.adjoint.kernels.TrigRecipes;

/**
 * sin, cos, arctan and the normal draw on vectors, with the bits of {@link TrigRecipes}. Lanes
 * beyond 2¹⁶, infinities and NaN go one by one through the scalar recipe.
 */
public final class SimdTrig {
  private SimdTrig() {}

  /** sin x. */
  public static FloatVector sin(FloatVector x) {
    return sinOrCos(x, 0).blend(x, x.compare(EQ, 0f));
  }

  /** cos x. */
  public static FloatVector cos(FloatVector x) {
    return sinOrCos(x, 1);
  }

  /** arctan x. */
  public static FloatVector atan(FloatVector x) {
    FloatVector a = x.abs();
    VectorMask<Float> far = a.compare(GT, 1f);
    FloatVector t = a.blend(a.broadcast(-1f).div(a), far);
    FloatVector s = t.mul(t);
    FloatVector y = atanPolynomial(s).fma(s.mul(t), t);
    return SimdMath.copySign(y.blend(y.add(HALF_PI_1), far), x);
  }

  private static FloatVector atanPolynomial(FloatVector s) {
    FloatVector p = s.fma(ATAN8, ATAN7);
    p = p.fma(s, s.broadcast(ATAN6));
    p = p.fma(s, s.broadcast(ATAN5));
    p = p.fma(s, s.broadcast(ATAN4));
    p = p.fma(s, s.broadcast(ATAN3));
    p = p.fma(s, s.broadcast(ATAN2));
    p = p.fma(s, s.broadcast(ATAN1));
    return p.fma(s, s.broadcast(ATAN0));
  }

  private static FloatVector sinOrCos(FloatVector x, int shift) {
    FloatVector t = x.fma(TWO_OVER_PI, ROUNDER);
    FloatVector n = t.sub(ROUNDER);
    FloatVector r = n.fma(n.broadcast(-HALF_PI_1), x);
    r = n.fma(n.broadcast(-HALF_PI_2), r);
    r = n.fma(n.broadcast(-HALF_PI_3), r);
    FloatVector y = ofReduced(r, SimdMath.rounded(t).add(shift));
    VectorMask<Float> reducible = x.abs().compare(LE, TRIG_MAX);
    return reducible.allTrue() ? y : laneByLane(x, y, reducible, shift);
  }

  static FloatVector laneByLane(FloatVector x, FloatVector y, VectorMask<Float> done, int shift) {
    FloatVector result = y;
    for (int i = 0; i < x.length(); i++) {
      if (!done.laneIsSet(i)) {
        result = result.withLane(i, TrigRecipes.ofHuge(x.lane(i), shift));
      }
    }
    return result;
  }

  private static FloatVector ofReduced(FloatVector r, IntVector quadrant) {
    FloatVector t = r.mul(r);
    FloatVector s = t.fma(SIN2, SIN1).fma(t, t.broadcast(SIN0)).fma(t.mul(r), r);
    FloatVector c = t.fma(COS2, COS1).fma(t, t.broadcast(COS0));
    c = c.fma(t.mul(t), t.fma(-0.5f, 1f));
    VectorMask<Float> even = quadrant.and(1).compare(EQ, 0).cast(r.species());
    IntVector y = c.blend(s, even).reinterpretAsInts();
    return y.lanewise(XOR, quadrant.and(2).lanewise(LSHL, 30)).reinterpretAsFloats();
  }

  /**
   * One half of a pair of normal numbers; see {@link org.adjoint.kernels.Recipes#normal}.
   *
   * @param a words that decide the radius
   * @param b words that decide the angle
   * @param second false for the cosine, true for the sine
   */
  public static FloatVector normal(IntVector a, IntVector b, boolean second) {
    return normalRadius(a).mul(normalTurn(b, second));
  }

  /** √(−2 ln u) from the words a of a normal draw. */
  static FloatVector normalRadius(IntVector a) {
    FloatVector u = SimdMath.toFloat(a.lanewise(LSHR, 9)).add(0.5f).mul(0x1.0p-23f);
    return SimdMath.log(u).mul(-2f).sqrt();
  }

  /** cos φ or sin φ from the words b of a normal draw. */
  static FloatVector normalTurn(IntVector b, boolean second) {
    IntVector place = b.lanewise(LSHL, 2).lanewise(LSHR, 8).sub(0x800000);
    FloatVector fraction = SimdMath.toFloat(place).add(0.5f).mul(0x1.0p-24f);
    IntVector quadrant = b.lanewise(LSHR, 30).add(second ? 0 : 1);
    return ofReduced(fraction.mul(HALF_PI_1), quadrant);
  }
}
