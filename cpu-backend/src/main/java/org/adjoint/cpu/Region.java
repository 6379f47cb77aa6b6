package org.adjoint.cpu;

/**
 * Work that {@link Parallel} splits into parts. One object serves many calls: a kernel keeps its
 * region with its other per-thread state and sets the fields before each run.
 */
public abstract class Region {
  /** Creates a region. */
  protected Region() {}

  /**
   * Does one part. Parts run in any order, on any thread, each exactly once; they must write to
   * disjoint places. Which elements belong to a part may depend on {@code parts} only where that
   * does not change the result.
   *
   * @param part the number of the part, from 0 to {@code parts − 1}
   * @param parts the number of parts
   */
  public abstract void run(int part, int parts);

  /** Returns the first of {@code count} items that belongs to a part of an even split. */
  public static int first(int count, int part, int parts) {
    return (int) ((long) count * part / parts);
  }

  /**
   * Returns the first of {@code count} items that belongs to a part of an even split in blocks of
   * {@code block} items.
   */
  public static int first(int count, int block, int part, int parts) {
    int blocks = (count + block - 1) / block;
    return Math.min(count, first(blocks, part, parts) * block);
  }
}
