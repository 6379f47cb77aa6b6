package org.adjoint.cpu;

/**
 * A generated loop: computes one or more expressions over a block of rows and columns. Made by
 * {@link LoopCompiler}, which derives a hidden class for each set of expressions.
 */
abstract class ElementLoop {
  /** The work of an element in fused multiply-adds, memory included: what splitting goes by. */
  final int weight;

  /** Called by the generated classes. */
  ElementLoop(int weight) {
    this.weight = weight;
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
  abstract void run(ElementTask task, int rowFrom, int rowTo, int colFrom, int colTo);
}
