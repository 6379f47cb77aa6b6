package org.adjoint.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of four rows and up to three vectors: 12 accumulators, three vectors of b and one of a fit
 * 16 registers.
 */
final class DoubleTile4 extends DoubleVectorTile {
  private static final VectorSpecies<Double> SPECIES = Simd.DOUBLE;
  private static final int LANES = Simd.DOUBLES;

  DoubleTile4() {
    super(4);
  }

  @Override
  void run(
      int vectors,
      int kc,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      int[] rows,
      double[] init,
      int initAt,
      int initRow,
      double[] c,
      int cAt,
      int cRow) {
    switch (vectors) {
      case 1 -> one(kc, a, aAt, b, bAt, rows, init, initAt, initRow, c, cAt, cRow);
      case 2 -> two(kc, a, aAt, b, bAt, bStep, rows, init, initAt, initRow, c, cAt, cRow);
      default -> three(kc, a, aAt, b, bAt, bStep, rows, init, initAt, initRow, c, cAt, cRow);
    }
  }

  // The float tile's shape; half the lanes.

  private static void three(
      int kc,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      int[] rows,
      double[] init,
      int initAt,
      int initRow,
      double[] c,
      int cAt,
      int cRow) {
    DoubleVector c00 = DoubleVector.fromArray(SPECIES, init, initAt);
    DoubleVector c01 = DoubleVector.fromArray(SPECIES, init, initAt + LANES);
    DoubleVector c02 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * LANES);
    DoubleVector c10 = DoubleVector.fromArray(SPECIES, init, initAt + initRow);
    DoubleVector c11 = DoubleVector.fromArray(SPECIES, init, initAt + initRow + LANES);
    DoubleVector c12 = DoubleVector.fromArray(SPECIES, init, initAt + initRow + 2 * LANES);
    DoubleVector c20 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    DoubleVector c21 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow + LANES);
    DoubleVector c22 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow + 2 * LANES);
    DoubleVector c30 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    DoubleVector c31 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow + LANES);
    DoubleVector c32 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow + 2 * LANES);
    int b1At = bAt + bStep;
    int b2At = bAt + 2 * bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bAt + row);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, b1At + row);
      DoubleVector b2 = DoubleVector.fromArray(SPECIES, b, b2At + row);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      c32 = a3.fma(b2, c32);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c02.intoArray(c, cAt + 2 * LANES);
    c10.intoArray(c, cAt + cRow);
    c11.intoArray(c, cAt + cRow + LANES);
    c12.intoArray(c, cAt + cRow + 2 * LANES);
    c20.intoArray(c, cAt + 2 * cRow);
    c21.intoArray(c, cAt + 2 * cRow + LANES);
    c22.intoArray(c, cAt + 2 * cRow + 2 * LANES);
    c30.intoArray(c, cAt + 3 * cRow);
    c31.intoArray(c, cAt + 3 * cRow + LANES);
    c32.intoArray(c, cAt + 3 * cRow + 2 * LANES);
  }

  private static void two(
      int kc,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int bStep,
      int[] rows,
      double[] init,
      int initAt,
      int initRow,
      double[] c,
      int cAt,
      int cRow) {
    DoubleVector c00 = DoubleVector.fromArray(SPECIES, init, initAt);
    DoubleVector c01 = DoubleVector.fromArray(SPECIES, init, initAt + LANES);
    DoubleVector c10 = DoubleVector.fromArray(SPECIES, init, initAt + initRow);
    DoubleVector c11 = DoubleVector.fromArray(SPECIES, init, initAt + initRow + LANES);
    DoubleVector c20 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    DoubleVector c21 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow + LANES);
    DoubleVector c30 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    DoubleVector c31 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow + LANES);
    int b1At = bAt + bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bAt + row);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, b1At + row);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c10.intoArray(c, cAt + cRow);
    c11.intoArray(c, cAt + cRow + LANES);
    c20.intoArray(c, cAt + 2 * cRow);
    c21.intoArray(c, cAt + 2 * cRow + LANES);
    c30.intoArray(c, cAt + 3 * cRow);
    c31.intoArray(c, cAt + 3 * cRow + LANES);
  }

  private static void one(
      int kc,
      double[] a,
      int aAt,
      double[] b,
      int bAt,
      int[] rows,
      double[] init,
      int initAt,
      int initRow,
      double[] c,
      int cAt,
      int cRow) {
    DoubleVector c00 = DoubleVector.fromArray(SPECIES, init, initAt);
    DoubleVector c10 = DoubleVector.fromArray(SPECIES, init, initAt + initRow);
    DoubleVector c20 = DoubleVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    DoubleVector c30 = DoubleVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bAt + row);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
      c30 = a3.fma(b0, c30);
    }
    c00.intoArray(c, cAt);
    c10.intoArray(c, cAt + cRow);
    c20.intoArray(c, cAt + 2 * cRow);
    c30.intoArray(c, cAt + 3 * cRow);
  }
}
