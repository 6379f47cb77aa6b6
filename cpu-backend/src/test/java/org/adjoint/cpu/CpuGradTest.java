package org.adjoint.cpu;

import org.adjoint.autograd.contract.GradContract;
import org.adjoint.kernels.Backend;

/** The catalogue of operations on this backend. */
class CpuGradTest extends GradContract {
  private static final CpuBackend CPU = new CpuBackend();

  @Override
  protected Backend backend() {
    return CPU;
  }
}
