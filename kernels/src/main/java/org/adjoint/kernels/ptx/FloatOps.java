package org.adjoint.kernels.ptx;

import java.util.Map;

/**
 * The instructions of single precision, by IEEE 754 with rounding to nearest; of approximate ones
 * what {@link Approximations} start from.
 */
final class FloatOps {
  /** Computes 32 lanes. */
  interface Body {
    void apply(float[] d, float[] a, float[] b, float[] c);
  }

  private static final int LANES = Instruction.LANES;

  /** By opcode. */
  static final Map<String, Body> TABLE =
      Map.ofEntries(
          Map.entry(
              "add",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] + b[i];
                }
              }),
          Map.entry(
              "sub",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] - b[i];
                }
              }),
          Map.entry(
              "mul",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] * b[i];
                }
              }),
          Map.entry(
              "div",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] / b[i];
                }
              }),
          Map.entry(
              "fma",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.fma(a[i], b[i], c[i]);
                }
              }),
          Map.entry(
              "min",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = min(a[i], b[i]);
                }
              }),
          Map.entry(
              "max",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = max(a[i], b[i]);
                }
              }),
          Map.entry(
              "abs",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.abs(a[i]);
                }
              }),
          Map.entry(
              "neg",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = -a[i];
                }
              }),
          Map.entry(
              "copysign",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.copySign(b[i], a[i]);
                }
              }),
          Map.entry(
              "sqrt",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) Math.sqrt(a[i]);
                }
              }),
          Map.entry(
              "rcp",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = 1 / a[i];
                }
              }),
          Map.entry(
              "min.NaN",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.min(a[i], b[i]);
                }
              }),
          Map.entry(
              "max.NaN",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.max(a[i], b[i]);
                }
              }),
          Map.entry(
              "rsqrt",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) (1 / Math.sqrt(a[i]));
                }
              }),
          Map.entry(
              "ex2",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) Math.pow(2, a[i]);
                }
              }),
          Map.entry(
              "lg2",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = lg2(a[i]);
                }
              }),
          Map.entry(
              "sin",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) Math.sin(a[i]);
                }
              }),
          Map.entry(
              "cos",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) Math.cos(a[i]);
                }
              }),
          Map.entry(
              "tanh",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = (float) Math.tanh(a[i]);
                }
              }));

  private FloatOps() {}

  private static float lg2(float a) {
    // Exact at powers of two, where the quotient of logarithms need not be.
    int exponent = Math.getExponent(a);
    return a > 0 && a == Math.scalb(1f, exponent) ? exponent : (float) (Math.log(a) / Math.log(2));
  }

  /** As PTX has it: the other operand if one is NaN; −0 is below +0. */
  static float min(float a, float b) {
    return a != a ? b : b != b ? a : Math.min(a, b);
  }

  /** As PTX has it: the other operand if one is NaN; −0 is below +0. */
  static float max(float a, float b) {
    return a != a ? b : b != b ? a : Math.max(a, b);
  }
}
