package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packing with vectors, for whole panels of 4, 8 or 16.
 *
 * <p>The transposition is a network of perfect shuffles: interleaving row i with row i + n/2 moves
 * the highest bit of the row number below all bits of the column number; after log2(n) rounds the
 * columns lie one behind the other, whatever the number of lanes.
 */
final class FloatVectorPack {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int LANES = Simd.FLOATS;
  private static final FloatVector LOW = zip(0);
  private static final FloatVector HIGH = zip(LANES / 2);

  private static final VectorSpecies<Float> QUARTET = species(4);
  private static final VectorSpecies<Float> OCTET = species(8);

  private FloatVectorPack() {}

  private static VectorSpecies<Float> species(int lanes) {
    return VectorSpecies.of(float.class, VectorShape.forBitSize(lanes * Float.SIZE));
  }

  /** Does what {@link FloatPack#panel} does. */
  static void panel(
      float[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      float[] to,
      int toAt,
      int width) {
    if (valid == width && across == 1) {
      copy(from, at, along, count, to, toAt, width);
    } else if (valid == width && along == 1 && width >= 4) {
      int body = SPECIES.loopBound(count);
      transpose(from, at, across, body, to, toAt, width);
      FloatPack.panel(
          from, at + body, across, 1, valid, count - body, to, toAt + body * width, width);
    } else {
      FloatPack.panel(from, at, across, along, valid, count, to, toAt, width);
    }
  }

  private static void copy(
      float[] from, int at, int along, int count, float[] to, int toAt, int width) {
    if (width % LANES == 0) {
      for (int i = 0; i < width; i += LANES) {
        for (int k = 0; k < count; k++) {
          load(from, at + i + k * along).intoArray(to, toAt + i + k * width);
        }
      }
    } else if (width == 8) {
      copy8(from, at, along, count, to, toAt);
    } else {
      copy4(from, at, along, count, to, toAt);
    }
  }

  private static void copy8(float[] from, int at, int along, int count, float[] to, int toAt) {
    for (int k = 0; k < count; k++) {
      FloatVector.fromArray(OCTET, from, at + k * along).intoArray(to, toAt + k * 8);
    }
  }

  private static void copy4(float[] from, int at, int along, int count, float[] to, int toAt) {
    for (int k = 0; k < count; k++) {
      FloatVector.fromArray(QUARTET, from, at + k * along).intoArray(to, toAt + k * 4);
    }
  }

  private static void transpose(
      float[] from, int at, int across, int count, float[] to, int toAt, int width) {
    for (int k = 0; k < count; k += LANES) {
      switch (width) {
        case 4 -> four(from, at + k, across, to, toAt + k * 4);
        case 8 -> eight(from, at + k, across, to, toAt + k * 8);
        default -> sixteen(from, at + k, across, to, toAt + k * 16);
      }
    }
  }

  /** Does what {@link FloatPack#rows} does. */
  static void rows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep) {
    int span = (width + LANES - 1) / LANES * LANES;
    int safe = count;
    while (safe > 0 && (long) at + (long) (safe - 1) * step + span > from.length) {
      safe--;
    }
    if (span == LANES) {
      for (int i = 0; i < safe; i++) {
        load(from, at + i * step).intoArray(to, toAt + i * toStep);
      }
    } else {
      wide(from, at, step, safe, span, to, toAt, toStep);
    }
    FloatPack.rows(
        from, at + safe * step, step, count - safe, width, to, toAt + safe * toStep, toStep);
  }

  private static void wide(
      float[] from, int at, int step, int count, int span, float[] to, int toAt, int toStep) {
    for (int i = 0; i < count; i++) {
      int source = at + i * step;
      int target = toAt + i * toStep;
      for (int j = 0; j < span; j += LANES) {
        load(from, source + j).intoArray(to, target + j);
      }
    }
  }

  /** Does what {@link FloatPack#addRows} does. */
  static void addRows(
      float[] from, int at, int step, int count, int width, float[] to, int toAt, int toStep) {
    int body = SPECIES.loopBound(width);
    VectorMask<Float> rest = SPECIES.indexInRange(body, width);
    for (int i = 0; i < count; i++) {
      int source = at + i * step;
      int target = toAt + i * toStep;
      for (int j = 0; j < body; j += LANES) {
        load(to, target + j).add(load(from, source + j)).intoArray(to, target + j);
      }
      if (body < width) {
        FloatVector sum = FloatVector.fromArray(SPECIES, to, target + body, rest);
        sum.add(FloatVector.fromArray(SPECIES, from, source + body, rest))
            .intoArray(to, target + body, rest);
      }
    }
  }

  private static FloatVector load(float[] array, int at) {
    return FloatVector.fromArray(SPECIES, array, at);
  }

  private static FloatVector zip(int from) {
    float[] index = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      index[i] = from + i / 2 + (i % 2) * LANES;
    }
    return FloatVector.fromArray(SPECIES, index, 0);
  }

  private static FloatVector low(FloatVector a, FloatVector b) {
    return LOW.selectFrom(a, b);
  }

  private static FloatVector high(FloatVector a, FloatVector b) {
    return HIGH.selectFrom(a, b);
  }

  private static void four(float[] from, int at, int across, float[] to, int toAt) {
    FloatVector a0 = load(from, at);
    FloatVector a1 = load(from, at + across);
    FloatVector a2 = load(from, at + 2 * across);
    FloatVector a3 = load(from, at + 3 * across);
    FloatVector b0 = low(a0, a2);
    FloatVector b1 = high(a0, a2);
    FloatVector b2 = low(a1, a3);
    FloatVector b3 = high(a1, a3);
    FloatVector c0 = low(b0, b2);
    FloatVector c1 = high(b0, b2);
    FloatVector c2 = low(b1, b3);
    FloatVector c3 = high(b1, b3);
    c0.intoArray(to, toAt);
    c1.intoArray(to, toAt + LANES);
    c2.intoArray(to, toAt + 2 * LANES);
    c3.intoArray(to, toAt + 3 * LANES);
  }

  private static void eight(float[] from, int at, int across, float[] to, int toAt) {
    FloatVector a0 = load(from, at);
    FloatVector a1 = load(from, at + across);
    FloatVector a2 = load(from, at + 2 * across);
    FloatVector a3 = load(from, at + 3 * across);
    FloatVector a4 = load(from, at + 4 * across);
    FloatVector a5 = load(from, at + 5 * across);
    FloatVector a6 = load(from, at + 6 * across);
    FloatVector a7 = load(from, at + 7 * across);
    FloatVector b0 = low(a0, a4);
    FloatVector b1 = high(a0, a4);
    FloatVector b2 = low(a1, a5);
    FloatVector b3 = high(a1, a5);
    FloatVector b4 = low(a2, a6);
    FloatVector b5 = high(a2, a6);
    FloatVector b6 = low(a3, a7);
    FloatVector b7 = high(a3, a7);
    FloatVector c0 = low(b0, b4);
    FloatVector c1 = high(b0, b4);
    FloatVector c2 = low(b1, b5);
    FloatVector c3 = high(b1, b5);
    FloatVector c4 = low(b2, b6);
    FloatVector c5 = high(b2, b6);
    FloatVector c6 = low(b3, b7);
    FloatVector c7 = high(b3, b7);
    FloatVector d0 = low(c0, c4);
    FloatVector d1 = high(c0, c4);
    FloatVector d2 = low(c1, c5);
    FloatVector d3 = high(c1, c5);
    FloatVector d4 = low(c2, c6);
    FloatVector d5 = high(c2, c6);
    FloatVector d6 = low(c3, c7);
    FloatVector d7 = high(c3, c7);
    d0.intoArray(to, toAt);
    d1.intoArray(to, toAt + LANES);
    d2.intoArray(to, toAt + 2 * LANES);
    d3.intoArray(to, toAt + 3 * LANES);
    d4.intoArray(to, toAt + 4 * LANES);
    d5.intoArray(to, toAt + 5 * LANES);
    d6.intoArray(to, toAt + 6 * LANES);
    d7.intoArray(to, toAt + 7 * LANES);
  }

  private static void sixteen(float[] from, int at, int across, float[] to, int toAt) {
    FloatVector a0 = load(from, at);
    FloatVector a1 = load(from, at + across);
    FloatVector a2 = load(from, at + 2 * across);
    FloatVector a3 = load(from, at + 3 * across);
    FloatVector a4 = load(from, at + 4 * across);
    FloatVector a5 = load(from, at + 5 * across);
    FloatVector a6 = load(from, at + 6 * across);
    FloatVector a7 = load(from, at + 7 * across);
    FloatVector a8 = load(from, at + 8 * across);
    FloatVector a9 = load(from, at + 9 * across);
    FloatVector a10 = load(from, at + 10 * across);
    FloatVector a11 = load(from, at + 11 * across);
    FloatVector a12 = load(from, at + 12 * across);
    FloatVector a13 = load(from, at + 13 * across);
    FloatVector a14 = load(from, at + 14 * across);
    FloatVector a15 = load(from, at + 15 * across);
    FloatVector b0 = low(a0, a8);
    FloatVector b1 = high(a0, a8);
    FloatVector b2 = low(a1, a9);
    FloatVector b3 = high(a1, a9);
    FloatVector b4 = low(a2, a10);
    FloatVector b5 = high(a2, a10);
    FloatVector b6 = low(a3, a11);
    FloatVector b7 = high(a3, a11);
    FloatVector b8 = low(a4, a12);
    FloatVector b9 = high(a4, a12);
    FloatVector b10 = low(a5, a13);
    FloatVector b11 = high(a5, a13);
    FloatVector b12 = low(a6, a14);
    FloatVector b13 = high(a6, a14);
    FloatVector b14 = low(a7, a15);
    FloatVector b15 = high(a7, a15);
    FloatVector c0 = low(b0, b8);
    FloatVector c1 = high(b0, b8);
    FloatVector c2 = low(b1, b9);
    FloatVector c3 = high(b1, b9);
    FloatVector c4 = low(b2, b10);
    FloatVector c5 = high(b2, b10);
    FloatVector c6 = low(b3, b11);
    FloatVector c7 = high(b3, b11);
    FloatVector c8 = low(b4, b12);
    FloatVector c9 = high(b4, b12);
    FloatVector c10 = low(b5, b13);
    FloatVector c11 = high(b5, b13);
    FloatVector c12 = low(b6, b14);
    FloatVector c13 = high(b6, b14);
    FloatVector c14 = low(b7, b15);
    FloatVector c15 = high(b7, b15);
    FloatVector d0 = low(c0, c8);
    FloatVector d1 = high(c0, c8);
    FloatVector d2 = low(c1, c9);
    FloatVector d3 = high(c1, c9);
    FloatVector d4 = low(c2, c10);
    FloatVector d5 = high(c2, c10);
    FloatVector d6 = low(c3, c11);
    FloatVector d7 = high(c3, c11);
    FloatVector d8 = low(c4, c12);
    FloatVector d9 = high(c4, c12);
    FloatVector d10 = low(c5, c13);
    FloatVector d11 = high(c5, c13);
    FloatVector d12 = low(c6, c14);
    FloatVector d13 = high(c6, c14);
    FloatVector d14 = low(c7, c15);
    FloatVector d15 = high(c7, c15);
    FloatVector e0 = low(d0, d8);
    FloatVector e1 = high(d0, d8);
    FloatVector e2 = low(d1, d9);
    FloatVector e3 = high(d1, d9);
    FloatVector e4 = low(d2, d10);
    FloatVector e5 = high(d2, d10);
    FloatVector e6 = low(d3, d11);
    FloatVector e7 = high(d3, d11);
    FloatVector e8 = low(d4, d12);
    FloatVector e9 = high(d4, d12);
    FloatVector e10 = low(d5, d13);
    FloatVector e11 = high(d5, d13);
    FloatVector e12 = low(d6, d14);
    FloatVector e13 = high(d6, d14);
    FloatVector e14 = low(d7, d15);
    FloatVector e15 = high(d7, d15);
    e0.intoArray(to, toAt);
    e1.intoArray(to, toAt + LANES);
    e2.intoArray(to, toAt + 2 * LANES);
    e3.intoArray(to, toAt + 3 * LANES);
    e4.intoArray(to, toAt + 4 * LANES);
    e5.intoArray(to, toAt + 5 * LANES);
    e6.intoArray(to, toAt + 6 * LANES);
    e7.intoArray(to, toAt + 7 * LANES);
    e8.intoArray(to, toAt + 8 * LANES);
    e9.intoArray(to, toAt + 9 * LANES);
    e10.intoArray(to, toAt + 10 * LANES);
    e11.intoArray(to, toAt + 11 * LANES);
    e12.intoArray(to, toAt + 12 * LANES);
    e13.intoArray(to, toAt + 13 * LANES);
    e14.intoArray(to, toAt + 14 * LANES);
    e15.intoArray(to, toAt + 15 * LANES);
  }
}
