package org.adjoint.tensor;

import java.math.BigDecimal;

/**
 * The decimal digits of a floating-point number, generated the free-format way (Steele and White,
 * 1990): digits until the number is told apart from its neighbours, but at least {@code min} and at
 * most {@code max} of them; the last digit is rounded, ties to even. {@link Float#toString} cannot
 * serve: it never gives a single digit, and its digits cannot be cut off without rounding twice.
 *
 * @param digits the significant digits, without sign or point; {@code "0"} for zero
 * @param exponent the decimal exponent of the first digit
 */
record Digits(String digits, int exponent) {
  /** No limit on the number of digits. */
  static final int ALL = Integer.MAX_VALUE;

  private static final BigDecimal HALF = new BigDecimal("0.5");
  private static final Digits ZERO = new Digits("0", 0);

  /** Digits for scientific notation: between min and max digits after the first one. */
  static Digits scientific(double value, DType dtype, int min, int max) {
    return value == 0 ? ZERO : generate(value, dtype, min, max, false);
  }

  /** Digits for positional notation: at most max digits after the decimal point. */
  static Digits positional(double value, DType dtype, int max) {
    return value == 0 ? ZERO : generate(value, dtype, 0, max, true);
  }

  private static Digits generate(double value, DType dtype, int min, int max, boolean positional) {
    double v = Math.abs(value);
    BigDecimal exact = new BigDecimal(v);
    int first = exact.precision() - exact.scale() - 1;
    // The place of the last digit that must come, and of the last that may, counted as powers of
    // 10.
    int must = positional ? 0 : first - min;
    int may = max == ALL ? Integer.MIN_VALUE : positional ? -max : first - max;
    Interval interval = Interval.of(v, dtype);

    StringBuilder digits = new StringBuilder();
    BigDecimal rest = exact.scaleByPowerOfTen(-first);
    BigDecimal below = interval.below.scaleByPowerOfTen(-first);
    BigDecimal above = interval.above.scaleByPowerOfTen(-first);
    for (int place = first; ; place--) {
      int digit = rest.intValue();
      rest = rest.subtract(BigDecimal.valueOf(digit));
      int toLower = rest.compareTo(below);
      int toUpper = rest.add(above).compareTo(BigDecimal.ONE);
      boolean low = interval.closed ? toLower <= 0 : toLower < 0;
      boolean high = interval.closed ? toUpper >= 0 : toUpper > 0;
      if (((low || high) && place <= must) || place == may) {
        boolean down = low;
        if (low == high) {
          int half = rest.compareTo(HALF);
          down = half < 0 || (half == 0 && digit % 2 == 0);
        }
        digits.append(digit);
        return down ? new Digits(digits.toString(), first) : roundedUp(digits, first);
      }
      digits.append(digit);
      rest = rest.movePointRight(1);
      below = below.movePointRight(1);
      above = above.movePointRight(1);
    }
  }

  private static Digits roundedUp(StringBuilder digits, int first) {
    int last = digits.length() - 1;
    while (last >= 0 && digits.charAt(last) == '9') {
      digits.setCharAt(last--, '0');
    }
    if (last >= 0) {
      digits.setCharAt(last, (char) (digits.charAt(last) + 1));
      return new Digits(digits.toString(), first);
    }
    // 9.99 became 10.00: one digit more in positional notation, the same count in scientific, where
    // the zero at the end falls away.
    return new Digits("1" + digits, first + 1);
  }

  /**
   * The distances within which a decimal still reads back as the same number: half way to both
   * neighbours, the limits included if the significand is even.
   */
  private record Interval(BigDecimal below, BigDecimal above, boolean closed) {
    static Interval of(double v, DType dtype) {
      if (dtype == DType.F32) {
        float f = (float) v;
        // Math.nextUp of the largest float is infinite; one unit in the last place is the same.
        return new Interval(
            half(v - Math.nextDown(f)), half(Math.ulp(f)), (Float.floatToRawIntBits(f) & 1) == 0);
      }
      return new Interval(
          half(v - Math.nextDown(v)), half(Math.ulp(v)), (Double.doubleToRawLongBits(v) & 1) == 0);
    }

    private static BigDecimal half(double distance) {
      return new BigDecimal(distance).multiply(HALF);
    }
  }
}
