package org.adjoint.tensor;

/**
 * Watches a step that is recorded instead of computed. While a thread has one, results have memory
 * but no values, so reading them out is refused.
 */
public interface Recorder {
  /** Is told of the memory of a new result or temporary. */
  void allocated(Storage storage);

  /** Is told of memory that no scope owns: of a constant, or of state that is kept. */
  void owned(Storage storage);
}
