package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.ElementwiseContract;

/** {@link CpuElementwise} keeps the contract of its family. */
class CpuElementwiseTest extends ElementwiseContract {
  private static final CpuBackend BACKEND = new CpuBackend();

  @Override
  protected Backend backend() {
    return BACKEND;
  }
}
