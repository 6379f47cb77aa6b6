package org.adjoint.kernels.ptx;

import static org.junit.jupiter.api.Assertions.fail;

import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.Tensor;

/** The reference in float64, and the bound by which a float32 sum may differ from it. */
final class PtxCompare {
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  private PtxCompare() {}

  static Kernels reference() {
    return REFERENCE.kernels();
  }

  /** Returns the numbers as a float64 tensor of the reference. */
  static Tensor exact(float[] v, int... dims) {
    double[] d = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      d[i] = v[i];
    }
    return Tensor.of(REFERENCE, d, dims);
  }

  /** Returns their moduli. */
  static Tensor magnitude(float[] v, int... dims) {
    float[] d = new float[v.length];
    for (int i = 0; i < v.length; i++) {
      d[i] = Math.abs(v[i]);
    }
    return exact(d, dims);
  }

  static Tensor ints(int[] v, int... dims) {
    return Tensor.of(REFERENCE, v, dims);
  }

  static Tensor blank(int... dims) {
    int size = 1;
    for (int d : dims) {
      size *= d;
    }
    return Tensor.of(REFERENCE, new double[size], dims);
  }

  /**
   * Fails unless |x − r| ≤ 2⁻²⁴ · (4·|r| + 4·√n·S) for each element.
   *
   * @param n the length of the sums
   * @param sums S, the same sums of moduli; one number may stand for all
   */
  static void bound(String what, float[] actual, double[] expected, int n, double... sums) {
    if (actual.length != expected.length) {
      fail(what + ": " + actual.length + " elements, expected " + expected.length);
    }
    for (int i = 0; i < actual.length; i++) {
      double s = sums[sums.length == 1 ? 0 : i];
      double r = expected[i];
      double allowed = 0x1p-24 * (4 * Math.abs(r) + 4 * Math.sqrt(Math.max(1, n)) * s);
      boolean same = actual[i] == r || (Double.isNaN(r) && Float.isNaN(actual[i]));
      if (!same && !(Math.abs(actual[i] - r) <= allowed)) {
        fail(
            what
                + "["
                + i
                + "]: expected "
                + r
                + " +- "
                + allowed
                + ", the kernel gave "
                + actual[i]);
      }
    }
  }

  static void same(String what, int[] actual, int[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (actual[i] != expected[i]) {
        fail(what + "[" + i + "]: expected " + expected[i] + ", the kernel gave " + actual[i]);
      }
    }
  }

  /** Fails unless each element is the expected one, rounded once. */
  static void rounded(String what, float[] actual, Tensor expected) {
    double[] exact = expected.toDoubleArray();
    float[] single = new float[exact.length];
    for (int i = 0; i < exact.length; i++) {
      single[i] = (float) exact[i];
    }
    same(what, actual, single);
  }

  static void same(String what, float[] actual, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(actual[i]) != Float.floatToIntBits(expected[i])) {
        fail(what + "[" + i + "]: expected " + expected[i] + ", the kernel gave " + actual[i]);
      }
    }
  }
}
