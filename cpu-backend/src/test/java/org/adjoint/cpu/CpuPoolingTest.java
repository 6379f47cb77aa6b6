package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.PoolingContract;

class CpuPoolingTest extends PoolingContract {
  private static final CpuBackend CPU = new CpuBackend();

  @Override
  protected Backend backend() {
    return CPU;
  }
}
