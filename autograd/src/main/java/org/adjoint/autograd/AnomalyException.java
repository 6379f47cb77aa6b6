package org.adjoint.autograd;

import org.adjoint.tensor.AdjointException;

/** The first NaN or infinity that anomaly mode found. */
public final class AnomalyException extends AdjointException {
  private static final long serialVersionUID = 1L;

  private final String index;
  private final long step;
  private final String line;

  AnomalyException(String op, String what, double found, String index, long step, String line) {
    super(
        op,
        "its " + what + " at index " + index,
        found,
        "in step " + step + ", called from " + line + "; look at the operands of that line");
    this.index = index;
    this.step = step;
    this.line = line;
  }

  /** Returns the index of the first offending element, {@code [2, 0]}. */
  public String index() {
    return index;
  }

  /** Returns the number of the step, counted in backward passes from 1. */
  public long step() {
    return step;
  }

  /** Returns the user's line that called the operation. */
  public String line() {
    return line;
  }
}
