package org.adjoint.cpu;

/**
 * A generated loop: computes one or more expressions over a block of rows and columns. Made by
 * {@link LoopCompiler}, which derives a hidden class for each set of expressions.
 *
 * <p>Whole vectors and the rest of the rows are two methods, and this class calls them so that
 * neither is inlined into the other: the rest may call a recipe, no vector survives a call in a
 * register, and the JIT compiler would fetch all constants of a recipe anew for every vector.
 * Measured over 65,536 floats, a vector of 16: tanh 11.7 ns in one method, 9.4 with two loops in
 * one method, 7.9 in two methods, as by hand.
 */
abstract class ElementLoop {
  /** The work of an element in fused multiply-adds, memory included: what splitting goes by. */
  final int weight;

  private final int step;

  /**
   * Called by the generated classes.
   *
   * @param weight the work of an element
   * @param step how many columns {@link #whole} takes at a time, a power of two; 0 if it takes none
   */
  ElementLoop(int weight, int step) {
    this.weight = weight;
    this.step = step;
  }

  /**
   * Computes the elements of a block.
   *
   * @param task arrays, offsets, strides and parameters
   * @param rowFrom first row
   * @param rowTo row after the last
   * @param colFrom first column
   * @param colTo column after the last
   */
  final void run(ElementTask task, int rowFrom, int rowTo, int colFrom, int colTo) {
    int middle = colFrom + (colTo - colFrom & -step);
    if (colFrom < middle) {
      whole(task, rowFrom, rowTo, colFrom, middle);
    }
    if (middle < colTo) {
      rest(task, rowFrom, rowTo, middle, colTo);
    }
  }

  /** Computes columns that are a multiple of the step, by vectors. */
  void whole(ElementTask task, int rowFrom, int rowTo, int colFrom, int colTo) {
    throw new IllegalStateException("cpu: a scalar loop has no vectors");
  }

  /** Computes any columns, one by one. */
  abstract void rest(ElementTask task, int rowFrom, int rowTo, int colFrom, int colTo);
}
