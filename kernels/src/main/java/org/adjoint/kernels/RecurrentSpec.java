package org.adjoint.kernels;

/**
 * How a recurrent network runs over a sequence.
 *
 * @param cell what it does at a step
 * @param reverse whether it begins with the last step
 */
public record RecurrentSpec(RecurrentCell cell, boolean reverse) {
  /** Returns the row of the states of {@code steps} steps that holds h after step t. */
  public int row(int t) {
    return reverse ? t : t + 1;
  }

  /** Returns the row that holds h before step t. */
  public int rowBefore(int t) {
    return reverse ? t + 1 : t;
  }

  /** Returns the row that holds the h that the network starts with. */
  public int firstRow(int steps) {
    return reverse ? steps : 0;
  }

  /** Returns the row that holds the h that it ends with. */
  public int lastRow(int steps) {
    return reverse ? 0 : steps;
  }

  /** Returns the i-th step in the order of time that the network sees. */
  public int step(int i, int steps) {
    return reverse ? steps - 1 - i : i;
  }

  /** Returns {@code reverse}, or nothing; the cell names the operation. */
  @Override
  public String toString() {
    return reverse ? "reverse" : "";
  }
}
