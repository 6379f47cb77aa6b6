package org.adjoint.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link FloatConvTile} with vectors: 24 accumulators, or 12 where there are 16 registers. */
final class FloatConvVectorTile extends FloatConvTile {
  private static final VectorSpecies<Float> SPECIES = Simd.FLOAT;
  private static final int LANES = Simd.FLOATS;

  FloatConvVectorTile() {
    super(Simd.MANY_REGISTERS ? 6 : 3);
  }

  // A vector narrower than the 16 chains takes several passes over them.
  @Override
  void run(
      int steps,
      float[] a,
      int[] aRows,
      int[] aSteps,
      float[] b,
      int[] bRows,
      int[] bSteps,
      float[] sums,
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
      float[] a,
      int[] aRows,
      int[] aSteps,
      float[] b,
      int[] bRows,
      int[] bSteps,
      float[] sums,
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
    FloatVector s00 = FloatVector.fromArray(SPECIES, sums, at);
    FloatVector s01 = FloatVector.fromArray(SPECIES, sums, at + CHAINS);
    FloatVector s02 = FloatVector.fromArray(SPECIES, sums, at + 2 * CHAINS);
    FloatVector s03 = FloatVector.fromArray(SPECIES, sums, at + 3 * CHAINS);
    FloatVector s10 = FloatVector.fromArray(SPECIES, sums, at + 4 * CHAINS);
    FloatVector s11 = FloatVector.fromArray(SPECIES, sums, at + 5 * CHAINS);
    FloatVector s12 = FloatVector.fromArray(SPECIES, sums, at + 6 * CHAINS);
    FloatVector s13 = FloatVector.fromArray(SPECIES, sums, at + 7 * CHAINS);
    FloatVector s20 = FloatVector.fromArray(SPECIES, sums, at + 8 * CHAINS);
    FloatVector s21 = FloatVector.fromArray(SPECIES, sums, at + 9 * CHAINS);
    FloatVector s22 = FloatVector.fromArray(SPECIES, sums, at + 10 * CHAINS);
    FloatVector s23 = FloatVector.fromArray(SPECIES, sums, at + 11 * CHAINS);
    FloatVector s30 = FloatVector.fromArray(SPECIES, sums, at + 12 * CHAINS);
    FloatVector s31 = FloatVector.fromArray(SPECIES, sums, at + 13 * CHAINS);
    FloatVector s32 = FloatVector.fromArray(SPECIES, sums, at + 14 * CHAINS);
    FloatVector s33 = FloatVector.fromArray(SPECIES, sums, at + 15 * CHAINS);
    FloatVector s40 = FloatVector.fromArray(SPECIES, sums, at + 16 * CHAINS);
    FloatVector s41 = FloatVector.fromArray(SPECIES, sums, at + 17 * CHAINS);
    FloatVector s42 = FloatVector.fromArray(SPECIES, sums, at + 18 * CHAINS);
    FloatVector s43 = FloatVector.fromArray(SPECIES, sums, at + 19 * CHAINS);
    FloatVector s50 = FloatVector.fromArray(SPECIES, sums, at + 20 * CHAINS);
    FloatVector s51 = FloatVector.fromArray(SPECIES, sums, at + 21 * CHAINS);
    FloatVector s52 = FloatVector.fromArray(SPECIES, sums, at + 22 * CHAINS);
    FloatVector s53 = FloatVector.fromArray(SPECIES, sums, at + 23 * CHAINS);
    for (int i = 0; i < steps; i++) {
      int x = aSteps[i];
      int y = bSteps[i];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, b0At + y);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + y);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, b2At + y);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, b3At + y);
      FloatVector a0 = FloatVector.fromArray(SPECIES, a, a0At + x);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.fromArray(SPECIES, a, a1At + x);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.fromArray(SPECIES, a, a2At + x);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = FloatVector.fromArray(SPECIES, a, a3At + x);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
      FloatVector a4 = FloatVector.fromArray(SPECIES, a, a4At + x);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      s42 = a4.fma(b2, s42);
      s43 = a4.fma(b3, s43);
      FloatVector a5 = FloatVector.fromArray(SPECIES, a, a5At + x);
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
      float[] a,
      int[] aRows,
      int[] aSteps,
      float[] b,
      int[] bRows,
      int[] bSteps,
      float[] sums,
      int sumsAt) {
    int at = sumsAt + sub;
    int a0At = aRows[0] + sub;
    int a1At = aRows[1] + sub;
    int a2At = aRows[2] + sub;
    int b0At = bRows[0] + sub;
    int b1At = bRows[1] + sub;
    int b2At = bRows[2] + sub;
    int b3At = bRows[3] + sub;
    FloatVector s00 = FloatVector.fromArray(SPECIES, sums, at);
    FloatVector s01 = FloatVector.fromArray(SPECIES, sums, at + CHAINS);
    FloatVector s02 = FloatVector.fromArray(SPECIES, sums, at + 2 * CHAINS);
    FloatVector s03 = FloatVector.fromArray(SPECIES, sums, at + 3 * CHAINS);
    FloatVector s10 = FloatVector.fromArray(SPECIES, sums, at + 4 * CHAINS);
    FloatVector s11 = FloatVector.fromArray(SPECIES, sums, at + 5 * CHAINS);
    FloatVector s12 = FloatVector.fromArray(SPECIES, sums, at + 6 * CHAINS);
    FloatVector s13 = FloatVector.fromArray(SPECIES, sums, at + 7 * CHAINS);
    FloatVector s20 = FloatVector.fromArray(SPECIES, sums, at + 8 * CHAINS);
    FloatVector s21 = FloatVector.fromArray(SPECIES, sums, at + 9 * CHAINS);
    FloatVector s22 = FloatVector.fromArray(SPECIES, sums, at + 10 * CHAINS);
    FloatVector s23 = FloatVector.fromArray(SPECIES, sums, at + 11 * CHAINS);
    for (int i = 0; i < steps; i++) {
      int x = aSteps[i];
      int y = bSteps[i];
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, b0At + y);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, b1At + y);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, b2At + y);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, b3At + y);
      FloatVector a0 = FloatVector.fromArray(SPECIES, a, a0At + x);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.fromArray(SPECIES, a, a1At + x);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.fromArray(SPECIES, a, a2At + x);
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
