package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The floating instructions on awkward and random operands, against Java or exact decimals. */
class FloatArithmeticTest {
  private static final float[] FLOATS = {
    0f,
    -0f,
    1f,
    -1f,
    1.5f,
    0.1f,
    -0.1f,
    3f,
    1e-40f,
    -1e-40f,
    Float.MIN_VALUE,
    Float.MAX_VALUE,
    Float.MIN_NORMAL,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    1e30f,
    16777217f
  };

  private static int[] bits(long seed) {
    Random random = new Random(seed);
    int[] x = new int[32];
    for (int i = 0; i < 32; i++) {
      float f =
          switch (random.nextInt(3)) {
            case 0 -> FLOATS[random.nextInt(FLOATS.length)];
            case 1 -> (float) random.nextGaussian();
            default -> Float.intBitsToFloat(random.nextInt());
          };
      x[i] = Float.floatToRawIntBits(f);
    }
    return x;
  }

  /** Computes a float from two. */
  private interface FloatFunction {
    float apply(float a, float b);
  }

  private static void floats(Lab lab, String op, FloatFunction expected) {
    for (int seed = 0; seed < 8; seed++) {
      int[] x = bits(seed);
      int[] y =
          lab.warp(
              """
              shfl.sync.bfly.b32 %r5, %r4, 11, 31, -1;
              mov.b32 %f0, %r4;
              mov.b32 %f1, %r5;
              mov.f32 %f2, 0f00000000;
              """
                  + op
                  + ";\nsetp.ge.u32 %p0, %r3, 3;\nmov.f32 %f3, %f2;\n@%p0 "
                  + op.replace("%f2", "%f3").replace("\n", "\n@%p0 ")
                  + ";\nmov.b32 %r6, %f2;\nmov.b32 %r4, %f3;\nsetp.ne.b32 %p1, %r4, %r6;\n"
                  + "setp.num.f32 %p2, %f2, %f2;\nand.pred %p1, %p1, %p2;\n@%p1 trap;",
              x);
      for (int i = 0; i < 32; i++) {
        float a = Float.intBitsToFloat(x[i]);
        float b = Float.intBitsToFloat(x[i ^ 11]);
        float value = expected.apply(a, b);
        float got = Float.intBitsToFloat(y[i]);
        assertEquals(
            Float.floatToIntBits(value),
            Float.floatToIntBits(got),
            op + " of " + a + ", " + b + ": " + value + " was " + got);
      }
    }
  }

  private static float exact(BigDecimal value, float like) {
    // BigDecimal.floatValue rounds to nearest, ties to even; it knows no signed zero.
    float f = value.floatValue();
    return f == 0 ? like : f;
  }

  private static boolean finite(float a, float b) {
    return Float.isFinite(a) && Float.isFinite(b);
  }

  @Test
  void singles() {
    try (Lab lab = new Lab()) {
      floats(
          lab,
          "add.rn.f32 %f2, %f0, %f1",
          (a, b) -> finite(a, b) ? exact(new BigDecimal(a).add(new BigDecimal(b)), a + b) : a + b);
      floats(lab, "sub.f32 %f2, %f0, %f1", (a, b) -> a - b);
      floats(
          lab,
          "mul.rn.f32 %f2, %f0, %f1",
          (a, b) ->
              finite(a, b) ? exact(new BigDecimal(a).multiply(new BigDecimal(b)), a * b) : a * b);
      floats(
          lab,
          "fma.rn.f32 %f2, %f0, %f1, %f1",
          (a, b) ->
              finite(a, b)
                  ? exact(
                      new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(b)),
                      a * b + b)
                  : a * b + b);
      floats(lab, "mad.rn.f32 %f2, %f0, %f1, %f1", (a, b) -> Math.fma(a, b, b));
      floats(
          lab,
          "div.rn.f32 %f2, %f0, %f1",
          (a, b) ->
              finite(a, b) && b != 0
                  ? exact(
                      new BigDecimal(a)
                          .divide(new BigDecimal(b), new MathContext(200, RoundingMode.DOWN)),
                      a / b)
                  : a / b);
      floats(
          lab,
          "sqrt.rn.f32 %f2, %f0",
          (a, b) ->
              finite(a, a) && a > 0
                  ? exact(new BigDecimal(a).sqrt(new MathContext(100, RoundingMode.DOWN)), 0)
                  : (float) Math.sqrt(a));
      floats(lab, "rcp.rn.f32 %f2, %f0", (a, b) -> 1 / a);
      floats(lab, "abs.f32 %f2, %f0", (a, b) -> Math.abs(a));
      floats(lab, "neg.f32 %f2, %f0", (a, b) -> -a);
      floats(lab, "copysign.f32 %f2, %f0, %f1", (a, b) -> Math.copySign(b, a));
      floats(lab, "min.f32 %f2, %f0, %f1", (a, b) -> a != a ? b : b != b ? a : Math.min(a, b));
      floats(lab, "max.f32 %f2, %f0, %f1", (a, b) -> a != a ? b : b != b ? a : Math.max(a, b));
      floats(lab, "min.NaN.f32 %f2, %f0, %f1", Math::min);
      floats(lab, "max.NaN.f32 %f2, %f0, %f1", Math::max);
      floats(lab, "mul.ftz.f32 %f2, %f0, %f1", (a, b) -> flushed(flushed(a) * flushed(b)));
      floats(lab, "add.sat.f32 %f2, %f0, %f1", (a, b) -> a + b > 0 ? Math.min(a + b, 1) : 0);
    }
  }

  private static float flushed(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0, x) : x;
  }

  /** A function of two, exactly. */
  private interface Exact {
    double apply(double a, double b);
  }

  /** Within the bound, and not exact by chance or by design. */
  private static void near(Lab lab, String op, Exact expected) {
    Approximations.Bound bound =
        Objects.requireNonNull(Approximations.BOUNDS.get(op.substring(0, op.indexOf('.'))));
    int off = 0;
    for (int seed = 0; seed < 8; seed++) {
      int[] x = bits(seed);
      int[] y =
          lab.warp(
              """
              shfl.sync.bfly.b32 %%r5, %%r4, 11, 31, -1;
              mov.b32 %%f0, %%r4;
              mov.b32 %%f1, %%r5;
              %s;
              mov.b32 %%r4, %%f2;
              """
                  .formatted(op),
              x);
      for (int i = 0; i < 32; i++) {
        float a = Float.intBitsToFloat(x[i]);
        float b = Float.intBitsToFloat(x[i ^ 11]);
        double e = expected.apply(a, b);
        float got = Float.intBitsToFloat(y[i]);
        boolean same = Float.compare(got, (float) e) == 0 || (Double.isNaN(e) && Float.isNaN(got));
        off += same ? 0 : 1;
        double allowed = bound.of(e) + Float.MIN_NORMAL;
        assertTrue(same || Math.abs(got - e) <= allowed, op + "(" + a + ", " + b + ") = " + got);
      }
    }
    assertTrue(off > 8, op + " is exact too often: off for " + off);
  }

  @Test
  void approximationsLieWithinTheirBounds() {
    try (Lab lab = new Lab()) {
      near(lab, "ex2.approx.f32 %f2, %f0", (a, b) -> Math.pow(2, a));
      near(lab, "lg2.approx.f32 %f2, %f0", (a, b) -> Math.log(a) / Math.log(2));
      near(lab, "rcp.approx.f32 %f2, %f0", (a, b) -> 1 / a);
      near(lab, "sqrt.approx.f32 %f2, %f0", (a, b) -> Math.sqrt(a));
      near(lab, "rsqrt.approx.f32 %f2, %f0", (a, b) -> 1 / Math.sqrt(a));
      near(lab, "sin.approx.f32 %f2, %f0", (a, b) -> Math.sin(a));
      near(lab, "cos.approx.f32 %f2, %f0", (a, b) -> Math.cos(a));
      near(lab, "tanh.approx.f32 %f2, %f0", (a, b) -> Math.tanh(a));
      near(lab, "div.approx.f32 %f2, %f0, %f1", (a, b) -> a / b);
      near(lab, "div.full.f32 %f2, %f0, %f1", (a, b) -> a / b);
    }
  }

  @Test
  void approximationsAreFunctions() {
    String body = "mov.b32 %f0, %r4;\nrcp.approx.f32 %f1, %f0;\nmov.b32 %r4, %f1;";
    try (Lab lab = new Lab()) {
      int[] x = new int[32];
      Arrays.fill(x, Float.floatToIntBits(3.7f));
      for (int y : lab.warp(body, x)) {
        assertEquals(lab.warp(body, x)[0], y);
      }
    }
  }

  private static String doubles(String op) {
    return """
    shfl.sync.bfly.b32 %%r5, %%r4, 11, 31, -1;
    mov.b32 %%f0, %%r4;
    mov.b32 %%f1, %%r5;
    cvt.f64.f32 %%g0, %%f0;
    cvt.f64.f32 %%g1, %%f1;
    mov.f64 %%g2, 0d0000000000000000;
    setp.ge.u32 %%p0, %%r3, 4;
    @%%p0 %s;
    @!%%p0 %s;
    mov.b64 %%d4, %%g2;
    mov.b64 {%%r5, %%r6}, %%d4;
    shl.b32 %%r5, %%r5, 1;
    xor.b32 %%r4, %%r5, %%r6;
    """
        .formatted(op, op);
  }

  @Test
  void doubles() {
    record Case(String op, java.util.function.DoubleBinaryOperator expected) {}
    Case[] cases = {
      new Case("add.rn.f64 %g2, %g0, %g1", Double::sum),
      new Case("sub.rn.f64 %g2, %g0, %g1", (a, b) -> a - b),
      new Case("mul.rn.f64 %g2, %g0, %g1", (a, b) -> a * b),
      new Case("div.rn.f64 %g2, %g0, %g1", (a, b) -> a / b),
      new Case("fma.rn.f64 %g2, %g0, %g1, %g0", (a, b) -> Math.fma(a, b, a)),
      new Case("min.f64 %g2, %g0, %g1", (a, b) -> a != a ? b : b != b ? a : Math.min(a, b)),
      new Case("max.f64 %g2, %g0, %g1", (a, b) -> a != a ? b : b != b ? a : Math.max(a, b)),
      new Case("sqrt.rn.f64 %g2, %g0", (a, b) -> Math.sqrt(a)),
      new Case("rcp.rn.f64 %g2, %g0", (a, b) -> 1 / a),
      new Case("abs.f64 %g2, %g0", (a, b) -> Math.abs(a)),
      new Case("neg.f64 %g2, %g0", (a, b) -> -a),
      new Case("copysign.f64 %g2, %g0, %g1", (a, b) -> Math.copySign(b, a)),
      new Case("rsqrt.approx.f64 %g2, %g0", (a, b) -> 1 / Math.sqrt(a)),
      new Case("selp.f64 %g2, %g0, %g1, %p0", (a, b) -> a)
    };
    try (Lab lab = new Lab()) {
      for (Case c : cases) {
        for (int seed = 0; seed < 4; seed++) {
          int[] x = bits(seed);
          int[] y = lab.warp(doubles(c.op), x);
          for (int i = 0; i < 32; i++) {
            double a = Float.intBitsToFloat(x[i]);
            double b = Float.intBitsToFloat(x[i ^ 11]);
            double value = c.op.startsWith("selp") && i < 4 ? b : c.expected.applyAsDouble(a, b);
            long bits = Double.doubleToLongBits(value);
            if (value == value) {
              assertEquals((int) bits << 1 ^ (int) (bits >>> 32), y[i], c.op + " " + a + " " + b);
            }
          }
        }
      }
    }
  }
}
