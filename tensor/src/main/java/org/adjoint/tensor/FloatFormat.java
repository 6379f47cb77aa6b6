package org.adjoint.tensor;

/**
 * How the floating-point elements of one tensor are written: all share notation, precision and
 * width, as NumPy 2.4 chooses them with its default options.
 */
final class FloatFormat {
  private static final int PRECISION = 8;

  private final DType dtype;
  private final boolean scientific;
  private int left;
  private int right;
  private int exponentDigits = 2;
  private int fraction;

  /** Chooses the format for these values of type {@code dtype}. */
  FloatFormat(DType dtype, double[] values) {
    this.dtype = dtype;
    this.scientific = isScientific(dtype, values);
    boolean special = false;
    boolean negativeInfinity = false;
    for (double v : values) {
      if (Double.isNaN(v) || Double.isInfinite(v)) {
        special = true;
        negativeInfinity |= v == Double.NEGATIVE_INFINITY;
      } else {
        measure(v);
      }
    }
    if (scientific) {
      right = exponentDigits + 2 + fraction;
    }
    if (special) {
      int longest = negativeInfinity ? 4 : 3;
      left = Math.max(left, longest - (right + 1));
    }
  }

  private void measure(double v) {
    Digits d =
        scientific
            ? Digits.scientific(v, dtype, 0, PRECISION)
            : Digits.positional(v, dtype, PRECISION);
    int point = scientific ? 1 : Math.max(1, d.exponent() + 1);
    left = Math.max(left, point + (isNegative(v) ? 1 : 0));
    int decimals = trimmed(d.digits()) - 1 - (scientific ? 0 : d.exponent());
    if (scientific) {
      fraction = Math.max(fraction, decimals);
      exponentDigits = Math.max(exponentDigits, exponentText(d.exponent(), 2).length() - 2);
    } else {
      right = Math.max(right, decimals);
    }
  }

  /** The rule and the arithmetic are NumPy's, which compares and divides in the array's type. */
  private static boolean isScientific(DType dtype, double[] values) {
    double max = 0;
    double min = Double.POSITIVE_INFINITY;
    for (double v : values) {
      double a = Math.abs(v);
      if (a > 0 && a < Double.POSITIVE_INFINITY) {
        max = Math.max(max, a);
        min = Math.min(min, a);
      }
    }
    if (max == 0) {
      return false;
    }
    return dtype == DType.F32
        ? max >= 1e6 || min < 1e-4f || (float) max / (float) min > 1000f
        : max >= 1e8 || min < 1e-4 || max / min > 1000;
  }

  /** Writes one element, padded to the common width. */
  String format(double v) {
    if (Double.isNaN(v) || Double.isInfinite(v)) {
      String s = special(v);
      return " ".repeat(Math.max(0, left + right + 1 - s.length())) + s;
    }
    String s;
    int point;
    if (scientific) {
      Digits d = Digits.scientific(v, dtype, fraction, fraction);
      s = sign(v) + scientificText(d, fraction, exponentDigits);
      point = s.indexOf('.');
    } else {
      s = sign(v) + positionalText(Digits.positional(v, dtype, PRECISION));
      point = s.indexOf('.');
      s += " ".repeat(Math.max(0, right - (s.length() - point - 1)));
    }
    return " ".repeat(Math.max(0, left - point)) + s;
  }

  /** Writes a number on its own, with all its digits, as NumPy writes a scalar. */
  static String scalar(DType dtype, double v) {
    if (Double.isNaN(v) || Double.isInfinite(v)) {
      return special(v);
    }
    double a = Math.abs(v);
    if (a == 0 || (a >= 1e-4 && a < (dtype == DType.F32 ? 1e6 : 1e16))) {
      String s = sign(v) + positionalText(Digits.positional(v, dtype, Digits.ALL));
      return s.endsWith(".") ? s + "0" : s;
    }
    return (sign(v) + scientificText(Digits.scientific(v, dtype, 0, Digits.ALL), 0, 2))
        .replace(".e", "e");
  }

  private static String special(double v) {
    return Double.isNaN(v) ? "nan" : v < 0 ? "-inf" : "inf";
  }

  private static boolean isNegative(double v) {
    return Double.doubleToRawLongBits(v) < 0;
  }

  private static String sign(double v) {
    return isNegative(v) ? "-" : "";
  }

  /** Returns the number of digits without the zeros at the end, but at least 1. */
  private static int trimmed(String digits) {
    int n = digits.length();
    while (n > 1 && digits.charAt(n - 1) == '0') {
      n--;
    }
    return n;
  }

  private static String scientificText(Digits d, int fraction, int exponentDigits) {
    int n = trimmed(d.digits());
    return d.digits().charAt(0)
        + "."
        + d.digits().substring(1, n)
        + "0".repeat(Math.max(0, fraction - (n - 1)))
        + exponentText(d.exponent(), exponentDigits);
  }

  private static String exponentText(int exponent, int digits) {
    String n = Integer.toString(Math.abs(exponent));
    return (exponent < 0 ? "e-" : "e+") + "0".repeat(Math.max(0, digits - n.length())) + n;
  }

  private static String positionalText(Digits d) {
    int e = d.exponent();
    String digits = d.digits().substring(0, trimmed(d.digits()));
    if (e < 0) {
      return "0." + "0".repeat(-e - 1) + digits;
    }
    String whole = digits + "0".repeat(Math.max(0, e + 1 - digits.length()));
    return whole.substring(0, e + 1) + "." + whole.substring(e + 1);
  }
}
