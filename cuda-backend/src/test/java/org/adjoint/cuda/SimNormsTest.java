package org.adjoint.cuda;

import org.adjoint.kernels.Backend;
import org.adjoint.kernels.contract.NormsContract;

/** {@link CudaNorms} keeps the contract of its family on the simulator. */
class SimNormsTest extends NormsContract {
  @Override
  protected Backend backend() {
    return Sim.DEVICE;
  }
}
