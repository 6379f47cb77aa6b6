package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Conversions, comparisons and selections on awkward and random bits. */
class ConversionTest {
  private static final float[] AWKWARD = {
    0f,
    -0f,
    0.5f,
    -0.5f,
    1.5f,
    2.5f,
    -2.5f,
    127.5f,
    128.7f,
    -129f,
    255.9f,
    256f,
    32768f,
    65504f,
    65520f,
    65519.9f,
    1e-8f,
    -6e-8f,
    2147483648f,
    -2147483648f,
    4294967296f,
    1e20f,
    -1e20f,
    1e-40f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0.33333334f,
    3.1415927f,
    1.00390625f,
    1.01171875f,
    16777217f
  };

  /** Stands for any NaN. */
  private static final int NAN = 0x7FC00000;

  private static int[] floats(long seed) {
    Random random = new Random(seed);
    int[] x = new int[32];
    for (int i = 0; i < 32; i++) {
      x[i] =
          switch (random.nextInt(3)) {
            case 0 -> Float.floatToRawIntBits(AWKWARD[random.nextInt(AWKWARD.length)]);
            case 1 -> Float.floatToRawIntBits((float) (1000 * random.nextGaussian()));
            default -> random.nextInt();
          };
    }
    return x;
  }

  private static void check(Lab lab, String code, IntUnaryOperator expected) {
    for (int seed = 0; seed < 6; seed++) {
      int[] x = floats(seed);
      int[] y = lab.warp("mov.b32 %f0, %r4;\n" + code, x);
      for (int i = 0; i < 32; i++) {
        int value = expected.applyAsInt(x[i]);
        if (value == NAN) {
          assertTrue(f(y[i]) != f(y[i]), code);
          continue;
        }
        assertEquals(
            Integer.toHexString(value),
            Integer.toHexString(y[i]),
            code + " of " + Integer.toHexString(x[i]) + " = " + Float.intBitsToFloat(x[i]));
      }
    }
  }

  private static float f(int bits) {
    return Float.intBitsToFloat(bits);
  }

  @Test
  void floatsToIntegers() {
    try (Lab lab = new Lab()) {
      check(lab, "cvt.rzi.s32.f32 %r4, %f0;", x -> (int) f(x));
      check(lab, "cvt.rni.s32.f32 %r4, %f0;", x -> (int) Math.rint(f(x)));
      check(lab, "cvt.rmi.s32.f32 %r4, %f0;", x -> (int) Math.floor(f(x)));
      check(lab, "cvt.rpi.s32.f32 %r4, %f0;", x -> (int) Math.ceil(f(x)));
      check(lab, "cvt.rzi.u32.f32 %r4, %f0;", x -> (int) Math.clamp((long) f(x), 0, 0xFFFFFFFFL));
      check(lab, "cvt.rzi.u8.f32 %r4, %f0;", x -> Math.clamp((long) f(x), 0, 255));
      check(
          lab,
          "cvt.rzi.s16.f32 %h0, %f0;\ncvt.s32.s16 %r4, %h0;",
          x -> Math.clamp((long) f(x), Short.MIN_VALUE, Short.MAX_VALUE));
      check(
          lab,
          "cvt.rzi.s64.f32 %d4, %f0;\nmov.b64 {%r5, %r4}, %d4;\nxor.b32 %r4, %r4, %r5;",
          x -> (int) ((long) f(x) ^ (long) f(x) >> 32));
      check(
          lab,
          "cvt.rzi.u64.f32 %d4, %f0;\nmov.b64 {%r5, %r4}, %d4;\nxor.b32 %r4, %r4, %r5;",
          x -> {
            double v = f(x);
            long u =
                !(v > 0)
                    ? 0
                    : v >= 0x1p64 ? -1 : new java.math.BigDecimal(v).toBigInteger().longValue();
            return (int) (u ^ u >> 32);
          });
      check(
          lab,
          "cvt.f64.f32 %g0, %f0;\nmul.rn.f64 %g0, %g0, 0d3FF8000000000000;\n"
              + "cvt.rni.s32.f64 %r4, %g0;",
          x -> (int) Math.rint(1.5 * f(x)));
    }
  }

  @Test
  void integersToFloats() {
    try (Lab lab = new Lab()) {
      String back = "mov.b32 %r4, %f1;";
      check(lab, "cvt.rn.f32.s32 %f1, %r4;\n" + back, x -> Float.floatToIntBits(x));
      check(
          lab,
          "cvt.rn.f32.u32 %f1, %r4;\n" + back,
          x -> Float.floatToIntBits((float) (x & 0xFFFFFFFFL)));
      check(lab, "cvt.rn.f32.s8 %f1, %r4;\n" + back, x -> Float.floatToIntBits((byte) x));
      check(
          lab,
          "mov.b64 %d4, {%r4, %r4};\ncvt.rn.f32.u64 %f1, %d4;\n" + back,
          x ->
              Float.floatToIntBits(
                  new java.math.BigInteger(Long.toUnsignedString(x & 0xFFFFFFFFL | (long) x << 32))
                      .floatValue()));
      check(
          lab,
          "mov.b64 %d4, {%r4, %r4};\ncvt.rn.f64.u64 %g0, %d4;\ncvt.rn.f32.f64 %f1, %g0;\n" + back,
          x ->
              Float.floatToIntBits(
                  (float)
                      new java.math.BigInteger(
                              Long.toUnsignedString(x & 0xFFFFFFFFL | (long) x << 32))
                          .doubleValue()));
      check(
          lab,
          "mov.b64 %d4, {%r4, %r4};\ncvt.rn.f64.s64 %g0, %d4;\ncvt.rn.f32.f64 %f1, %g0;\n" + back,
          x -> Float.floatToIntBits((float) (double) (x & 0xFFFFFFFFL | (long) x << 32)));
    }
  }

  @Test
  void integersToIntegers() {
    try (Lab lab = new Lab()) {
      String high = "mov.b64 {%r5, %r4}, %d4;\nadd.u32 %r4, %r4, %r5;";
      check(lab, "cvt.s64.s32 %d4, %r4;\n" + high, x -> x + (x >> 31));
      check(lab, "cvt.u64.u32 %d4, %r4;\n" + high, x -> x);
      check(lab, "cvt.s32.s8 %r4, %r4;", x -> (byte) x);
      check(lab, "cvt.u32.u8 %r4, %r4;", x -> x & 255);
      check(lab, "cvt.s8.s32 %r4, %r4;", x -> (byte) x);
      check(lab, "cvt.sat.s8.s32 %r4, %r4;", x -> Math.clamp(x, -128, 127));
      check(lab, "cvt.sat.u8.s32 %r4, %r4;", x -> Math.clamp(x, 0, 255));
      check(lab, "cvt.u16.u32 %h0, %r4;\ncvt.u32.u16 %r4, %h0;", x -> x & 0xFFFF);
      check(lab, "cvt.s16.s32 %h0, %r4;\ncvt.s32.s16 %r4, %h0;", x -> (short) x);
      check(
          lab,
          "mov.b64 %d4, {%r4, %r4};\ncvt.sat.s32.u64 %r4, %d4;",
          x -> x == 0 ? 0 : Integer.MAX_VALUE);
      check(
          lab,
          "mov.b64 %d4, {%r4, %r4};\ncvt.sat.u32.s64 %r4, %d4;",
          x -> x == 0 ? 0 : x < 0 ? 0 : -1);
      check(lab, "cvt.sat.u64.s32 %d4, %r4;\ncvt.u32.u64 %r4, %d4;", x -> Math.max(x, 0));
    }
  }

  @Test
  void floatsToFloats() {
    try (Lab lab = new Lab()) {
      String back = "mov.b32 %r4, %f1;";
      check(lab, "cvt.rni.f32.f32 %f1, %f0;\n" + back, x -> bits((float) Math.rint(f(x))));
      check(lab, "cvt.rzi.f32.f32 %f1, %f0;\n" + back, x -> bits(trunc(f(x))));
      check(lab, "cvt.rmi.f32.f32 %f1, %f0;\n" + back, x -> bits((float) Math.floor(f(x))));
      check(lab, "cvt.rpi.f32.f32 %f1, %f0;\n" + back, x -> bits((float) Math.ceil(f(x))));
      check(
          lab,
          "cvt.sat.f32.f32 %f1, %f0;\n" + back,
          x -> Float.floatToIntBits(f(x) > 0 ? Math.min(f(x), 1) : 0));
      check(
          lab,
          "cvt.f64.f32 %g0, %f0;\nmul.rn.f64 %g0, %g0, 0d3FF5555555555555;\n"
              + "cvt.rz.f32.f64 %f1, %g0;\n"
              + back,
          x -> {
            double v = 1.3333333333333333 * f(x);
            float t = (float) v;
            boolean over = Math.abs((double) t) > Math.abs(v);
            return bits(over ? t > 0 ? Math.nextDown(t) : Math.nextUp(t) : t);
          });
    }
  }

  private static float trunc(float x) {
    return (float) (x > 0 ? Math.floor(x) : Math.ceil(x));
  }

  private static int bits(float y) {
    return y != y ? NAN : Float.floatToRawIntBits(y);
  }

  @Test
  void halves() {
    try (Lab lab = new Lab()) {
      for (int seed = 0; seed < 8; seed++) {
        int[] x = floats(seed);
        int[] y =
            lab.warp(
                """
                mov.b32 %f0, %r4;
                cvt.rn.f16.f32 %h0, %f0;
                cvt.f32.f16 %f1, %h0;
                mov.b32 %r4, %f1;
                """,
                x);
        int[] brain =
            lab.warp(
                """
                mov.b32 %f0, %r4;
                cvt.rn.bf16.f32 %h0, %f0;
                cvt.f32.bf16 %f1, %h0;
                mov.b32 %r4, %f1;
                """,
                x);
        int[] pairs =
            lab.warp(
                """
                mov.b32 %f0, %r4;
                neg.f32 %f1, %f0;
                cvt.rn.relu.bf16x2.f32 %r5, %f0, %f1;
                cvt.rn.f16x2.f32 %r6, %f0, %f1;
                mov.b32 {%h0, %h1}, %r5;
                mov.b32 {%h2, %h3}, %r6;
                mov.b32 %r4, {%h1, %h2};
                """,
                x);
        for (int i = 0; i < 32; i++) {
          float v = f(x[i]);
          if (v != v) {
            assertTrue(f(y[i]) != f(y[i]) && f(brain[i]) != f(brain[i]));
            continue;
          }
          assertEquals(Float.float16ToFloat(Float.floatToFloat16(v)), f(y[i]), "f16 " + v);
          // Nearest multiple of the spacing of 8 bits of fraction, ties to even.
          int low = x[i] & 0xFFFF;
          int up = x[i] >>> 16;
          boolean away = low > 0x8000 || (low == 0x8000 && (up & 1) != 0);
          int nearest = Float.isInfinite(v) ? up : up + (away ? 1 : 0);
          assertEquals(nearest << 16, brain[i], "bf16 " + v);
          assertEquals(v > 0 ? nearest : 0, pairs[i] & 0xFFFF, "bf16x2 " + v);
          assertEquals(Float.floatToFloat16(-v), (short) (pairs[i] >>> 16), "f16x2 " + v);
        }
      }
    }
  }

  @Test
  void narrowingRoundsOnce() {
    // Just above a tie of each type: rounding to single first would lose the excess.
    double f16 = 1 + 0x1p-11 + 0x1p-40;
    assertEquals(0x3C01, Halves.narrow(PtxType.F16, f16, false));
    assertEquals(0x3C00, Halves.narrow(PtxType.F16, f16, true));
    assertEquals(0xBC00, Halves.narrow(PtxType.F16, -f16, true));
    assertEquals(0x3F81, Halves.narrow(PtxType.BF16, 1 + 0x1p-8 + 0x1p-40, false));
    assertEquals(0x3F80, Halves.narrow(PtxType.BF16, 1 + 0x1p-8, false));
    assertEquals(0x3F80, Halves.narrow(PtxType.BF16, 1 + 0x1p-8 + 0x1p-40, true));
    assertEquals(0x3F802000, Halves.narrow(PtxType.TF32, 1 + 0x1p-11 + 0x1p-40, false));
    double tie = 1 + 0x1p-11;
    assertEquals(0x3F800000, Halves.narrow(PtxType.TF32, tie, false));
    assertEquals(0x3F802000, Halves.tiesAway(tie));
    assertEquals(0xBF802000, Halves.tiesAway(-tie));
    assertEquals(0x3F800000, Halves.tiesAway(tie - 0x1p-40));
    assertEquals(0x7F800000, Halves.tiesAway(Float.MAX_VALUE));
    assertEquals(0xFF800000, Halves.tiesAway(Double.NEGATIVE_INFINITY));
    assertEquals(0x7FFFE000, Halves.tiesAway(Double.NaN));
    assertEquals(0x7FFF, Halves.narrow(PtxType.F16, Double.NaN, false));
    assertEquals(0x7BFF, Halves.narrow(PtxType.F16, 1e9, true));
    assertEquals(1f, Halves.value(PtxType.TF32, 0x3F801FFF));
    assertEquals(-Float.MAX_VALUE, Halves.toFloat(-1e300, true));
  }

  @Test
  void comparisonsOfFloats() {
    record Comparison(String name, java.util.function.BiPredicate<Float, Float> expected) {}
    Comparison[] tests = {
      new Comparison("eq", (a, b) -> a.floatValue() == b.floatValue()),
      new Comparison("ne", (a, b) -> a < b || a > b),
      new Comparison("lt", (a, b) -> a < b),
      new Comparison("le", (a, b) -> a <= b),
      new Comparison("gt", (a, b) -> a > b),
      new Comparison("ge", (a, b) -> a >= b),
      new Comparison("equ", (a, b) -> !(a < b || a > b)),
      new Comparison("neu", (a, b) -> a.floatValue() != b.floatValue()),
      new Comparison("ltu", (a, b) -> !(a >= b)),
      new Comparison("leu", (a, b) -> !(a > b)),
      new Comparison("gtu", (a, b) -> !(a <= b)),
      new Comparison("geu", (a, b) -> !(a < b)),
      new Comparison("num", (a, b) -> !a.isNaN() && !b.isNaN()),
      new Comparison("nan", (a, b) -> a.isNaN() || b.isNaN())
    };
    try (Lab lab = new Lab()) {
      for (Comparison test : tests) {
        boolean wide = !java.util.Set.of("equ", "ltu", "gtu", "num").contains(test.name);
        for (int seed = 0; seed < 3; seed++) {
          int[] x = floats(seed);
          x[1] = x[4] = Float.floatToIntBits(2f);
          int[] y =
              lab.warp(
                  """
                  mov.b32 %f0, %r4;
                  shfl.sync.bfly.b32 %r5, %r4, 5, 31, -1;
                  mov.b32 %f1, %r5;
                  cvt.f64.f32 %g0, %f0;
                  cvt.f64.f32 %g1, %f1;
                  setp.NAME.f32 %p0|%p1, %f0, %f1;
                  setp.WIDE.f64 %p2, %g0, %g1;
                  xor.pred %p1, %p0, %p1;
                  @!%p1 trap;
                  xor.pred %p2, %p0, %p2;
                  @%p2 trap;
                  set.NAME.u32.f32 %r6, %f0, %f1;
                  set.NAME.f32.f32 %f2, %f0, %f1;
                  selp.b32 %r4, 1, 0, %p0;
                  cvt.rzi.s32.f32 %r7, %f2;
                  add.s32 %r6, %r6, %r7;
                  setp.ne.s32 %p3, %r6, 0;
                  @%p3 trap;
                  """
                      .replace("setp.WIDE.f64", wide ? "setp.NAME.f64" : "mov.pred")
                      .replace("%p2, %g0, %g1", wide ? "%p2, %g0, %g1" : "%p2, %p0")
                      .replace("NAME", test.name),
                  x);
          for (int i = 0; i < 32; i++) {
            boolean expected = test.expected.test(f(x[i]), f(x[i ^ 5]));
            assertEquals(expected ? 1 : 0, y[i], test.name + f(x[i]) + " " + f(x[i ^ 5]));
          }
        }
      }
    }
  }

  @Test
  void comparisonsOfIntegers() {
    try (Lab lab = new Lab()) {
      for (String name :
          new String[] {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"}) {
        for (String sign :
            name.matches("l[os]|h[is]") ? new String[] {"u"} : new String[] {"s", "u"}) {
          int[] x = floats(name.hashCode());
          x[2] = x[7];
          int[] y =
              lab.warp(
                  """
                  shfl.sync.bfly.b32 %r5, %r4, 5, 31, -1;
                  setp.NAME.S32 %p0, %r4, %r5;
                  cvt.S64.S32 %d4, %r4;
                  cvt.S64.S32 %d5, %r5;
                  setp.NAME.S64 %p1, %d4, %d5;
                  xor.pred %p2, %p0, %p1;
                  @%p2 trap;
                  setp.lt.and.u32 %p3, %r3, 8, %p0;
                  setp.lt.or.u32 %p4, %r3, 8, %p0;
                  setp.lt.xor.u32 %p5, %r3, 8, !%p0;
                  selp.u32 %r4, 1, 0, %p0;
                  @%p3 add.u32 %r4, %r4, 2;
                  @%p4 add.u32 %r4, %r4, 4;
                  @%p5 add.u32 %r4, %r4, 8;
                  """
                      .replace("NAME", name)
                      .replace("S32", sign + "32")
                      .replace("S64", sign + "64"),
                  x);
          for (int i = 0; i < 32; i++) {
            int order =
                sign.equals("s")
                    ? Integer.compare(x[i], x[i ^ 5])
                    : Integer.compareUnsigned(x[i], x[i ^ 5]);
            boolean yes =
                switch (name) {
                  case "eq" -> order == 0;
                  case "ne" -> order != 0;
                  case "lt", "lo" -> order < 0;
                  case "le", "ls" -> order <= 0;
                  case "gt", "hi" -> order > 0;
                  default -> order >= 0;
                };
            boolean low = i < 8;
            int value =
                (yes ? 1 : 0) + (low && yes ? 2 : 0) + (low || yes ? 4 : 0) + (low == yes ? 8 : 0);
            assertEquals(value, y[i], name + sign);
          }
        }
      }
    }
  }

  @Test
  void selections() {
    try (Lab lab = new Lab()) {
      check(lab, "slct.b32.s32 %r4, 5, 6, %r4;", x -> x >= 0 ? 5 : 6);
      check(lab, "slct.u32.f32 %r4, 5, 6, %f0;", x -> f(x) >= 0 ? 5 : 6);
      check(
          lab,
          "setp.lt.s32 %p0, %r4, 0;\nneg.f32 %f1, %f0;\nselp.f32 %f1, %f0, %f1, %p0;\n"
              + "mov.b32 %r4, %f1;",
          x -> x | 0x80000000);
      check(
          lab,
          "setp.lt.s32 %p0, %r4, 0;\nmov.u64 %d4, 7;\nselp.b64 %d4, %d4, 9, %p0;\n"
              + "cvt.u32.u64 %r4, %d4;",
          x -> x < 0 ? 7 : 9);
      check(
          lab,
          "setp.lt.s32 %p0, %r4, 0;\nor.pred %p1, %p0, !%p0;\nnot.pred %p2, %p1;\n"
              + "selp.u32 %r4, 3, 4, %p2;",
          x -> 4);
    }
  }
}
