package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of four rows and up to three vectors: 12 accumulators, three vectors of b and one of a fit
 * 16 registers.
 */
final class FloatTile4 extends FloatVectorTile {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int LANES = Simd.FLOATS;

  FloatTile4() {
    super(4);
  }

  @Override
  void run(
      int vectors,
      int kc,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int bStep,
      int[] rows,
      float[] init,
      int initAt,
      int initRow,
      float[] c,
      int cAt,
      int cRow) {
    switch (vectors) {
      case 1 -> one(kc, a, aAt, b, bAt, rows, init, initAt, initRow, c, cAt, cRow);
      case 2 -> two(kc, a, aAt, b, bAt, bStep, rows, init, initAt, initRow, c, cAt, cRow);
      default -> three(kc, a, aAt, b, bAt, bStep, rows, init, initAt, initRow, c, cAt, cRow);
    }
  }

  // Measured (Zen 4, FMA peak 118 GFLOP/s, panels in L1, kc = 256): three vectors 98 at 512 bits
  // and
  // 95 at 256; two 97 and 57; one 78 and 52 (bound by the latency of 4 chains).

  private static void three(
      int kc,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int bStep,
      int[] rows,
      float[] init,
      int initAt,
      int initRow,
      float[] c,
      int cAt,
      int cRow) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, init, initAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, init, initAt + LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, init, initAt + 2 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, init, initAt + initRow);
    FloatVector c11 = FloatVector.fromArray(SPECIES, init, initAt + initRow + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, init, initAt + initRow + 2 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    FloatVector c21 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow + 2 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    FloatVector c31 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow + 2 * LANES);
    int b1At = bAt + bStep;
    int b2At = bAt + 2 * bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + row);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, b2At + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
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
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int bStep,
      int[] rows,
      float[] init,
      int initAt,
      int initRow,
      float[] c,
      int cAt,
      int cRow) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, init, initAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, init, initAt + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, init, initAt + initRow);
    FloatVector c11 = FloatVector.fromArray(SPECIES, init, initAt + initRow + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    FloatVector c21 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    FloatVector c31 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow + LANES);
    int b1At = bAt + bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
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
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int[] rows,
      float[] init,
      int initAt,
      int initRow,
      float[] c,
      int cAt,
      int cRow) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, init, initAt);
    FloatVector c10 = FloatVector.fromArray(SPECIES, init, initAt + initRow);
    FloatVector c20 = FloatVector.fromArray(SPECIES, init, initAt + 2 * initRow);
    FloatVector c30 = FloatVector.fromArray(SPECIES, init, initAt + 3 * initRow);
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 4]);
      c00 = a0.fma(b0, c00);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 4 + 3]);
      c30 = a3.fma(b0, c30);
    }
    c00.intoArray(c, cAt);
    c10.intoArray(c, cAt + cRow);
    c20.intoArray(c, cAt + 2 * cRow);
    c30.intoArray(c, cAt + 3 * cRow);
  }
}
