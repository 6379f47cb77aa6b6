package org.adjoint.cuda;

/** Lends pieces of a GPU's memory. Thread-safe. */
interface Lender {
  /**
   * Lends a block.
   *
   * @param what is asked for, for the message
   * @throws org.adjoint.tensor.MemoryException if there is no room
   */
  CudaPool.Block take(long bytes, boolean temporary, String what);

  /** Takes a block back, once. */
  void give(CudaPool.Block block);
}
