package org.adjoint.cpu;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RowNormsContract;

class CpuRowNormsTest extends RowNormsContract {
  private static final CpuBackend CPU = new CpuBackend();

  @Override
  protected Backend backend() {
    return CPU;
  }
}
