package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RecurrentContract;

class CpuRecurrentTest extends RecurrentContract {
  private static final CpuBackend CPU = new CpuBackend();

  @Override
  protected Backend backend() {
    return CPU;
  }
}
