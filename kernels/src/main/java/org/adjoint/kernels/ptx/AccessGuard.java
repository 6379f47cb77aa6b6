package org.adjoint.kernels.ptx;

import org.jspecify.annotations.Nullable;

/**
 * Knows what is going on in a device besides the kernel that runs, and is asked before the kernel
 * uses an allocation. Several threads may ask at once.
 */
@FunctionalInterface
public interface AccessGuard {
  /**
   * Says what is against an access.
   *
   * @param allocation the address of the allocation
   * @param write whether it will be written, else only read
   * @return what the memory is used for besides, as the end of a sentence; null if it is free
   */
  @Nullable String objection(long allocation, boolean write);
}
