package org.adjoint.autograd.view;

import java.util.Locale;
import org.adjoint.tensor.Shape;

/** Numbers and shapes as people read them. */
final class Quantity {
  private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};

  private Quantity() {}

  /** Three digits and a prefix: {@code 1.25 M}; below 1,000 the number itself. */
  static String of(long n, String unit) {
    double v = n;
    int prefix = 0;
    while (v >= 999.5) {
      v /= 1000;
      prefix++;
    }
    int decimals = prefix == 0 || v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
    String number = String.format(Locale.ROOT, "%." + decimals + "f", v);
    return (number + " " + PREFIXES[prefix] + unit).strip();
  }

  static String bytes(long n) {
    return of(n, "B");
  }

  static String flops(long n) {
    return of(n, "");
  }

  /** A ratio with three digits or so. */
  static String ratio(double v) {
    return String.format(Locale.ROOT, v >= 99.95 ? "%.0f" : v >= 9.995 ? "%.1f" : "%.2f", v);
  }

  /** The extents with crosses between: {@code 64×784}; a scalar reads {@code scalar}. */
  static String shape(Shape s) {
    StringBuilder text = new StringBuilder();
    for (int d : s.toArray()) {
      text.append(text.isEmpty() ? "" : "×").append(d);
    }
    return s.rank() == 0 ? "scalar" : text.toString();
  }
}
