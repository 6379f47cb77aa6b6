package org.adjoint.bench.levels;

import static org.adjoint.kernels.RecipeConstants.*;

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

  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  /** Elements that stay in the first cache from loop to loop; a multiple of every vector. */
  private static final int GELU_BLOCK = 1024;

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

  /** A part of an operation: from x and what the part before left in y. */
  private interface Part {
    void run(float[] x, float[] y, int from, int to);
  }

  /**
   * The parts of GELU. C2 makes one method of direct calls, longer than what it keeps free of boxed
   * vectors (50 MB a call of a million elements, measured); a call of many targets stays a call.
   */
  private static final Part[] GELU = {
    VectorLoops::erfcLog,
    (x, y, from, to) -> exp(y, y, from, to),
    VectorLoops::erf,
    VectorLoops::half
  };

  /** (x + |x|·erf(|x|/√2))/2, one block after the other, each part by part. */
  static void gelu(float[] x, float[] y, int from, int to) {
    int whole = from + (to - from) / N * N;
    for (int block = from; block < whole; block += GELU_BLOCK) {
      int end = Math.min(whole, block + GELU_BLOCK);
      for (Part part : GELU) {
        part.run(x, y, block, end);
      }
    }
    for (int i = whole; i < to; i++) {
      float a = Math.abs(x[i]);
      y[i] = 0.5f * (x[i] + a * Recipes.erf(a * ROOT_HALF));
    }
  }

  /** y = ln(1 − erf(|x|/√2)). */
  private static void erfcLog(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i += N) {
      FloatVector a = at(x, i).abs().mul(ROOT_HALF);
      FloatVector c = a.blend(ERF_MAX, a.compare(VectorOperators.GT, ERF_MAX));
      FloatVector q = c.fma(ERFC6, ERFC5);
      q = q.fma(c, c.broadcast(ERFC4));
      q = q.fma(c, c.broadcast(ERFC3));
      q = q.fma(c, c.broadcast(ERFC2));
      q = q.fma(c, c.broadcast(ERFC1));
      q.fma(c, c.broadcast(ERFC0)).mul(c).neg().intoArray(y, i);
    }
  }

  /** From y = 1 − erf(|x|/√2), good from 1 on, makes erf(|x|/√2), below 1 by a polynomial. */
  private static void erf(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i += N) {
      FloatVector a = at(x, i).abs().mul(ROOT_HALF);
      FloatVector t = a.mul(a);
      FloatVector p = t.fma(ERF6, ERF5);
      p = p.fma(t, a.broadcast(ERF4));
      p = p.fma(t, a.broadcast(ERF3));
      p = p.fma(t, a.broadcast(ERF2));
      p = p.fma(t, a.broadcast(ERF1));
      p = p.fma(t, a.broadcast(ERF0)).fma(a, a);
      FloatVector far = a.broadcast(1f).sub(at(y, i));
      far.blend(p, t.compare(VectorOperators.LT, 1f)).intoArray(y, i);
    }
  }

  /** y = (x + |x|·y)/2. */
  private static void half(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i += N) {
      FloatVector v = at(x, i);
      v.add(v.abs().mul(at(y, i))).mul(0.5f).intoArray(y, i);
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
