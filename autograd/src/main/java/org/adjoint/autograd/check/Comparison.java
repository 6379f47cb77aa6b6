package org.adjoint.autograd.check;

import java.util.Locale;

/**
 * One number against another.
 *
 * @param id the case
 * @param check the check, as in {@link CheckRow}
 * @param device the device that computed
 * @param dtype the element type in which it computed
 * @param what {@code y}, {@code d0} for the gradient by operand 0, or {@code h0} for the second
 * @param index the element, {@code [1, 2]}
 * @param expected what the reference, the slope or the record says
 * @param received what the op gave
 * @param error their distance
 * @param bound how large it may be
 */
public record Comparison(
    String id,
    String check,
    String device,
    String dtype,
    String what,
    String index,
    double expected,
    double received,
    double error,
    double bound) {
  /** Returns whether the error is within the bound; NaN is not. */
  public boolean ok() {
    return error <= bound;
  }

  /** Returns the error in bounds; infinite for NaN and for any error where none is allowed. */
  double ratio() {
    if (ok()) {
      return bound == 0 ? 0 : error / bound;
    }
    double ratio = error / bound;
    return Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
  }

  /** Returns one line with everything. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s %s %s %s%s expected %.9g received %.9g error %.3g bound %.3g%s",
        id,
        check,
        device,
        dtype,
        what,
        index,
        expected,
        received,
        error,
        bound,
        ok() ? "" : " FAILED");
  }
}
