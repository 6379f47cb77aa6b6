package org.adjoint.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packing with vectors, for whole panels of 4 or 8.
 *
 * <p>The transposition is a network of perfect shuffles: interleaving row i with row i + n/2 moves
 * the highest bit of the row number below all bits of the column number; after log2(n) rounds the
 * columns lie one behind the other, whatever the number of lanes.
 */
final class DoubleVectorPack {
  private static final VectorSpecies<Double> SPECIES = Simd.DOUBLE;
  private static final int LANES = Simd.DOUBLES;
  private static final DoubleVector LOW = zip(0);
  private static final DoubleVector HIGH = zip(LANES / 2);

  private static final VectorSpecies<Double> QUARTET = species(4);

  private DoubleVectorPack() {}

  private static VectorSpecies<Double> species(int lanes) {
    return VectorSpecies.of(double.class, VectorShape.forBitSize(lanes * Double.SIZE));
  }

  /** Does what {@link DoublePack#panel} does. */
  static void panel(
      double[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      double[] to,
      int toAt,
      int width) {
    if (valid == width && across == 1) {
      copy(from, at, along, count, to, toAt, width);
    } else if (valid == width && along == 1 && width >= 4) {
      int body = SPECIES.loopBound(count);
      transpose(from, at, across, body, to, toAt, width);
      DoublePack.panel(
          from, at + body, across, 1, valid, count - body, to, toAt + body * width, width);
    } else {
      DoublePack.panel(from, at, across, along, valid, count, to, toAt, width);
    }
  }

  private static void copy(
      double[] from, int at, int along, int count, double[] to, int toAt, int width) {
    if (width % LANES == 0) {
      for (int i = 0; i < width; i += LANES) {
        for (int k = 0; k < count; k++) {
          load(from, at + i + k * along).intoArray(to, toAt + i + k * width);
        }
      }
    } else {
      copy4(from, at, along, count, to, toAt);
    }
  }

  private static void copy4(double[] from, int at, int along, int count, double[] to, int toAt) {
    for (int k = 0; k < count; k++) {
      DoubleVector.fromArray(QUARTET, from, at + k * along).intoArray(to, toAt + k * 4);
    }
  }

  private static void transpose(
      double[] from, int at, int across, int count, double[] to, int toAt, int width) {
    for (int k = 0; k < count; k += LANES) {
      switch (width) {
        case 4 -> four(from, at + k, across, to, toAt + k * 4);
        default -> eight(from, at + k, across, to, toAt + k * 8);
      }
    }
  }

  /** Does what {@link DoublePack#rows} does. */
  static void rows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
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
    DoublePack.rows(
        from, at + safe * step, step, count - safe, width, to, toAt + safe * toStep, toStep);
  }

  private static void wide(
      double[] from, int at, int step, int count, int span, double[] to, int toAt, int toStep) {
    for (int i = 0; i < count; i++) {
      int source = at + i * step;
      int target = toAt + i * toStep;
      for (int j = 0; j < span; j += LANES) {
        load(from, source + j).intoArray(to, target + j);
      }
    }
  }

  /** Does what {@link DoublePack#addRows} does. */
  static void addRows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    int body = SPECIES.loopBound(width);
    VectorMask<Double> rest = SPECIES.indexInRange(body, width);
    for (int i = 0; i < count; i++) {
      int source = at + i * step;
      int target = toAt + i * toStep;
      for (int j = 0; j < body; j += LANES) {
        load(to, target + j).add(load(from, source + j)).intoArray(to, target + j);
      }
      if (body < width) {
        DoubleVector sum = DoubleVector.fromArray(SPECIES, to, target + body, rest);
        sum.add(DoubleVector.fromArray(SPECIES, from, source + body, rest))
            .intoArray(to, target + body, rest);
      }
    }
  }

  private static DoubleVector load(double[] array, int at) {
    return DoubleVector.fromArray(SPECIES, array, at);
  }

  private static DoubleVector zip(int from) {
    double[] index = new double[LANES];
    for (int i = 0; i < LANES; i++) {
      index[i] = from + i / 2 + (i % 2) * LANES;
    }
    return DoubleVector.fromArray(SPECIES, index, 0);
  }

  private static DoubleVector low(DoubleVector a, DoubleVector b) {
    return LOW.selectFrom(a, b);
  }

  private static DoubleVector high(DoubleVector a, DoubleVector b) {
    return HIGH.selectFrom(a, b);
  }

  private static void four(double[] from, int at, int across, double[] to, int toAt) {
    DoubleVector a0 = load(from, at);
    DoubleVector a1 = load(from, at + across);
    DoubleVector a2 = load(from, at + 2 * across);
    DoubleVector a3 = load(from, at + 3 * across);
    DoubleVector b0 = low(a0, a2);
    DoubleVector b1 = high(a0, a2);
    DoubleVector b2 = low(a1, a3);
    DoubleVector b3 = high(a1, a3);
    DoubleVector c0 = low(b0, b2);
    DoubleVector c1 = high(b0, b2);
    DoubleVector c2 = low(b1, b3);
    DoubleVector c3 = high(b1, b3);
    c0.intoArray(to, toAt);
    c1.intoArray(to, toAt + LANES);
    c2.intoArray(to, toAt + 2 * LANES);
    c3.intoArray(to, toAt + 3 * LANES);
  }

  private static void eight(double[] from, int at, int across, double[] to, int toAt) {
    DoubleVector a0 = load(from, at);
    DoubleVector a1 = load(from, at + across);
    DoubleVector a2 = load(from, at + 2 * across);
    DoubleVector a3 = load(from, at + 3 * across);
    DoubleVector a4 = load(from, at + 4 * across);
    DoubleVector a5 = load(from, at + 5 * across);
    DoubleVector a6 = load(from, at + 6 * across);
    DoubleVector a7 = load(from, at + 7 * across);
    DoubleVector b0 = low(a0, a4);
    DoubleVector b1 = high(a0, a4);
    DoubleVector b2 = low(a1, a5);
    DoubleVector b3 = high(a1, a5);
    DoubleVector b4 = low(a2, a6);
    DoubleVector b5 = high(a2, a6);
    DoubleVector b6 = low(a3, a7);
    DoubleVector b7 = high(a3, a7);
    DoubleVector c0 = low(b0, b4);
    DoubleVector c1 = high(b0, b4);
    DoubleVector c2 = low(b1, b5);
    DoubleVector c3 = high(b1, b5);
    DoubleVector c4 = low(b2, b6);
    DoubleVector c5 = high(b2, b6);
    DoubleVector c6 = low(b3, b7);
    DoubleVector c7 = high(b3, b7);
    DoubleVector d0 = low(c0, c4);
    DoubleVector d1 = high(c0, c4);
    DoubleVector d2 = low(c1, c5);
    DoubleVector d3 = high(c1, c5);
    DoubleVector d4 = low(c2, c6);
    DoubleVector d5 = high(c2, c6);
    DoubleVector d6 = low(c3, c7);
    DoubleVector d7 = high(c3, c7);
    d0.intoArray(to, toAt);
    d1.intoArray(to, toAt + LANES);
    d2.intoArray(to, toAt + 2 * LANES);
    d3.intoArray(to, toAt + 3 * LANES);
    d4.intoArray(to, toAt + 4 * LANES);
    d5.intoArray(to, toAt + 5 * LANES);
    d6.intoArray(to, toAt + 6 * LANES);
    d7.intoArray(to, toAt + 7 * LANES);
  }
}
