package org.adjoint.cpu;

import org.adjoint.kernels.Expr;

/** Reductions of rows too short for lanes, one element after the other. */
final class ShortRows {
  private ShortRows() {}

  /** Combines {@code n} elements with ADD, MUL, MAX or MIN, from the neutral element on. */
  static void reduce(
      Expr.Operator combine, double neutral, Object x, int at, int n, Object to, int toAt) {
    if (x instanceof float[] f) {
      ((float[]) to)[toAt] = reduce(combine, (float) neutral, f, at, n);
    } else {
      ((double[]) to)[toAt] = reduce(combine, neutral, (double[]) x, at, n);
    }
  }

  private static float reduce(Expr.Operator combine, float neutral, float[] x, int at, int n) {
    float r = neutral;
    switch (combine) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          r += x[at + i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          r *= x[at + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          r = Math.max(r, x[at + i]);
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          r = Math.min(r, x[at + i]);
        }
      }
    }
    return r;
  }

  private static double reduce(Expr.Operator combine, double neutral, double[] x, int at, int n) {
    double r = neutral;
    switch (combine) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          r += x[at + i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          r *= x[at + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          r = Math.max(r, x[at + i]);
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          r = Math.min(r, x[at + i]);
        }
      }
    }
    return r;
  }
}
