package org.adjoint.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One call of an {@link ElementLoop}: where the results and operands lie, and how the matrix of
 * elements is split over threads. Slots count the results first, then the operands; element (r, c)
 * of slot i is at {@code offsets[i] + r · rowStrides[i] + c}, or without {@code c} if the loop was
 * compiled to broadcast that operand along the row.
 */
final class ElementTask extends Region {
  /** Columns are split at multiples of so many elements: a cache line of floats, four vectors. */
  private static final int BLOCK = 64;

  /** The calls of a thread by their number of slots; see {@link #ofThread}. */
  private static final class Own {
    private static final ThreadLocal<Own> CURRENT = ThreadLocal.withInitial(Own::new);

    private @Nullable ElementTask[] tasks = new ElementTask[16];

    private final double[] scalars = new double[8];
  }

  final Object[] arrays;
  final int[] offsets;
  final int[] rowStrides;
  double[] parameters;
  private ElementLoop loop;
  private int rows;
  private int cols;

  ElementTask(ElementLoop loop, int slots, double... parameters) {
    this.loop = loop;
    this.arrays = new Object[slots];
    this.offsets = new int[slots];
    this.rowStrides = new int[slots];
    this.parameters = parameters;
  }

  /**
   * Returns the calling thread's own call with so many slots, to be placed, run and {@linkplain
   * #forget forgotten} before the thread asks for the next one: it is always the same object.
   */
  static ElementTask ofThread(ElementLoop loop, int slots, double[] parameters) {
    Own own = Own.CURRENT.get();
    if (slots >= own.tasks.length) {
      own.tasks = Arrays.copyOf(own.tasks, slots + 1);
    }
    ElementTask task = own.tasks[slots];
    if (task == null) {
      task = new ElementTask(loop, slots, parameters);
      own.tasks[slots] = task;
    }
    task.set(loop, parameters);
    return task;
  }

  /** Returns the calling thread's own list of parameters, for its own call. */
  static double[] scalars() {
    return Own.CURRENT.get().scalars;
  }

  /** Chooses what the next run computes. */
  void set(ElementLoop newLoop, double[] newParameters) {
    loop = newLoop;
    parameters = newParameters;
  }

  /** Places a slot. */
  ElementTask slot(int slot, Object array, int offset, int rowStride) {
    arrays[slot] = array;
    offsets[slot] = offset;
    rowStrides[slot] = rowStride;
    return this;
  }

  /** Forgets the arrays, which would live as long as the task. */
  void forget() {
    Arrays.fill(arrays, null);
  }

  /** Forgets the arrays of all of the calling thread's own calls. */
  static void forgetOwn() {
    for (ElementTask task : Own.CURRENT.get().tasks) {
      if (task != null) {
        task.forget();
      }
    }
  }

  /** Runs the loop over all elements, and forgets the arrays: the task may be kept. */
  void executeOnce(int rowCount, int colCount) {
    execute(rowCount, colCount);
    forget();
  }

  /** Runs the loop over one row on this thread, and forgets the arrays: the task may be kept. */
  void runHere(int colCount) {
    loop.run(this, 0, 1, 0, colCount);
    forget();
  }

  /**
   * Runs the loop over all elements, on as many threads as the work is worth.
   *
   * @param rowCount rows
   * @param colCount columns
   */
  void execute(int rowCount, int colCount) {
    rows = rowCount;
    cols = colCount;
    int parts = Parallel.partsFor((long) rowCount * colCount * loop.weight);
    if (parts == 1) {
      loop.run(this, 0, rowCount, 0, colCount);
    } else {
      Parallel.run(this, parts);
    }
  }

  @Override
  public void run(int part, int parts) {
    if (rows >= parts) {
      loop.run(this, first(rows, part, parts), first(rows, part + 1, parts), 0, cols);
    } else {
      int from = first(cols, BLOCK, part, parts);
      loop.run(this, 0, rows, from, first(cols, BLOCK, part + 1, parts));
    }
  }
}
