package org.adjoint.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The float32 recipes against the true values, over bit patterns. */
class RecipesTest {
  private static final double BOUND = 4;
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    2f,
    -2f,
    0.5f,
    -0.5f,
    3f,
    -3f,
    1e10f,
    -1e10f,
    16777217f,
    8388609f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN,
    88.72284f,
    -87.33655f,
    -103.97208f
  };

  /** Error in units of the last place; infinite where a special value or a sign of 0 is wrong. */
  private static double ulps(float actual, double expected) {
    float rounded = (float) expected;
    if (Float.floatToIntBits(actual) == Float.floatToIntBits(rounded)) {
      return 0;
    }
    if (Float.isNaN(rounded) || Float.isNaN(actual) || actual == rounded) {
      return Double.POSITIVE_INFINITY;
    }
    if (Float.isInfinite(rounded) || Float.isInfinite(actual)) {
      boolean atTheEdge = Math.abs(expected) > 3.40282e38 && Math.abs(actual) > 3.40282e38f;
      return atTheEdge ? 1 : Double.POSITIVE_INFINITY;
    }
    return Math.abs(actual - expected) / Math.ulp(rounded);
  }

  private static void check(Expr.Function f, float x) {
    float y = Recipes.apply(f, x);
    double expected = DoubleRecipes.apply(f, (double) x);
    if (!(ulps(y, expected) <= BOUND)) {
      fail(f + "(" + x + ") is " + y + ", not " + expected);
    }
  }

  private static void everyNthPattern(Expr.Function f, int step) {
    for (long bits = 0; bits < 1L << 32; bits += step) {
      check(f, Float.intBitsToFloat((int) bits));
    }
  }

  @ParameterizedTest
  @EnumSource
  void functionsStayWithinFourUlp(Expr.Function f) {
    for (float x : SPECIAL) {
      check(f, x);
    }
    everyNthPattern(f, 65_521);
  }

  @Tag("sweep")
  @ParameterizedTest
  @EnumSource
  void functionsStayWithinFourUlpOverSixteenMillionPatterns(Expr.Function f) {
    everyNthPattern(f, 251);
  }

  private static void checkPow(float a, float b) {
    float y = Recipes.pow(a, b);
    double expected = DoubleRecipes.pow(a, b);
    if (!(ulps(y, expected) <= 2)) {
      fail(a + " to the power " + b + " is " + y + ", not " + expected);
    }
  }

  @Test
  void powersStayWithinTwoUlp() {
    for (float a : SPECIAL) {
      for (float b : SPECIAL) {
        checkPow(a, b);
      }
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200_000; i++) {
      checkPow(Float.intBitsToFloat(random.nextInt()), Float.intBitsToFloat(random.nextInt()));
      checkPow((float) random.nextDouble(0, 3), (float) random.nextDouble(-100, 100));
      checkPow((float) random.nextDouble(0.99, 1.01), (float) random.nextDouble(-1e4, 1e4));
      checkPow((float) random.nextDouble(-5, 5), random.nextInt(-40, 40));
      checkPow(Float.intBitsToFloat(random.nextInt() & 0x7FFFFFFF), (float) random.nextDouble(3));
    }
  }

  @Test
  void operatorsAreThoseOfJava() {
    for (float a : SPECIAL) {
      for (float b : SPECIAL) {
        for (Expr.Operator op : Expr.Operator.values()) {
          float expected = (float) DoubleRecipes.apply(op, (double) a, (double) b);
          if (op != Expr.Operator.POW) {
            assertEquals(expected, Recipes.apply(op, a, b), a + " " + op + " " + b);
          }
        }
      }
    }
  }

  @Test
  void errorFunctionInDouble() {
    // Abramowitz and Stegun, table 7.1
    assertEquals(0.5204998778, DoubleRecipes.erf(0.5), 1e-10);
    assertEquals(0.8427007929, DoubleRecipes.erf(1), 1e-10);
    assertEquals(-0.9953222650, DoubleRecipes.erf(-2), 1e-10);
    assertEquals(1, DoubleRecipes.erf(7));
    assertEquals(-1, DoubleRecipes.erf(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(DoubleRecipes.erf(Double.NaN)));
    double below = DoubleRecipes.erf(Math.nextDown(1.0));
    assertEquals(DoubleRecipes.erf(1), below, 2e-16);
  }

  @Test
  void normalNumbersHaveTheMomentsOfTheirDistribution() {
    SplittableRandom random = new SplittableRandom(7);
    int n = 400_000;
    double[] sums = new double[5];
    for (int i = 0; i < n; i++) {
      int a = random.nextInt();
      int b = random.nextInt();
      double z = Recipes.normal(a, b, false);
      double w = Recipes.normal(a, b, true);
      sums[0] += z;
      sums[1] += z * z;
      sums[2] += z * z * z;
      sums[3] += z * z * z * z;
      sums[4] += z * w;
    }
    assertEquals(0, sums[0] / n, 5 / Math.sqrt(n));
    assertEquals(1, sums[1] / n, 5 * Math.sqrt(2.0 / n));
    assertEquals(0, sums[2] / n, 5 * Math.sqrt(15.0 / n));
    assertEquals(3, sums[3] / n, 5 * Math.sqrt(96.0 / n));
    assertEquals(0, sums[4] / n, 5 / Math.sqrt(n));
  }

  @Test
  void normalNumbersFollowBoxAndMuller() {
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < 100_000; i++) {
      int a = random.nextInt();
      int b = random.nextInt();
      double radius = Math.sqrt(-2 * Math.log(((a >>> 9) + 0.5) / (1 << 23)));
      double place = (((b << 2) >>> 8) + 0.5) / (1 << 24) - 0.5;
      double angle = Math.PI / 2 * ((b >>> 30) + place);
      assertEquals(radius * Math.cos(angle), Recipes.normal(a, b, false), 4e-7 * (1 + radius));
      assertEquals(radius * Math.sin(angle), Recipes.normal(a, b, true), 4e-7 * (1 + radius));
    }
  }
}
