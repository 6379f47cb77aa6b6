package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The loops of {@link RowLoops} on vectors; the rest of a row is one masked vector more. */
final class VectorLoops extends RowLoops {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int STEP = Simd.FLOATS;

  /** Lanes 0, 2, 4, … to the front. */
  private static final VectorShuffle<Float> EVENS =
      VectorShuffle.fromOp(SPECIES, lane -> 2 * lane % SPECIES.length());

  VectorLoops() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(SPECIES, x, at);
  }

  private static FloatVector load(float[] x, int at, VectorMask<Float> mask) {
    return FloatVector.fromArray(SPECIES, x, at, mask);
  }

  private static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  @Override
  void scale(float[] x, int at, int n, float f) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      load(x, at + i).mul(f).intoArray(x, at + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      load(x, at + full, rest).mul(f).intoArray(x, at + full, rest);
    }
  }

  @Override
  void shift(float[] x, int xAt, int n, float a, float b, float[] y, int yAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      load(x, xAt + i).sub(a).sub(b).intoArray(y, yAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      load(x, xAt + full, rest).sub(a).sub(b).intoArray(y, yAt + full, rest);
    }
  }

  @Override
  void softmaxGradient(
      float[] y, int yAt, float[] dy, int dyAt, int n, float dot, float[] dx, int dxAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      load(y, yAt + i).mul(load(dy, dyAt + i).sub(dot)).intoArray(dx, dxAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      load(y, yAt + full, rest)
          .mul(load(dy, dyAt + full, rest).sub(dot))
          .intoArray(dx, dxAt + full, rest);
    }
  }

  @Override
  void logSoftmaxGradient(float[] e, int at, float[] dy, int dyAt, int n, float s) {
    FloatVector minus = all(-s);
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      Simd.fma(load(e, at + i), minus, load(dy, dyAt + i)).intoArray(e, at + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      Simd.fma(load(e, at + full, rest), minus, load(dy, dyAt + full, rest))
          .intoArray(e, at + full, rest);
    }
  }

  @Override
  void normalise(float[] x, int xAt, int n, float c, float f, float b, float[] y, int yAt) {
    FloatVector factor = all(f);
    FloatVector shift = all(b);
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      Simd.fma(load(x, xAt + i).sub(c), factor, shift).intoArray(y, yAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      Simd.fma(load(x, xAt + full, rest).sub(c), factor, shift).intoArray(y, yAt + full, rest);
    }
  }

  @Override
  void normGradient(
      float[] x,
      int xAt,
      float[] dy,
      int dyAt,
      int n,
      float c,
      float a,
      float b,
      float f,
      float[] dx,
      int dxAt) {
    FloatVector centre = all(c);
    FloatVector slope = all(b);
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector d = load(dy, dyAt + i).sub(a);
      d = Simd.fma(centre.sub(load(x, xAt + i)), slope, d);
      d.mul(f).intoArray(dx, dxAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector d = load(dy, dyAt + full, rest).sub(a);
      d = Simd.fma(centre.sub(load(x, xAt + full, rest)), slope, d);
      d.mul(f).intoArray(dx, dxAt + full, rest);
    }
  }

  // ---- one value a column ---

  @Override
  void addRow(float[] x, int at, int n, float[] sum) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      load(sum, i).add(load(x, at + i)).intoArray(sum, i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      load(sum, full, rest).add(load(x, at + full, rest)).intoArray(sum, full, rest);
    }
  }

  @Override
  void addCentredRow(float[] x, int at, int n, float[] c, float[] sum, float[] squares) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector d = load(x, at + i).sub(load(c, i));
      load(sum, i).add(d).intoArray(sum, i);
      Simd.fma(d, d, load(squares, i)).intoArray(squares, i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector d = load(x, at + full, rest).sub(load(c, full, rest));
      load(sum, full, rest).add(d).intoArray(sum, full, rest);
      Simd.fma(d, d, load(squares, full, rest)).intoArray(squares, full, rest);
    }
  }

  @Override
  void addCentredDotRow(
      float[] x, float[] y, int xAt, int yAt, int n, float[] c, float[] sum, float[] products) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector d = load(y, yAt + i);
      FloatVector centred = load(x, xAt + i).sub(load(c, i));
      load(sum, i).add(d).intoArray(sum, i);
      Simd.fma(d, centred, load(products, i)).intoArray(products, i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector d = load(y, yAt + full, rest);
      FloatVector centred = load(x, xAt + full, rest).sub(load(c, full, rest));
      load(sum, full, rest).add(d).intoArray(sum, full, rest);
      Simd.fma(d, centred, load(products, full, rest)).intoArray(products, full, rest);
    }
  }

  @Override
  void normaliseRow(
      float[] x, int xAt, int n, float[] c, float[] f, float[] b, float[] y, int yAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector centred = load(x, xAt + i).sub(load(c, i));
      Simd.fma(centred, load(f, i), load(b, i)).intoArray(y, yAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector centred = load(x, xAt + full, rest).sub(load(c, full, rest));
      Simd.fma(centred, load(f, full, rest), load(b, full, rest)).intoArray(y, yAt + full, rest);
    }
  }

  @Override
  void normGradientRow(
      float[] x,
      int xAt,
      float[] dy,
      int dyAt,
      int n,
      float[] c,
      float[] a,
      float[] b,
      float[] f,
      float[] dx,
      int dxAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector d = load(dy, dyAt + i).sub(load(a, i));
      d = Simd.fma(load(c, i).sub(load(x, xAt + i)), load(b, i), d);
      d.mul(load(f, i)).intoArray(dx, dxAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector d = load(dy, dyAt + full, rest).sub(load(a, full, rest));
      d = Simd.fma(load(c, full, rest).sub(load(x, xAt + full, rest)), load(b, full, rest), d);
      d.mul(load(f, full, rest)).intoArray(dx, dxAt + full, rest);
    }
  }

  @Override
  void normaliseColumns(
      float[] x,
      int xAt,
      int n,
      float c,
      float f,
      float[] g,
      int gAt,
      float[] b,
      int bAt,
      float[] y,
      int yAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector normal = load(x, xAt + i).sub(c).mul(f);
      Simd.fma(normal, load(g, gAt + i), load(b, bAt + i)).intoArray(y, yAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector normal = load(x, xAt + full, rest).sub(c).mul(f);
      Simd.fma(normal, load(g, gAt + full, rest), load(b, bAt + full, rest))
          .intoArray(y, yAt + full, rest);
    }
  }

  @Override
  void product(float[] x, int xAt, float[] y, int yAt, int n, float[] z, int zAt) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      load(x, xAt + i).mul(load(y, yAt + i)).intoArray(z, zAt + i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      load(x, xAt + full, rest).mul(load(y, yAt + full, rest)).intoArray(z, zAt + full, rest);
    }
  }

  @Override
  void addNormalRow(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      int n,
      float c,
      float f,
      float[] sum,
      float[] products) {
    int full = n / STEP * STEP;
    for (int i = 0; i < full; i += STEP) {
      FloatVector d = load(y, yAt + i);
      FloatVector normal = load(x, xAt + i).sub(c).mul(f);
      load(sum, i).add(d).intoArray(sum, i);
      Simd.fma(d, normal, load(products, i)).intoArray(products, i);
    }
    if (full < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(full, n);
      FloatVector d = load(y, yAt + full, rest);
      FloatVector normal = load(x, xAt + full, rest).sub(c).mul(f);
      load(sum, full, rest).add(d).intoArray(sum, full, rest);
      Simd.fma(d, normal, load(products, full, rest)).intoArray(products, full, rest);
    }
  }

  /**
   * Each lane takes the window that begins at its element; every second lane is a window of the
   * plane, and these are moved to the front. With NaN in a vector, and near the end of the array,
   * where the last lanes would read beyond it, the scalar loop serves.
   */
  @Override
  void maxTwoByTwo(
      float[] x,
      int at,
      int top,
      int width,
      int cols,
      float[] y,
      int yAt,
      int[] winners,
      int winnersAt) {
    int half = STEP / 2;
    int c = 0;
    for (; c < cols && at + top + 2 * c + width + 1 + STEP <= x.length; c += half) {
      int place = top + 2 * c;
      int i = at + place;
      FloatVector a = load(x, i);
      FloatVector b = load(x, i + 1);
      FloatVector d = load(x, i + width);
      FloatVector e = load(x, i + width + 1);
      FloatVector max = a.max(b).max(d.max(e));
      if (max.compare(VectorOperators.NE, max).anyTrue()) {
        maxTwoByTwo(x, at, top, width, c, Math.min(cols, c + half), y, yAt, winners, winnersAt);
        continue;
      }
      // Equality, because the two zeros are equal, and the first of them wins with its sign.
      VectorMask<Float> third = d.compare(VectorOperators.EQ, max);
      VectorMask<Float> second = b.compare(VectorOperators.EQ, max);
      VectorMask<Float> first = a.compare(VectorOperators.EQ, max);
      FloatVector value = e.blend(d, third).blend(b, second).blend(a, first);
      IntVector from =
          IntVector.broadcast(Simd.INT, width + 1)
              .blend(width, third.cast(Simd.INT))
              .blend(1, second.cast(Simd.INT))
              .blend(0, first.cast(Simd.INT))
              .add(IntVector.broadcast(Simd.INT, place).addIndex(1));
      int count = Math.min(half, cols - c);
      value.rearrange(EVENS).intoArray(y, yAt + c, SPECIES.indexInRange(0, count));
      from.rearrange(EVENS.cast(Simd.INT))
          .intoArray(winners, winnersAt + c, Simd.INT.indexInRange(0, count));
    }
    maxTwoByTwo(x, at, top, width, Math.min(c, cols), cols, y, yAt, winners, winnersAt);
  }
}
