package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.adjoint.kernels.ErfConstants.*;

import jdk.incubator.vector.FloatVector;
import org.adjoint.kernels.ErfRecipes;

/** 1 − erf x and the inverse of erf on vectors, with the bits of {@link ErfRecipes}. */
public final class SimdErf {
  private SimdErf() {}

  /** 1 − erf x. */
  public static FloatVector erfc(FloatVector x) {
    FloatVector c = SimdMath.atMost(x.abs(), ERFC_MAX);
    FloatVector q = scaled(c.sub(2.5f).div(c.add(2.5f)));
    FloatVector square = c.mul(c).neg();
    FloatVector d = c.add(1f);
    FloatVector v = d.sub(c);
    FloatVector lost = v.broadcast(1f).sub(v).add(c.sub(d.sub(v)));
    FloatVector rest = c.fma(c, square).add(lost.div(d));
    FloatVector e = SimdMath.exp(square).mul(q).div(d);
    FloatVector y = rest.neg().fma(e, e);
    return y.blend(y.broadcast(2f).sub(y), x.compare(LT, 0f));
  }

  private static FloatVector scaled(FloatVector t) {
    FloatVector q = t.fma(SCALED9, SCALED8);
    q = q.fma(t, t.broadcast(SCALED7));
    q = q.fma(t, t.broadcast(SCALED6));
    q = q.fma(t, t.broadcast(SCALED5));
    q = q.fma(t, t.broadcast(SCALED4));
    q = q.fma(t, t.broadcast(SCALED3));
    q = q.fma(t, t.broadcast(SCALED2));
    q = q.fma(t, t.broadcast(SCALED1));
    return q.fma(t, t.broadcast(SCALED0));
  }

  /** The number whose erf is x. */
  public static FloatVector erfinv(FloatVector x) {
    FloatVector a = x.abs();
    FloatVector w = SimdMath.log(a.broadcast(1f).sub(a).mul(a.add(1f))).neg();
    FloatVector far = far(w.sqrt().sub(3f));
    FloatVector y = far.blend(near(w.sub(2.5f)), w.compare(LT, 5f)).mul(x);
    FloatVector infinite = SimdMath.copySign(x.broadcast(Float.POSITIVE_INFINITY), x);
    return y.blend(infinite, a.compare(EQ, 1f));
  }

  private static FloatVector near(FloatVector t) {
    FloatVector p = t.fma(NEAR9, NEAR8);
    p = p.fma(t, t.broadcast(NEAR7));
    p = p.fma(t, t.broadcast(NEAR6));
    p = p.fma(t, t.broadcast(NEAR5));
    p = p.fma(t, t.broadcast(NEAR4));
    p = p.fma(t, t.broadcast(NEAR3));
    p = p.fma(t, t.broadcast(NEAR2));
    p = p.fma(t, t.broadcast(NEAR1));
    return p.fma(t, t.broadcast(NEAR0));
  }

  private static FloatVector far(FloatVector s) {
    FloatVector p = s.fma(FAR9, FAR8);
    p = p.fma(s, s.broadcast(FAR7));
    p = p.fma(s, s.broadcast(FAR6));
    p = p.fma(s, s.broadcast(FAR5));
    p = p.fma(s, s.broadcast(FAR4));
    p = p.fma(s, s.broadcast(FAR3));
    p = p.fma(s, s.broadcast(FAR2));
    p = p.fma(s, s.broadcast(FAR1));
    return p.fma(s, s.broadcast(FAR0));
  }
}
