package org.adjoint.bench.levels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.adjoint.cpu.Simd;
import org.adjoint.cpu.SimdMath;
import org.adjoint.kernels.Recipes;

/**
 * The same loops by hand on the Vector API: whole vectors, then the rest one by one by the same
 * recipe, so that a result does not depend on where an element lies. Touched only where {@link
 * org.adjoint.cpu.VectorModule#isUsable}.
 */
final class VectorLoops {
  private static final int N = Simd.FLOATS;

  private VectorLoops() {}

  private static FloatVector at(float[] x, int i) {
    return FloatVector.fromArray(Simd.FLOAT, x, i);
  }

  static void add(float[] a, float[] b, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      at(a, i).add(at(b, i)).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = a[i] + b[i];
    }
  }

  static void mul(float[] a, float[] b, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      at(a, i).mul(at(b, i)).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = a[i] * b[i];
    }
  }

  static void fma(float[] a, float[] b, float[] c, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      at(a, i).fma(at(b, i), at(c, i)).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = Math.fma(a[i], b[i], c[i]);
    }
  }

  static void relu(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector v = at(x, i);
      v.max(0f).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = Math.max(x[i], 0f);
    }
  }

  static void exp(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector v = at(x, i);
      SimdMath.exp(v).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = Recipes.exp(x[i]);
    }
  }

  static void tanh(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector v = at(x, i);
      SimdMath.tanh(v).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = Recipes.tanh(x[i]);
    }
  }

  static void sigmoid(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      FloatVector v = at(x, i);
      SimdMath.sigmoid(v).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = Recipes.sigmoid(x[i]);
    }
  }

  /** Eight vectors of running sums. */
  static float sum(float[] x, int from, int to) {
    FloatVector s0 = FloatVector.zero(Simd.FLOAT);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    int i = from;
    for (; i <= to - 8 * N; i += 8 * N) {
      s0 = s0.add(at(x, i));
      s1 = s1.add(at(x, i + N));
      s2 = s2.add(at(x, i + 2 * N));
      s3 = s3.add(at(x, i + 3 * N));
      s4 = s4.add(at(x, i + 4 * N));
      s5 = s5.add(at(x, i + 5 * N));
      s6 = s6.add(at(x, i + 6 * N));
      s7 = s7.add(at(x, i + 7 * N));
    }
    FloatVector all = s0.add(s4).add(s1.add(s5)).add(s2.add(s6).add(s3.add(s7)));
    float total = all.reduceLanes(VectorOperators.ADD);
    for (; i < to; i++) {
      total += x[i];
    }
    return total;
  }

  /** Copies. */
  static void copy(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - N; i += N) {
      at(x, i).intoArray(y, i);
    }
    for (; i < to; i++) {
      y[i] = x[i];
    }
  }
}
