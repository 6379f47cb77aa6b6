package org.adjoint.cpu;

/** Work on many rows, each of which is independent of the others. */
abstract class RowTask extends Region {
  private int count;

  /** Does the rows from {@code from} up to before {@code to}. */
  abstract void rows(int from, int to);

  /**
   * Does all rows, on as many threads as the work is worth.
   *
   * @param rowCount the number of rows
   * @param work fused multiply-adds in all, or what takes as long
   */
  void split(int rowCount, long work) {
    int parts = Math.min(rowCount, Parallel.partsFor(work));
    if (parts <= 1) {
      rows(0, rowCount);
    } else {
      count = rowCount;
      Parallel.run(this, parts);
    }
  }

  @Override
  public final void run(int part, int parts) {
    rows(first(count, part, parts), first(count, part + 1, parts));
  }
}
