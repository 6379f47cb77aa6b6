package org.adjoint.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link DoubleConvTile} with vectors: 24 accumulators, or 12 where there are 16 registers. */
final class DoubleConvVectorTile extends DoubleConvTile {
  private static final VectorSpecies<Double> SPECIES = Simd.DOUBLE;
  private static final int LANES = Simd.DOUBLES;

  DoubleConvVectorTile() {
    super(Simd.MANY_REGISTERS ? 6 : 3);
  }

  // A vector narrower than the 16 chains takes several passes over them.
  @Override
  void run(
      int steps,
      double[] a,
      int[] aRows,
      int[] aSteps,
      double[] b,
      int[] bRows,
      int[] bSteps,
      double[] sums,
      int sumsAt) {
    for (int sub = 0; sub < CHAINS; sub += LANES) {
      if (rows == 6) {
        six(sub, steps, a, aRows, aSteps, b, bRows, bSteps, sums, sumsAt);
      } else {
        three(sub, steps, a, aRows, aSteps, b, bRows, bSteps, sums, sumsAt);
      }
    }
  }

  private static void six(
      int sub,
      int steps,
      double[] a,
      int[] aRows,
      int[] aSteps,
      double[] b,
      int[] bRows,
      int[] bSteps,
      double[] sums,
      int sumsAt) {
    int at = sumsAt + sub;
    int a0At = aRows[0] + sub;
    int a1At = aRows[1] + sub;
    int a2At = aRows[2] + sub;
    int a3At = aRows[3] + sub;
    int a4At = aRows[4] + sub;
    int a5At = aRows[5] + sub;
    int b0At = bRows[0] + sub;
    int b1At = bRows[1] + sub;
    int b2At = bRows[2] + sub;
    int b3At = bRows[3] + sub;
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, sums, at);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, sums, at + CHAINS);
    DoubleVector s02 = DoubleVector.fromArray(SPECIES, sums, at + 2 * CHAINS);
    DoubleVector s03 = DoubleVector.fromArray(SPECIES, sums, at + 3 * CHAINS);
    DoubleVector s10 = DoubleVector.fromArray(SPECIES, sums, at + 4 * CHAINS);
    DoubleVector s11 = DoubleVector.fromArray(SPECIES, sums, at + 5 * CHAINS);
    DoubleVector s12 = DoubleVector.fromArray(SPECIES, sums, at + 6 * CHAINS);
    DoubleVector s13 = DoubleVector.fromArray(SPECIES, sums, at + 7 * CHAINS);
    DoubleVector s20 = DoubleVector.fromArray(SPECIES, sums, at + 8 * CHAINS);
    DoubleVector s21 = DoubleVector.fromArray(SPECIES, sums, at + 9 * CHAINS);
    DoubleVector s22 = DoubleVector.fromArray(SPECIES, sums, at + 10 * CHAINS);
    DoubleVector s23 = DoubleVector.fromArray(SPECIES, sums, at + 11 * CHAINS);
    DoubleVector s30 = DoubleVector.fromArray(SPECIES, sums, at + 12 * CHAINS);
    DoubleVector s31 = DoubleVector.fromArray(SPECIES, sums, at + 13 * CHAINS);
    DoubleVector s32 = DoubleVector.fromArray(SPECIES, sums, at + 14 * CHAINS);
    DoubleVector s33 = DoubleVector.fromArray(SPECIES, sums, at + 15 * CHAINS);
    DoubleVector s40 = DoubleVector.fromArray(SPECIES, sums, at + 16 * CHAINS);
    DoubleVector s41 = DoubleVector.fromArray(SPECIES, sums, at + 17 * CHAINS);
    DoubleVector s42 = DoubleVector.fromArray(SPECIES, sums, at + 18 * CHAINS);
    DoubleVector s43 = DoubleVector.fromArray(SPECIES, sums, at + 19 * CHAINS);
    DoubleVector s50 = DoubleVector.fromArray(SPECIES, sums, at + 20 * CHAINS);
    DoubleVector s51 = DoubleVector.fromArray(SPECIES, sums, at + 21 * CHAINS);
    DoubleVector s52 = DoubleVector.fromArray(SPECIES, sums, at + 22 * CHAINS);
    DoubleVector s53 = DoubleVector.fromArray(SPECIES, sums, at + 23 * CHAINS);
    for (int i = 0; i < steps; i++) {
      int x = aSteps[i];
      int y = bSteps[i];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, b0At + y);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, b1At + y);
      DoubleVector b2 = DoubleVector.fromArray(SPECIES, b, b2At + y);
      DoubleVector b3 = DoubleVector.fromArray(SPECIES, b, b3At + y);
      DoubleVector a0 = DoubleVector.fromArray(SPECIES, a, a0At + x);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      DoubleVector a1 = DoubleVector.fromArray(SPECIES, a, a1At + x);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      DoubleVector a2 = DoubleVector.fromArray(SPECIES, a, a2At + x);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      DoubleVector a3 = DoubleVector.fromArray(SPECIES, a, a3At + x);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
      DoubleVector a4 = DoubleVector.fromArray(SPECIES, a, a4At + x);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
      DoubleVector a5 = DoubleVector.fromArray(SPECIES, a, a5At + x);
      s50 = a5.fma(b0, s50);
      s51 = a5.fma(b1, s51);
      s52 = a5.fma(b2, s52);
      s53 = a5.fma(b3, s53);
    }
    s00.intoArray(sums, at);
    s01.intoArray(sums, at + CHAINS);
    s02.intoArray(sums, at + 2 * CHAINS);
    s03.intoArray(sums, at + 3 * CHAINS);
    s10.intoArray(sums, at + 4 * CHAINS);
    s11.intoArray(sums, at + 5 * CHAINS);
    s12.intoArray(sums, at + 6 * CHAINS);
    s13.intoArray(sums, at + 7 * CHAINS);
    s20.intoArray(sums, at + 8 * CHAINS);
    s21.intoArray(sums, at + 9 * CHAINS);
    s22.intoArray(sums, at + 10 * CHAINS);
    s23.intoArray(sums, at + 11 * CHAINS);
    s30.intoArray(sums, at + 12 * CHAINS);
    s31.intoArray(sums, at + 13 * CHAINS);
    s32.intoArray(sums, at + 14 * CHAINS);
    s33.intoArray(sums, at + 15 * CHAINS);
    s40.intoArray(sums, at + 16 * CHAINS);
    s41.intoArray(sums, at + 17 * CHAINS);
    s42.intoArray(sums, at + 18 * CHAINS);
    s43.intoArray(sums, at + 19 * CHAINS);
    s50.intoArray(sums, at + 20 * CHAINS);
    s51.intoArray(sums, at + 21 * CHAINS);
    s52.intoArray(sums, at + 22 * CHAINS);
    s53.intoArray(sums, at + 23 * CHAINS);
  }

  private static void three(
      int sub,
      int steps,
      double[] a,
      int[] aRows,
      int[] aSteps,
      double[] b,
      int[] bRows,
      int[] bSteps,
      double[] sums,
      int sumsAt) {
    int at = sumsAt + sub;
    int a0At = aRows[0] + sub;
    int a1At = aRows[1] + sub;
    int a2At = aRows[2] + sub;
    int b0At = bRows[0] + sub;
    int b1At = bRows[1] + sub;
    int b2At = bRows[2] + sub;
    int b3At = bRows[3] + sub;
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, sums, at);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, sums, at + CHAINS);
    DoubleVector s02 = DoubleVector.fromArray(SPECIES, sums, at + 2 * CHAINS);
    DoubleVector s03 = DoubleVector.fromArray(SPECIES, sums, at + 3 * CHAINS);
    DoubleVector s10 = DoubleVector.fromArray(SPECIES, sums, at + 4 * CHAINS);
    DoubleVector s11 = DoubleVector.fromArray(SPECIES, sums, at + 5 * CHAINS);
    DoubleVector s12 = DoubleVector.fromArray(SPECIES, sums, at + 6 * CHAINS);
    DoubleVector s13 = DoubleVector.fromArray(SPECIES, sums, at + 7 * CHAINS);
    DoubleVector s20 = DoubleVector.fromArray(SPECIES, sums, at + 8 * CHAINS);
    DoubleVector s21 = DoubleVector.fromArray(SPECIES, sums, at + 9 * CHAINS);
    DoubleVector s22 = DoubleVector.fromArray(SPECIES, sums, at + 10 * CHAINS);
    DoubleVector s23 = DoubleVector.fromArray(SPECIES, sums, at + 11 * CHAINS);
    for (int i = 0; i < steps; i++) {
      int x = aSteps[i];
      int y = bSteps[i];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, b0At + y);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, b1At + y);
      DoubleVector b2 = DoubleVector.fromArray(SPECIES, b, b2At + y);
      DoubleVector b3 = DoubleVector.fromArray(SPECIES, b, b3At + y);
      DoubleVector a0 = DoubleVector.fromArray(SPECIES, a, a0At + x);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      DoubleVector a1 = DoubleVector.fromArray(SPECIES, a, a1At + x);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      DoubleVector a2 = DoubleVector.fromArray(SPECIES, a, a2At + x);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
    }
    s00.intoArray(sums, at);
    s01.intoArray(sums, at + CHAINS);
    s02.intoArray(sums, at + 2 * CHAINS);
    s03.intoArray(sums, at + 3 * CHAINS);
    s10.intoArray(sums, at + 4 * CHAINS);
    s11.intoArray(sums, at + 5 * CHAINS);
    s12.intoArray(sums, at + 6 * CHAINS);
    s13.intoArray(sums, at + 7 * CHAINS);
    s20.intoArray(sums, at + 8 * CHAINS);
    s21.intoArray(sums, at + 9 * CHAINS);
    s22.intoArray(sums, at + 10 * CHAINS);
    s23.intoArray(sums, at + 11 * CHAINS);
  }
}
