package org.adjoint.kernels;

import static org.adjoint.kernels.ErfConstants.*;

/** 1 − erf x where erf x is next to 1, and the inverse of erf. */
public final class ErfRecipes {
  private ErfRecipes() {}

  /**
   * 1 − erf x = e^(−a²)·P((a − 2.5)/(a + 2.5))/(a + 1) with a = |x|, subtracted from 2 below 0.
   * What a² and a + 1 round off is made good at the end: that of a² would be 50 ulp at a = 10. At
   * most 3.5 ulp.
   */
  static float erfc(float x) {
    float a = Math.abs(x);
    float c = a > ERFC_MAX ? ERFC_MAX : a;
    float t = (c - 2.5f) / (c + 2.5f);
    float q = Math.fma(SCALED9, t, SCALED8);
    q = Math.fma(q, t, SCALED7);
    q = Math.fma(q, t, SCALED6);
    q = Math.fma(q, t, SCALED5);
    q = Math.fma(q, t, SCALED4);
    q = Math.fma(q, t, SCALED3);
    q = Math.fma(q, t, SCALED2);
    q = Math.fma(q, t, SCALED1);
    q = Math.fma(q, t, SCALED0);
    float square = -(c * c);
    float d = c + 1f;
    float v = d - c;
    float lost = (1f - v) + (c - (d - v));
    float rest = Math.fma(c, c, square) + lost / d;
    float e = Recipes.exp(square) * q / d;
    float y = Math.fma(-rest, e, e);
    return x < 0f ? 2f - y : y;
  }

  /**
   * The number whose erf is x: x·P(w − 2.5) with w = −ln((1 − |x|)·(1 + |x|)) below 5, x·Q(√w − 3)
   * above (Giles: Approximating the erfinv function, 2012); infinite at ±1, NaN beyond. At most 2.2
   * ulp.
   */
  static float erfinv(float x) {
    float a = Math.abs(x);
    float w = -Recipes.log((1f - a) * (a + 1f));
    float t = w - 2.5f;
    float near = Math.fma(NEAR9, t, NEAR8);
    near = Math.fma(near, t, NEAR7);
    near = Math.fma(near, t, NEAR6);
    near = Math.fma(near, t, NEAR5);
    near = Math.fma(near, t, NEAR4);
    near = Math.fma(near, t, NEAR3);
    near = Math.fma(near, t, NEAR2);
    near = Math.fma(near, t, NEAR1);
    near = Math.fma(near, t, NEAR0);
    float s = (float) Math.sqrt(w) - 3f;
    float far = Math.fma(FAR9, s, FAR8);
    far = Math.fma(far, s, FAR7);
    far = Math.fma(far, s, FAR6);
    far = Math.fma(far, s, FAR5);
    far = Math.fma(far, s, FAR4);
    far = Math.fma(far, s, FAR3);
    far = Math.fma(far, s, FAR2);
    far = Math.fma(far, s, FAR1);
    far = Math.fma(far, s, FAR0);
    float y = (w < 5f ? near : far) * x;
    return a == 1f ? Recipes.copySign(Float.POSITIVE_INFINITY, x) : y;
  }
}
