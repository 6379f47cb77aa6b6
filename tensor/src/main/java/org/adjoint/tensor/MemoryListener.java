package org.adjoint.tensor;

/** Is told of every buffer of a device; see {@link HeapDevice#listener}. */
@FunctionalInterface
public interface MemoryListener {
  /**
   * Called before a buffer is made or taken from those that wait for reuse.
   *
   * @param dtype the type of its elements
   * @param size how many
   * @param temporary whether a scope will own it
   * @throws MemoryException to refuse it
   */
  void allocating(DType dtype, int size, boolean temporary);
}
