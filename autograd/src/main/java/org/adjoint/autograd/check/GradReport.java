package org.adjoint.autograd.check;

import java.util.List;
import java.util.Locale;
import org.adjoint.autograd.GradientException;

/**
 * What a gradient check found.
 *
 * @param op the op
 * @param order 1 for the gradient, 2 for the gradient of the gradient
 * @param comparisons how many numbers were compared
 * @param error the distance of the worst of them, measured by its bound
 * @param bound the bound of that one
 * @param mismatches the numbers beyond their bound, the first {@value #KEPT} of them
 */
public record GradReport(
    String op, int order, long comparisons, double error, double bound, List<Mismatch> mismatches) {
  /** How many mismatches a report keeps. */
  public static final int KEPT = 8;

  /** Copies the list. */
  public GradReport {
    mismatches = List.copyOf(mismatches);
  }

  /**
   * A gradient that is not the slope.
   *
   * @param op the op
   * @param argument the number of the operand; the one after the last stands for dy (order 2)
   * @param index the element, {@code [1, 2]}, or {@code direction 0} for a large operand
   * @param expected the slope by central differences
   * @param received what the op's rule gave
   */
  public record Mismatch(String op, int argument, String index, double expected, double received) {
    /** Returns {@code op, argument 0 at [1, 2]: expected 1.0, received 2.0}. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s, argument %d at %s: expected %.12g, received %.12g",
          op,
          argument,
          index,
          expected,
          received);
    }
  }

  /** Returns whether every number was within its bound. */
  public boolean ok() {
    return mismatches.isEmpty();
  }

  /**
   * Returns this report if it is clean.
   *
   * @throws GradientException naming op, argument, index, expected and received
   */
  public GradReport orThrow() {
    if (ok()) {
      return this;
    }
    Mismatch first = mismatches.getFirst();
    throw new GradientException(
        op,
        (order == 1 ? "gradient" : "gradient of the gradient")
            + " of argument "
            + first.argument()
            + " at "
            + first.index(),
        first.received(),
        "central differences say "
            + first.expected()
            + "; look at the vjp of "
            + op
            + (mismatches.size() > 1 ? ", other elements differ too" : ""));
  }
}
