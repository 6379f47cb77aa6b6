package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of eight rows and up to three vectors: 24 accumulators, three vectors of b and one of a fit
 * 32 registers.
 */
final class FloatTile8 extends FloatVectorTile {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int LANES = Simd.FLOATS;

  FloatTile8() {
    super(8);
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

  // Measured (Zen 4, 512 bits, FMA peak 117.8 GFLOP/s, panels in L1, kc = 256): three vectors 111,
  // two 108, one 82 (bound by the latency of 8 chains); kc = 25: 94, 89, 74.

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
    FloatVector c40 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow);
    FloatVector c41 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow + LANES);
    FloatVector c42 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow + 2 * LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow);
    FloatVector c51 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow + LANES);
    FloatVector c52 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow + 2 * LANES);
    FloatVector c60 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow);
    FloatVector c61 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow + LANES);
    FloatVector c62 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow + 2 * LANES);
    FloatVector c70 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow);
    FloatVector c71 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow + LANES);
    FloatVector c72 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow + 2 * LANES);
    int b1At = bAt + bStep;
    int b2At = bAt + 2 * bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + row);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, b2At + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 8]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      c02 = a0.fma(b2, c02);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      c12 = a1.fma(b2, c12);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      c22 = a2.fma(b2, c22);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      c32 = a3.fma(b2, c32);
      FloatVector a4 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 4]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      c42 = a4.fma(b2, c42);
      FloatVector a5 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 5]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
      c52 = a5.fma(b2, c52);
      FloatVector a6 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 6]);
      c60 = a6.fma(b0, c60);
      c61 = a6.fma(b1, c61);
      c62 = a6.fma(b2, c62);
      FloatVector a7 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 7]);
      c70 = a7.fma(b0, c70);
      c71 = a7.fma(b1, c71);
      c72 = a7.fma(b2, c72);
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
    c40.intoArray(c, cAt + 4 * cRow);
    c41.intoArray(c, cAt + 4 * cRow + LANES);
    c42.intoArray(c, cAt + 4 * cRow + 2 * LANES);
    c50.intoArray(c, cAt + 5 * cRow);
    c51.intoArray(c, cAt + 5 * cRow + LANES);
    c52.intoArray(c, cAt + 5 * cRow + 2 * LANES);
    c60.intoArray(c, cAt + 6 * cRow);
    c61.intoArray(c, cAt + 6 * cRow + LANES);
    c62.intoArray(c, cAt + 6 * cRow + 2 * LANES);
    c70.intoArray(c, cAt + 7 * cRow);
    c71.intoArray(c, cAt + 7 * cRow + LANES);
    c72.intoArray(c, cAt + 7 * cRow + 2 * LANES);
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
    FloatVector c40 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow);
    FloatVector c41 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow);
    FloatVector c51 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow + LANES);
    FloatVector c60 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow);
    FloatVector c61 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow + LANES);
    FloatVector c70 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow);
    FloatVector c71 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow + LANES);
    int b1At = bAt + bStep;
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 8]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      FloatVector a4 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 4]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      FloatVector a5 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 5]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
      FloatVector a6 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 6]);
      c60 = a6.fma(b0, c60);
      c61 = a6.fma(b1, c61);
      FloatVector a7 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 7]);
      c70 = a7.fma(b0, c70);
      c71 = a7.fma(b1, c71);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c10.intoArray(c, cAt + cRow);
    c11.intoArray(c, cAt + cRow + LANES);
    c20.intoArray(c, cAt + 2 * cRow);
    c21.intoArray(c, cAt + 2 * cRow + LANES);
    c30.intoArray(c, cAt + 3 * cRow);
    c31.intoArray(c, cAt + 3 * cRow + LANES);
    c40.intoArray(c, cAt + 4 * cRow);
    c41.intoArray(c, cAt + 4 * cRow + LANES);
    c50.intoArray(c, cAt + 5 * cRow);
    c51.intoArray(c, cAt + 5 * cRow + LANES);
    c60.intoArray(c, cAt + 6 * cRow);
    c61.intoArray(c, cAt + 6 * cRow + LANES);
    c70.intoArray(c, cAt + 7 * cRow);
    c71.intoArray(c, cAt + 7 * cRow + LANES);
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
    FloatVector c40 = FloatVector.fromArray(SPECIES, init, initAt + 4 * initRow);
    FloatVector c50 = FloatVector.fromArray(SPECIES, init, initAt + 5 * initRow);
    FloatVector c60 = FloatVector.fromArray(SPECIES, init, initAt + 6 * initRow);
    FloatVector c70 = FloatVector.fromArray(SPECIES, init, initAt + 7 * initRow);
    for (int k = 0; k < kc; k++) {
      int row = rows[k];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bAt + row);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * 8]);
      c00 = a0.fma(b0, c00);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 1]);
      c10 = a1.fma(b0, c10);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 2]);
      c20 = a2.fma(b0, c20);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 3]);
      c30 = a3.fma(b0, c30);
      FloatVector a4 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 4]);
      c40 = a4.fma(b0, c40);
      FloatVector a5 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 5]);
      c50 = a5.fma(b0, c50);
      FloatVector a6 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 6]);
      c60 = a6.fma(b0, c60);
      FloatVector a7 = FloatVector.broadcast(SPECIES, a[aAt + k * 8 + 7]);
      c70 = a7.fma(b0, c70);
    }
    c00.intoArray(c, cAt);
    c10.intoArray(c, cAt + cRow);
    c20.intoArray(c, cAt + 2 * cRow);
    c30.intoArray(c, cAt + 3 * cRow);
    c40.intoArray(c, cAt + 4 * cRow);
    c50.intoArray(c, cAt + 5 * cRow);
    c60.intoArray(c, cAt + 6 * cRow);
    c70.intoArray(c, cAt + 7 * cRow);
  }
}
