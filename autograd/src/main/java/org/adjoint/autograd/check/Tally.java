package org.adjoint.autograd.check;

import java.util.function.Consumer;

/** Collects the comparisons of one row of the published table. */
public final class Tally {
  private final String op;
  private final String check;
  private final String device;
  private final String dtype;
  private final String kernel;
  private final Consumer<Comparison> listener;
  private final Consumer<String> failures;
  private int cases;
  private long fallbacks;
  private double worst = -1;
  private double expected;
  private double error;
  private double bound;
  private boolean ok = true;

  /**
   * Begins a row; the first five are as in {@link CheckRow}.
   *
   * @param listener is shown every comparison
   * @param failures is told the first thing that goes wrong: one line a row is enough to start
   *     looking, and the listener sees the others
   */
  public Tally(
      String op,
      String check,
      String device,
      String dtype,
      String kernel,
      Consumer<Comparison> listener,
      Consumer<String> failures) {
    this.op = op;
    this.check = check;
    this.device = device;
    this.dtype = dtype;
    this.kernel = kernel;
    this.listener = listener;
    this.failures = failures;
  }

  /** Counts a case. */
  public void begin() {
    cases++;
  }

  /**
   * Compares one number.
   *
   * @param id the case
   * @param what the tensor, as in {@link Comparison}
   * @param index the element
   * @param expected what it should be
   * @param received what it is
   * @param distance from one to the other
   * @param limit of that distance
   */
  public void compare(
      String id,
      String what,
      String index,
      double expected,
      double received,
      double distance,
      double limit) {
    Comparison comparison =
        new Comparison(id, check, device, dtype, what, index, expected, received, distance, limit);
    listener.accept(comparison);
    double ratio = comparison.ratio();
    if (ratio > worst) {
      worst = ratio;
      this.expected = expected;
      error = distance;
      bound = limit;
    }
    if (!comparison.ok()) {
      fail(comparison.toString());
    }
  }

  /**
   * Counts calls that the reference served in place of a kernel of the device's own.
   *
   * @param calls how many
   * @param allowed whether that is no failure
   * @param id the case
   */
  public void fellBack(long calls, boolean allowed, String id) {
    fallbacks += calls;
    if (calls > 0 && !allowed) {
      fail(id + " " + check + " " + device + " left " + calls + " calls to the reference");
    }
  }

  /** Says that something went wrong that is no comparison. */
  public void fail(String message) {
    if (ok) {
      failures.accept(message);
    }
    ok = false;
  }

  /** Says that there is no result to compare. */
  public void broken(String message) {
    error = Double.POSITIVE_INFINITY;
    worst = Double.POSITIVE_INFINITY;
    fail(message);
  }

  /** Returns what was found. */
  public CheckRow row() {
    return new CheckRow(
        op, check, device, dtype, kernel, cases, fallbacks, expected, error, bound, ok);
  }
}
