package org.adjoint.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** What the vector tiles share. */
abstract class DoubleVectorTile extends DoubleTile {
  private static final VectorSpecies<Double> SPECIES = Simd.DOUBLE;
  private static final int LANES = Simd.DOUBLES;
  private static final int CHAINS = 64;

  DoubleVectorTile(int rows) {
    super(rows, LANES);
  }

  @Override
  final void pack(
      double[] from,
      int at,
      int across,
      int along,
      int valid,
      int count,
      double[] to,
      int toAt,
      int width) {
    DoubleVectorPack.panel(from, at, across, along, valid, count, to, toAt, width);
  }

  @Override
  final void rows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    DoubleVectorPack.rows(from, at, step, count, width, to, toAt, toStep);
  }

  @Override
  final void addRows(
      double[] from, int at, int step, int count, int width, double[] to, int toAt, int toStep) {
    DoubleVectorPack.addRows(from, at, step, count, width, to, toAt, toStep);
  }

  // Four rows of b at a time: c is loaded and stored once for four fused multiply-adds, b is read
  // in long runs as memory likes it.
  @Override
  final void row(
      int width,
      int kc,
      double[] a,
      int aAt,
      int aStep,
      double[] b,
      int bAt,
      int bStep,
      double[] c,
      int cAt) {
    int k = 0;
    for (; k + 4 <= kc; k += 4) {
      int i = aAt + k * aStep;
      four(
          width,
          a[i],
          a[i + aStep],
          a[i + 2 * aStep],
          a[i + 3 * aStep],
          b,
          bAt + k * bStep,
          bStep,
          c,
          cAt);
    }
    for (; k < kc; k++) {
      single(width, a[aAt + k * aStep], b, bAt + k * bStep, c, cAt);
    }
  }

  private static void four(
      int width,
      double a0,
      double a1,
      double a2,
      double a3,
      double[] b,
      int bAt,
      int bStep,
      double[] c,
      int cAt) {
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, a0);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES, a1);
    DoubleVector v2 = DoubleVector.broadcast(SPECIES, a2);
    DoubleVector v3 = DoubleVector.broadcast(SPECIES, a3);
    int b1 = bAt + bStep;
    int b2 = b1 + bStep;
    int b3 = b2 + bStep;
    int body = SPECIES.loopBound(width);
    int j = 0;
    for (; j < body; j += LANES) {
      DoubleVector s = DoubleVector.fromArray(SPECIES, c, cAt + j);
      s = v0.fma(DoubleVector.fromArray(SPECIES, b, bAt + j), s);
      s = v1.fma(DoubleVector.fromArray(SPECIES, b, b1 + j), s);
      s = v2.fma(DoubleVector.fromArray(SPECIES, b, b2 + j), s);
      s = v3.fma(DoubleVector.fromArray(SPECIES, b, b3 + j), s);
      s.intoArray(c, cAt + j);
    }
    for (; j < width; j++) {
      double s = Math.fma(a0, b[bAt + j], c[cAt + j]);
      s = Math.fma(a1, b[b1 + j], s);
      s = Math.fma(a2, b[b2 + j], s);
      c[cAt + j] = Math.fma(a3, b[b3 + j], s);
    }
  }

  private static void single(int width, double a0, double[] b, int bAt, double[] c, int cAt) {
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, a0);
    int body = SPECIES.loopBound(width);
    int j = 0;
    for (; j < body; j += LANES) {
      DoubleVector s = DoubleVector.fromArray(SPECIES, c, cAt + j);
      v0.fma(DoubleVector.fromArray(SPECIES, b, bAt + j), s).intoArray(c, cAt + j);
    }
    for (; j < width; j++) {
      c[cAt + j] = Math.fma(a0, b[bAt + j], c[cAt + j]);
    }
  }

  @Override
  final void dots(
      int count,
      int columns,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      double[] chains,
      double[] c,
      int cAt,
      int cStep) {
    for (int j = 0; j < columns; j++) {
      c[cAt + j * cStep] += dot(count, a, aAt, b, bAt + j * bStep, chains);
    }
  }

  // Four vectors of chains a pass; a vector narrower than 16 lanes takes several passes over the
  // same 64 chains, so that the sums do not depend on the width.
  private static double dot(int count, double[] a, int aAt, double[] b, int bAt, double[] chains) {
    int body = count - count % CHAINS;
    for (int chain = 0; chain < CHAINS; chain += 4 * LANES) {
      chains(chain, body, a, aAt + chain, b, bAt + chain, chains);
    }
    for (int i = body; i < count; i++) {
      chains[i - body] = Math.fma(a[aAt + i], b[bAt + i], chains[i - body]);
    }
    return fold(chains);
  }

  private static void chains(
      int chain, int body, double[] a, int aAt, double[] b, int bAt, double[] chains) {
    DoubleVector s0 = DoubleVector.zero(SPECIES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = 0; i < body; i += CHAINS) {
      int x = aAt + i;
      int y = bAt + i;
      s0 = load(a, x).fma(load(b, y), s0);
      s1 = load(a, x + LANES).fma(load(b, y + LANES), s1);
      s2 = load(a, x + 2 * LANES).fma(load(b, y + 2 * LANES), s2);
      s3 = load(a, x + 3 * LANES).fma(load(b, y + 3 * LANES), s3);
    }
    s0.intoArray(chains, chain);
    s1.intoArray(chains, chain + LANES);
    s2.intoArray(chains, chain + 2 * LANES);
    s3.intoArray(chains, chain + 3 * LANES);
  }

  private static DoubleVector load(double[] array, int at) {
    return DoubleVector.fromArray(SPECIES, array, at);
  }
}
