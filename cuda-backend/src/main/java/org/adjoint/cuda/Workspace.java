package org.adjoint.cuda;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.MemoryException;

/**
 * Scratch memory of a device's libraries. There is one for all calls, since one queue does them one
 * after the other. It grows by doubling and never moves back: a captured graph may name a smaller
 * one that was given before, so that stays, too. Thread-safe.
 */
final class Workspace {
  private static final long SMALLEST = 1 << 20;

  private final CudaDevice device;
  private final List<CudaStorage> blocks = new ArrayList<>();
  private long size;

  Workspace(CudaDevice device) {
    this.device = device;
  }

  /**
   * Returns where so many bytes are.
   *
   * @throws MemoryException if there is no room
   */
  synchronized long address(long bytes) {
    if (bytes == 0) {
      return 0;
    }
    if (bytes > size) {
      long next = Math.max(SMALLEST, Long.highestOneBit(bytes - 1) << 1);
      int words = Math.toIntExact(next / DType.F32.bytes());
      blocks.add((CudaStorage) device.allocate(DType.F32, words, false));
      size = next;
    }
    return blocks.getLast().address();
  }
}
