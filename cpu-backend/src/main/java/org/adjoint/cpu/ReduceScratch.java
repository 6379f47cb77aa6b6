package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A thread's room for sums that are not finished, and its calls of loops. It grows to what was
 * asked for and is kept, so that reductions allocate no arrays of data.
 */
final class ReduceScratch {
  private static final ThreadLocal<ReduceScratch> CURRENT =
      ThreadLocal.withInitial(ReduceScratch::new);

  /** The lanes of one piece; then the results of pieces, by turns, of a level and of the next. */
  private static final int ROOMS = 3;

  private final float[][] floats = new float[ROOMS][0];
  private final double[][] doubles = new double[ROOMS][0];

  private final @Nullable ElementTask[] tasks = new ElementTask[1 + ReduceTask.GROUP];

  private ReduceScratch() {}

  /** Returns the calling thread's call of a loop over so many rows and an accumulator. */
  static ElementTask task(ElementLoop loop, int rows) {
    @Nullable ElementTask[] tasks = CURRENT.get().tasks;
    ElementTask task = tasks[rows];
    if (task == null) {
      task = new ElementTask(loop, 2 + rows);
      tasks[rows] = task;
    }
    return task;
  }

  /** Forgets the arrays of the calls, which would live as long as the thread. */
  static void forget() {
    for (ElementTask task : CURRENT.get().tasks) {
      if (task != null) {
        Arrays.fill(task.arrays, null);
      }
    }
  }

  /** Returns room 0 of the calling thread: at least so many elements, not cleared. */
  static Object lanes(boolean single, int length) {
    return CURRENT.get().room(0, single, length);
  }

  /** Returns the room for the results of pieces of a level, counted from 0. */
  static Object pieces(int level, boolean single, int length) {
    return CURRENT.get().room(1 + level % 2, single, length);
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
