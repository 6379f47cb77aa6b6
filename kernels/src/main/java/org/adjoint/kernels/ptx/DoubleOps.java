package org.adjoint.kernels.ptx;

import java.util.Map;

/** The instructions of double precision, by IEEE 754 with rounding to nearest. */
final class DoubleOps {
  /** Computes 32 lanes. */
  interface Body {
    void apply(double[] d, double[] a, double[] b, double[] c);
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
                  d[i] = Math.sqrt(a[i]);
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
              "rsqrt",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = 1 / Math.sqrt(a[i]);
                }
              }));

  private DoubleOps() {}

  /** As PTX has it: the other operand if one is NaN; −0 is below +0. */
  static double min(double a, double b) {
    return a != a ? b : b != b ? a : Math.min(a, b);
  }

  /** As PTX has it: the other operand if one is NaN; −0 is below +0. */
  static double max(double a, double b) {
    return a != a ? b : b != b ? a : Math.max(a, b);
  }
}
