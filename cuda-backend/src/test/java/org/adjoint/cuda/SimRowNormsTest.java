package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.RowNormsContract;

/** {@link CudaNorms} keeps the contract of its family on the simulator. */
class SimRowNormsTest extends RowNormsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
