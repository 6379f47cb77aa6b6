package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ReductionsContract;

/** {@link CpuReductions} keeps the contract of its family. */
class CpuReductionsTest extends ReductionsContract {
  private static final CpuBackend BACKEND = new CpuBackend();

  @Override
  protected Backend backend() {
    return BACKEND;
  }
}
