package org.adjoint.cpu;

import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.MAX;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link FloatRows} on vectors. Blocks of 64 elements meet the 64 chains of a sum
 * vector by vector; the chains lie in memory, because how many vectors they fill depends on the
 * width, and a store followed by a load of the same place costs less than an {@code exp}. What is
 * left of a row, often all of it, is one masked vector more.
 */
final class VectorRows extends FloatRows {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int STEP = Simd.FLOATS;

  VectorRows() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(SPECIES, x, at);
  }

  private static FloatVector load(float[] x, int at, VectorMask<Float> mask) {
    return FloatVector.fromArray(SPECIES, x, at, mask);
  }

  @Override
  float max(float[] x, int at, int n) {
    FloatVector m = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    FloatVector m2 = m;
    int i = 0;
    for (; i <= n - 2 * STEP; i += 2 * STEP) {
      m = m.max(load(x, at + i));
      m2 = m2.max(load(x, at + i + STEP));
    }
    for (; i <= n - STEP; i += STEP) {
      m = m.max(load(x, at + i));
    }
    if (i < n) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      m = m.blend(m.max(load(x, at + i, mask)), mask);
    }
    return m.max(m2).reduceLanes(MAX);
  }

  @Override
  void addSum(float[] x, int at, int n, float[] chains) {
    int blocks = n / LANES * LANES;
    if (blocks > 0) {
      // Four at a time were a fifth faster on rows of thousands, but C2 boxed the vectors of the
      // gradient of log-softmax, into which this loop is inlined.
      for (int v = 0; v < LANES; v += 2 * STEP) {
        FloatVector a = load(chains, v);
        FloatVector b = load(chains, v + STEP);
        for (int i = 0; i < blocks; i += LANES) {
          a = a.add(load(x, at + i + v));
          b = b.add(load(x, at + i + v + STEP));
        }
        a.intoArray(chains, v);
        b.intoArray(chains, v + STEP);
      }
    }
    for (int i = blocks; i < n; i += STEP) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      load(chains, i - blocks).add(load(x, at + i, mask)).intoArray(chains, i - blocks);
    }
  }

  @Override
  void addDot(float[] x, int xAt, float[] y, int yAt, int n, float[] chains) {
    int blocks = n / LANES * LANES;
    if (blocks > 0) {
      for (int v = 0; v < LANES; v += 2 * STEP) {
        FloatVector a = load(chains, v);
        FloatVector b = load(chains, v + STEP);
        for (int i = v; i < blocks; i += LANES) {
          a = Simd.fma(load(x, xAt + i), load(y, yAt + i), a);
          b = Simd.fma(load(x, xAt + i + STEP), load(y, yAt + i + STEP), b);
        }
        a.intoArray(chains, v);
        b.intoArray(chains, v + STEP);
      }
    }
    for (int i = blocks; i < n; i += STEP) {
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      FloatVector a = load(chains, i - blocks);
      Simd.fma(load(x, xAt + i, mask), load(y, yAt + i, mask), a).intoArray(chains, i - blocks);
    }
  }

  @Override
  void addCentred(float[] x, int at, int n, float c, float[] chains) {
    int blocks = n / LANES * LANES;
    if (blocks > 0) {
      for (int v = 0; v < LANES; v += 2 * STEP) {
        FloatVector a = load(chains, v);
        FloatVector b = load(chains, v + STEP);
        FloatVector aa = load(chains, LANES + v);
        FloatVector bb = load(chains, LANES + v + STEP);
        for (int i = v; i < blocks; i += LANES) {
          FloatVector d = load(x, at + i).sub(c);
          FloatVector e = load(x, at + i + STEP).sub(c);
          a = a.add(d);
          b = b.add(e);
          aa = Simd.fma(d, d, aa);
          bb = Simd.fma(e, e, bb);
        }
        a.intoArray(chains, v);
        b.intoArray(chains, v + STEP);
        aa.intoArray(chains, LANES + v);
        bb.intoArray(chains, LANES + v + STEP);
      }
    }
    for (int i = blocks; i < n; i += STEP) {
      int v = i - blocks;
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      FloatVector zero = FloatVector.zero(SPECIES);
      FloatVector d = zero.blend(load(x, at + i, mask).sub(c), mask);
      load(chains, v).add(d).intoArray(chains, v);
      Simd.fma(d, d, load(chains, LANES + v)).intoArray(chains, LANES + v);
    }
  }

  @Override
  void addCentredDot(float[] x, int xAt, float[] y, int yAt, int n, float c, float[] chains) {
    int blocks = n / LANES * LANES;
    if (blocks > 0) {
      for (int v = 0; v < LANES; v += 2 * STEP) {
        FloatVector a = load(chains, v);
        FloatVector b = load(chains, v + STEP);
        FloatVector aa = load(chains, LANES + v);
        FloatVector bb = load(chains, LANES + v + STEP);
        for (int i = v; i < blocks; i += LANES) {
          FloatVector d = load(y, yAt + i);
          FloatVector e = load(y, yAt + i + STEP);
          a = a.add(d);
          b = b.add(e);
          aa = Simd.fma(d, load(x, xAt + i).sub(c), aa);
          bb = Simd.fma(e, load(x, xAt + i + STEP).sub(c), bb);
        }
        a.intoArray(chains, v);
        b.intoArray(chains, v + STEP);
        aa.intoArray(chains, LANES + v);
        bb.intoArray(chains, LANES + v + STEP);
      }
    }
    for (int i = blocks; i < n; i += STEP) {
      int v = i - blocks;
      VectorMask<Float> mask = SPECIES.indexInRange(i, n);
      FloatVector zero = FloatVector.zero(SPECIES);
      FloatVector d = load(y, yAt + i, mask);
      FloatVector centred = zero.blend(load(x, xAt + i, mask).sub(c), mask);
      load(chains, v).add(d).intoArray(chains, v);
      Simd.fma(d, centred, load(chains, LANES + v)).intoArray(chains, LANES + v);
    }
  }

  @Override
  int addBelow(float[] x, int xAt, int n, float c, float[] e, int eAt, float[] chains) {
    int equal = 0;
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      int v = i & (LANES - 1);
      VectorMask<Float> top = load(x, xAt + i).compare(EQ, c);
      equal += top.trueCount();
      load(chains, v).add(load(e, eAt + i).blend(0f, top)).intoArray(chains, v);
    }
    if (full < n) {
      int v = full & (LANES - 1);
      VectorMask<Float> mask = SPECIES.indexInRange(full, n);
      VectorMask<Float> top = load(x, xAt + full, mask).compare(EQ, c, mask);
      equal += top.trueCount();
      load(chains, v).add(load(e, eAt + full, mask).blend(0f, top)).intoArray(chains, v);
    }
    return equal;
  }
}
