package org.adjoint.cpu;

/**
 * A thread's room for sums that are not finished, and its blocks. It grows to what was asked for
 * and is kept, so that reductions allocate no arrays of data.
 */
final class ReduceScratch {
  private static final ThreadLocal<ReduceScratch> CURRENT =
      ThreadLocal.withInitial(ReduceScratch::new);

  /**
   * The lanes of one piece; then the results of pieces, by turns, of a level and of the next; a
   * block.
   */
  private static final int ROOMS = 4;

  private static final int BLOCK = 3;

  private final float[][] floats = new float[ROOMS][0];
  private final double[][] doubles = new double[ROOMS][0];

  private ReduceScratch() {}

  /** Returns room 0 of the calling thread: at least so many elements, not cleared. */
  static Object lanes(boolean single, int length) {
    return CURRENT.get().room(0, single, length);
  }

  /** Returns the room for the results of pieces of a level, counted from 0. */
  static Object pieces(int level, boolean single, int length) {
    return CURRENT.get().room(1 + level % 2, single, length);
  }

  /** Returns the room for a block of an expression that is reduced. */
  static Object block(boolean single) {
    return CURRENT.get().room(BLOCK, single, ReduceMap.SIZE);
  }

  private Object room(int number, boolean single, int length) {
    if (single) {
      if (floats[number].length < length) {
        floats[number] = new float[length];
      }
      return floats[number];
    }
    if (doubles[number].length < length) {
      doubles[number] = new double[length];
    }
    return doubles[number];
  }
}
