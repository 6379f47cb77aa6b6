package org.adjoint.cuda;

import java.lang.ref.Cleaner;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Storage;

/**
 * A buffer in a GPU's memory. It goes back to who lent it when it is released, or when nothing
 * refers to it any more.
 */
final class CudaStorage extends Storage {
  /** One thread for all devices; it starts with the first buffer. */
  static final Cleaner CLEANER = Cleaner.create();

  private final long address;
  private final Cleaner.Cleanable lent;

  CudaStorage(CudaDevice device, DType dtype, int size, Lender lender, CudaPool.Block block) {
    super(device, dtype, size);
    address = block.address();
    lent = CLEANER.register(this, () -> lender.give(block));
  }

  /** Gives the memory back, once. */
  void giveBack() {
    lent.clean();
  }

  /**
   * Returns where the buffer begins.
   *
   * @throws org.adjoint.tensor.ReleasedException after release
   */
  long address() {
    requireLive();
    return address;
  }
}
