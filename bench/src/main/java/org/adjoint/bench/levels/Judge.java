package org.adjoint.bench.levels;

import java.util.Locale;

/**
 * What the float64 reference says about a result, and how far a float32 result may be from it.
 *
 * @param expected the reference's numbers
 * @param bounds the largest distance of each
 * @param scales what the error of each is told in: its unit in the last place, or its bound
 * @param unit the name of that, "ulp" or "bound"
 * @param at the element of the result that each stands for; empty where they are all, in order
 * @param size how many elements the result has
 */
public record Judge(
    double[] expected, double[] bounds, double[] scales, String unit, int[] at, int size) {
  private static final int[] ALL = {};

  private Judge(double[] expected, double[] bounds, double[] scales, String unit) {
    this(expected, bounds, scales, unit, ALL, expected.length);
  }

  /**
   * For results that are rounded once, or by one recipe.
   *
   * @param ulps the largest distance in units in the last place of the float32 result
   */
  static Judge ulps(double[] expected, double ulps) {
    double[] bounds = new double[expected.length];
    double[] scales = new double[expected.length];
    for (int i = 0; i < bounds.length; i++) {
      scales[i] = Math.ulp((float) expected[i]);
      bounds[i] = ulps * scales[i];
    }
    return new Judge(expected, bounds, scales, "ulp");
  }

  /**
   * For sums: the project's one rule, 2⁻²⁴ · (4·|r| + 4·√n·S).
   *
   * @param sums S, the sum of each result over absolute values
   * @param terms n, how many terms it has
   */
  static Judge sums(double[] expected, double[] sums, int terms) {
    double[] bounds = new double[expected.length];
    for (int i = 0; i < bounds.length; i++) {
      double sum = Math.abs(sums[i]);
      bounds[i] = 0x1p-24 * (4 * Math.abs(expected[i]) + 4 * Math.sqrt(terms) * sum);
    }
    return new Judge(expected, bounds, bounds, "bound");
  }

  /** Returns the same numbers as those of some elements of a larger result. */
  Judge at(int[] elements, int size) {
    return new Judge(expected, bounds, scales, unit, elements, size);
  }

  private int element(int i) {
    return at.length == 0 ? i : at[i];
  }

  /** Returns the largest error in {@link #unit}s; infinite where a number is missing or NaN. */
  public double error(float[] result) {
    if (result.length != size) {
      return Double.POSITIVE_INFINITY;
    }
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs(result[element(i)] - expected[i]);
      worst = Math.max(worst, distance == 0 ? 0 : distance / scales[i]);
    }
    return Double.isNaN(worst) ? Double.POSITIVE_INFINITY : worst;
  }

  /** Returns the first number beyond its bound in one line, or an empty text. */
  public String firstFailure(float[] result) {
    if (result.length != size) {
      return "gives " + result.length + " numbers, expected " + size;
    }
    for (int i = 0; i < expected.length; i++) {
      float received = result[element(i)];
      double distance = Math.abs(received - expected[i]);
      if (!(distance <= bounds[i])) {
        return String.format(
            Locale.ROOT,
            "element [%d] expected %.9g received %.9g error %.3g bound %.3g",
            element(i),
            expected[i],
            received,
            distance,
            bounds[i]);
      }
    }
    return "";
  }
}
