package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.FuzzContract;

class CpuFuzzTest extends FuzzContract {
  private static final CpuBackend CPU = new CpuBackend();

  @Override
  protected Backend backend() {
    return CPU;
  }
}
