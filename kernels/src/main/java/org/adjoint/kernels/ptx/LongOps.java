package org.adjoint.kernels.ptx;

import java.util.Map;

/** The integer instructions of 64 bits that compute a lane from up to three operands. */
final class LongOps {
  /** Computes 32 lanes. */
  interface Body {
    void apply(long[] d, long[] a, long[] b, long[] c);
  }

  private static final int LANES = Instruction.LANES;

  /** By name: the opcode, .lo or .hi, and .s or .u where the sign matters. */
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
              "mul.lo",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] * b[i];
                }
              }),
          Map.entry(
              "mad.lo",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] * b[i] + c[i];
                }
              }),
          Map.entry(
              "mul.hi.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.multiplyHigh(a[i], b[i]);
                }
              }),
          Map.entry(
              "mul.hi.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.unsignedMultiplyHigh(a[i], b[i]);
                }
              }),
          Map.entry(
              "mad.hi.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.multiplyHigh(a[i], b[i]) + c[i];
                }
              }),
          Map.entry(
              "mad.hi.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.unsignedMultiplyHigh(a[i], b[i]) + c[i];
                }
              }),
          Map.entry(
              "div.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = b[i] == 0 ? -1 : a[i] / b[i];
                }
              }),
          Map.entry(
              "div.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = b[i] == 0 ? -1 : Long.divideUnsigned(a[i], b[i]);
                }
              }),
          Map.entry(
              "rem.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = b[i] == 0 ? a[i] : a[i] % b[i];
                }
              }),
          Map.entry(
              "rem.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = b[i] == 0 ? a[i] : Long.remainderUnsigned(a[i], b[i]);
                }
              }),
          Map.entry(
              "min.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.min(a[i], b[i]);
                }
              }),
          Map.entry(
              "max.s",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = Math.max(a[i], b[i]);
                }
              }),
          Map.entry(
              "min.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] + Long.MIN_VALUE < b[i] + Long.MIN_VALUE ? a[i] : b[i];
                }
              }),
          Map.entry(
              "max.u",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] + Long.MIN_VALUE > b[i] + Long.MIN_VALUE ? a[i] : b[i];
                }
              }),
          Map.entry(
              "and",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] & b[i];
                }
              }),
          Map.entry(
              "or",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] | b[i];
                }
              }),
          Map.entry(
              "xor",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] ^ b[i];
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
              "not",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = ~a[i];
                }
              }),
          Map.entry(
              "cnot",
              (d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                  d[i] = a[i] == 0 ? 1 : 0;
                }
              }));

  private LongOps() {}
}
