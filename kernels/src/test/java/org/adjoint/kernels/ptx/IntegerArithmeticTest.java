package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.Test;

/** The integer instructions on awkward and random operands, against Java. */
class IntegerArithmeticTest {
  private static final int[] AWKWARD = {
    0,
    1,
    -1,
    2,
    -2,
    7,
    31,
    32,
    33,
    255,
    256,
    65535,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0x80000001,
    0x12345678,
    0xDEADBEEF,
    100,
    -100
  };

  private static int[] operands(long seed) {
    Random random = new Random(seed);
    int[] x = new int[32];
    for (int i = 0; i < 32; i++) {
      x[i] = random.nextInt(3) == 0 ? random.nextInt() : AWKWARD[random.nextInt(AWKWARD.length)];
    }
    return x;
  }

  /** Runs {@code op %r4, %r4, %r5} with r5 a permutation of r4, full and masked. */
  private static void ints(Lab lab, String op, IntBinaryOperator expected) {
    for (int seed = 0; seed < 4; seed++) {
      int[] x = operands(seed);
      String code = "shfl.sync.bfly.b32 %r5, %r4, 11, 31, -1;\n";
      int[] full = lab.warp(code + op + " %r4, %r4, %r5;", x);
      int[] half =
          lab.warp(
              code
                  + "setp.lt.u32 %p0, %r3, 19;\n@%p0 "
                  + op.replace("\n", "\n@%p0 ")
                  + " %r4, %r4, %r5;",
              x);
      for (int i = 0; i < 32; i++) {
        int value = expected.applyAsInt(x[i], x[i ^ 11]);
        assertEquals(value, full[i], op + " " + x[i] + " " + x[i ^ 11]);
        assertEquals(i < 19 ? value : x[i], half[i], op + " masked");
      }
    }
  }

  @Test
  void integersOf32Bits() {
    try (Lab lab = new Lab()) {
      ints(lab, "add.s32", (a, b) -> a + b);
      ints(lab, "sub.u32", (a, b) -> a - b);
      ints(lab, "mul.lo.s32", (a, b) -> a * b);
      ints(lab, "mul.hi.s32", (a, b) -> (int) ((long) a * b >> 32));
      ints(lab, "mul.hi.u32", (a, b) -> (int) ((a & M) * (b & M) >>> 32));
      ints(lab, "div.s32", (a, b) -> b == 0 ? -1 : a / b);
      ints(lab, "div.u32", (a, b) -> b == 0 ? -1 : Integer.divideUnsigned(a, b));
      ints(lab, "rem.s32", (a, b) -> b == 0 ? a : a % b);
      ints(lab, "rem.u32", (a, b) -> b == 0 ? a : Integer.remainderUnsigned(a, b));
      ints(lab, "min.s32", Math::min);
      ints(lab, "max.s32", Math::max);
      ints(lab, "min.u32", (a, b) -> Integer.compareUnsigned(a, b) < 0 ? a : b);
      ints(lab, "max.u32", (a, b) -> Integer.compareUnsigned(a, b) < 0 ? b : a);
      ints(lab, "and.b32", (a, b) -> a & b);
      ints(lab, "or.b32", (a, b) -> a | b);
      ints(lab, "xor.b32", (a, b) -> a ^ b);
      ints(lab, "add.sat.s32", (a, b) -> clamp((long) a + b));
      ints(lab, "sub.sat.s32", (a, b) -> clamp((long) a - b));
      ints(lab, "shl.b32", (a, b) -> (b & ~31) != 0 ? 0 : a << b);
      ints(lab, "shr.u32", (a, b) -> (b & ~31) != 0 ? 0 : a >>> b);
      ints(lab, "shr.s32", (a, b) -> a >> ((b & ~31) != 0 ? 31 : b));
    }
  }

  private static final long M = 0xFFFFFFFFL;

  private static int clamp(long x) {
    return Math.clamp(x, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  @Test
  void integersOfThreeOperandsAndOne() {
    try (Lab lab = new Lab()) {
      ints(lab, "neg.s32 %r4, %r4;\nadd.s32", (a, b) -> -a + b);
      ints(lab, "abs.s32 %r4, %r4;\nadd.s32", (a, b) -> Math.abs(a) + b);
      ints(lab, "not.b32 %r4, %r4;\nadd.s32", (a, b) -> ~a + b);
      ints(lab, "cnot.b32 %r4, %r4;\nadd.s32", (a, b) -> (a == 0 ? 1 : 0) + b);
      ints(lab, "popc.b32 %r4, %r4;\nadd.s32", (a, b) -> Integer.bitCount(a) + b);
      ints(lab, "clz.b32 %r4, %r4;\nadd.s32", (a, b) -> Integer.numberOfLeadingZeros(a) + b);
      ints(lab, "brev.b32 %r4, %r4;\nadd.s32", (a, b) -> Integer.reverse(a) + b);
      ints(lab, "mad.lo.s32 %r4, %r4, %r5, %r5;\nadd.s32", (a, b) -> a * b + b + b);
      ints(
          lab,
          "mad.hi.s32 %r4, %r4, %r5, %r5;\nadd.s32",
          (a, b) -> (int) ((long) a * b >> 32) + b + b);
      ints(
          lab,
          "mad.hi.u32 %r4, %r4, %r5, %r5;\nadd.s32",
          (a, b) -> (int) ((a & M) * (b & M) >>> 32) + b + b);
      ints(
          lab,
          "mul.wide.s32 %d4, %r4, %r5;\nmov.b64 {%r6, %r4}, %d4;\nxor.b32 %r4, %r4, %r6;\nadd.s32",
          (a, b) -> (int) ((long) a * b ^ (long) a * b >> 32) + b);
      ints(
          lab,
          "cvt.u64.u32 %d4, %r5;\nmad.wide.u32 %d4, %r4, %r5, %d4;\nshr.u64 %d4, %d4, 32;\n"
              + "cvt.u32.u64 %r4, %d4;\nadd.s32",
          (a, b) -> (int) ((a & M) * (b & M) + (b & M) >>> 32) + b);
      ints(
          lab,
          "add.cc.u32 %r6, %r4, %r5;\naddc.u32 %r4, 0, 0;\nadd.s32",
          (a, b) -> (int) ((a & M) + (b & M) >>> 32) + b);
      ints(
          lab,
          "sub.cc.u32 %r6, %r4, %r5;\nsubc.cc.u32 %r4, 5, 0;\naddc.u32 %r4, %r4, 0;\nadd.s32",
          (a, b) -> 5 - (Integer.compareUnsigned(a, b) < 0 ? 1 : 0) + b);
    }
  }

  @Test
  void bitFields() {
    try (Lab lab = new Lab()) {
      ints(lab, "bfe.u32 %r4, %r4, 5, 7;\nadd.s32", (a, b) -> (a >>> 5 & 127) + b);
      ints(lab, "bfe.s32 %r4, %r4, 28, 8;\nadd.s32", (a, b) -> (a >> 28) + b);
      ints(lab, "bfe.s32 %r4, %r4, 3, 4;\nadd.s32", (a, b) -> (a << 25 >> 28) + b);
      ints(lab, "bfe.u32 %r4, %r4, 3, 0;\nadd.s32", (a, b) -> b);
      ints(lab, "bfe.u32 %r4, %r4, 3, 32;\nadd.s32", (a, b) -> (a >>> 3) + b);
      ints(
          lab,
          "bfi.b32 %r4, %r5, %r4, 8, 12;\nadd.s32",
          (a, b) -> (a & ~0xFFF00 | b << 8 & 0xFFF00) + b);
      ints(lab, "bfi.b32 %r4, %r5, %r4, 40, 12;\nadd.s32", (a, b) -> a + b);
      ints(
          lab,
          "prmt.b32 %r4, %r4, %r5, 0x4170;\nadd.s32",
          (a, b) -> (b << 24 | (a >>> 8 & 255) << 16 | (b >>> 24) << 8 | a & 255) + b);
      ints(lab, "prmt.b32 %r4, %r4, %r5, 0xbbbb;\nadd.s32", (a, b) -> (a >> 31) + b);
      ints(lab, "shf.l.wrap.b32 %r4, %r4, %r5, 9;\nadd.s32", (a, b) -> (b << 9 | a >>> 23) + b);
      ints(lab, "shf.r.wrap.b32 %r4, %r4, %r5, 41;\nadd.s32", (a, b) -> (b << 23 | a >>> 9) + b);
      ints(lab, "shf.l.clamp.b32 %r4, %r4, %r5, 77;\nadd.s32", (a, b) -> a + b);
      ints(lab, "shf.r.clamp.b32 %r4, %r4, %r5, 77;\nadd.s32", (a, b) -> b + b);
      ints(lab, "lop3.b32 %r4, %r4, %r5, -2, 0xE8;\nadd.s32", (a, b) -> (a & b | (a | b) & -2) + b);
      ints(lab, "dp4a.s32.s32 %r4, %r4, %r5, 3;\nadd.s32", (a, b) -> dot(a, b, true) + 3 + b);
      ints(lab, "dp4a.u32.u32 %r4, %r4, %r5, 3;\nadd.s32", (a, b) -> dot(a, b, false) + 3 + b);
    }
  }

  private static int dot(int a, int b, boolean signed) {
    int sum = 0;
    for (int k = 0; k < 4; k++) {
      int x = a >>> 8 * k & 255;
      int y = b >>> 8 * k & 255;
      sum += signed ? (byte) x * (byte) y : x * y;
    }
    return sum;
  }

  /** Runs {@code op %d4, %d4, %d5} on 64 bits that are made of two words. */
  private static void longs(Lab lab, String op, LongBinaryOperator expected) {
    for (int seed = 0; seed < 4; seed++) {
      int[] x = operands(seed);
      int[] y =
          lab.warp(
              """
              shfl.sync.bfly.b32 %r5, %r4, 11, 31, -1;
              shfl.sync.bfly.b32 %r6, %r4, 22, 31, -1;
              mov.b64 %d4, {%r4, %r5};
              mov.b64 %d5, {%r6, %r4};
              mov.u64 %d6, %d4;
              setp.lt.u32 %p0, %r3, 19;
              setp.ge.u32 %p1, %r3, 19;
              """
                  + "@%p0 "
                  + op.replace(";\n", ";\n@%p0 ")
                  + " %d4, %d4, %d5;\n"
                  + "@%p1 mov.u64 %d4, %d6;\n"
                  + op.replace("%d4", "%d6")
                  + " %d6, %d6, %d5;\n"
                  + """
                  setp.ne.u64 %p2, %d4, %d6;
                  and.pred %p2, %p2, %p0;
                  @%p2 trap;
                  mov.b64 {%r7, %r8}, %d6;
                  shl.b32 %r8, %r8, 1;
                  xor.b32 %r4, %r7, %r8;
                  """,
              x);
      for (int i = 0; i < 32; i++) {
        long a = x[i] & M | (long) x[i ^ 11] << 32;
        long b = x[i ^ 22] & M | (long) x[i] << 32;
        long value = expected.applyAsLong(a, b);
        assertEquals((int) value ^ (int) (value >> 32) << 1, y[i], op + " " + a + " " + b);
      }
    }
  }

  @Test
  void integersOf64Bits() {
    try (Lab lab = new Lab()) {
      longs(lab, "add.s64", Long::sum);
      longs(lab, "sub.u64", (a, b) -> a - b);
      longs(lab, "mul.lo.u64", (a, b) -> a * b);
      longs(lab, "mul.hi.s64", Math::multiplyHigh);
      longs(lab, "mul.hi.u64", Math::unsignedMultiplyHigh);
      longs(lab, "div.s64", (a, b) -> b == 0 ? -1 : a / b);
      longs(lab, "div.u64", (a, b) -> b == 0 ? -1 : Long.divideUnsigned(a, b));
      longs(lab, "rem.s64", (a, b) -> b == 0 ? a : a % b);
      longs(lab, "rem.u64", (a, b) -> b == 0 ? a : Long.remainderUnsigned(a, b));
      longs(lab, "min.s64", Math::min);
      longs(lab, "max.s64", Math::max);
      longs(lab, "min.u64", (a, b) -> Long.compareUnsigned(a, b) < 0 ? a : b);
      longs(lab, "max.u64", (a, b) -> Long.compareUnsigned(a, b) < 0 ? b : a);
      longs(lab, "and.b64", (a, b) -> a & b);
      longs(lab, "or.b64", (a, b) -> a | b);
      longs(lab, "xor.b64", (a, b) -> a ^ b);
      longs(lab, "not.b64 %d4, %d4;\nadd.s64", (a, b) -> ~a + b);
      longs(lab, "neg.s64 %d4, %d4;\nadd.s64", (a, b) -> -a + b);
      longs(lab, "abs.s64 %d4, %d4;\nadd.s64", (a, b) -> Math.abs(a) + b);
      longs(lab, "cnot.b64 %d4, %d4;\nadd.s64", (a, b) -> (a == 0 ? 1 : 0) + b);
      longs(lab, "brev.b64 %d4, %d4;\nadd.s64", (a, b) -> Long.reverse(a) + b);
      longs(lab, "mad.lo.s64 %d4, %d4, %d5, %d5;\nadd.s64", (a, b) -> a * b + b + b);
      longs(
          lab,
          "mad.hi.s64 %d4, %d4, %d5, %d5;\nadd.s64",
          (a, b) -> Math.multiplyHigh(a, b) + b + b);
      longs(
          lab,
          "mad.hi.u64 %d4, %d4, %d5, %d5;\nadd.s64",
          (a, b) -> Math.unsignedMultiplyHigh(a, b) + b + b);
      longs(lab, "shl.b64 %d4, %d4, 37;\nadd.s64", (a, b) -> (a << 37) + b);
      longs(lab, "shr.u64 %d4, %d4, 37;\nadd.s64", (a, b) -> (a >>> 37) + b);
      longs(lab, "shr.s64 %d4, %d4, 37;\nadd.s64", (a, b) -> (a >> 37) + b);
      longs(lab, "shl.b64 %d4, %d4, 64;\nadd.s64", (a, b) -> b);
      longs(lab, "shr.u64 %d4, %d4, 64;\nadd.s64", (a, b) -> b);
      longs(lab, "shr.s64 %d4, %d4, -1;\nadd.s64", (a, b) -> (a >> 63) + b);
      assertArrayEquals(
          new int[] {32 + 32, 1 + 63},
          java.util.Arrays.copyOf(
              lab.warp(
                  """
                  cvt.u64.u32 %d4, %r4;
                  popc.b64 %r5, %d4;
                  clz.b64 %r6, %d4;
                  add.u32 %r4, %r5, %r6;
                  """,
                  -1, 1),
              2),
          "popc and clz of 64 bits");
    }
  }

  private static String halves(String op, String wide, String type) {
    return """
    mov.b32 {%%h0, %%h1}, %%r4;
    %s %%h2, %%h0, %%h1;
    cvt.%s.%s %%r4, %%h2;
    """
        .formatted(op, wide, type);
  }

  @Test
  void integersOf16Bits() {
    try (Lab lab = new Lab()) {
      int[] x = operands(9);
      for (String type : new String[] {"s16", "u16"}) {
        boolean signed = type.equals("s16");
        String wide = signed ? "s32" : "u32";
        for (String op : new String[] {"add.", "sub.", "mul.lo.", "min.", "max."}) {
          int[] y = lab.warp(halves(op + type, wide, type), x);
          for (int i = 0; i < 32; i++) {
            int a = signed ? (short) x[i] : x[i] & 0xFFFF;
            int b = signed ? x[i] >> 16 : x[i] >>> 16;
            int v =
                switch (op) {
                  case "add." -> a + b;
                  case "sub." -> a - b;
                  case "mul.lo." -> a * b;
                  case "min." -> Math.min(a, b);
                  default -> Math.max(a, b);
                };
            assertEquals(signed ? (short) v : v & 0xFFFF, y[i], op + type + " " + a + " " + b);
          }
        }
        int[] y =
            lab.warp(
                "mov.b32 {%h0, %h1}, %r4;\nmul.wide."
                    + type
                    + " %r4, %h0, %h1;\n"
                    + "mad.wide."
                    + type
                    + " %r4, %h0, %h1, %r4;",
                x);
        for (int i = 0; i < 32; i++) {
          int a = signed ? (short) x[i] : x[i] & 0xFFFF;
          int b = signed ? x[i] >> 16 : x[i] >>> 16;
          assertEquals(2 * a * b, y[i]);
        }
      }
      int[] y = lab.warp("mov.b32 {%h0, %h1}, %r4;\nmov.b32 %r4, {%h1, %h0};", x);
      for (int i = 0; i < 32; i++) {
        assertEquals(Integer.rotateLeft(x[i], 16), y[i]);
      }
      y =
          lab.warp(
              """
              mov.b32 {%h0, %h1}, %r4;
              mov.b64 %d4, {%h0, %h1, %h1, %h0};
              mov.b64 {%h4, %h5, %h6, %h7}, %d4;
              mov.b32 %r4, {%h4, %h7};
              """,
              x);
      for (int i = 0; i < 32; i++) {
        assertEquals(x[i] & 0xFFFF | x[i] << 16, y[i]);
      }
    }
  }
}
