package org.adjoint.cpu;

/**
 * A generated loop: computes one or more expressions over a block of rows and columns. Made by
 * {@link LoopCompiler}, which derives a hidden class for each set of expressions.
 */
abstract class ElementLoop {
  /** Called by the generated classes. */
  ElementLoop() {}

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
